"""Presets and the combinations that make no sense."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from typing import Any

import pytest

from bridgenet_ros.config import AUTO, ModelConfig
from bridgenet_ros.errors import ConfigError
from bridgenet_ros.network.topology import PRESETS, Guidance, Topology, preset_topology

ALONE: dict[str, Any] = {"guidance": Guidance.NONE, "content_guidance": False}


def test_full_is_the_paper_and_the_others_are_ours() -> None:
    full = preset_topology("full")
    assert (full.residual_gain, full.validity_input, full.space_to_depth) == (None, False, 1)
    assert not full.decoder_skips
    assert full.dsr_decoder_blocks == (0, 0)
    for name in ("base", "small", "tiny"):
        ours = preset_topology(name)
        assert ours.residual_gain is not None
        assert ours.validity_input
        assert ours.decoder_skips


def test_presets_are_those_that_the_node_offers() -> None:
    field = ModelConfig.__dataclass_fields__["preset"]
    assert {AUTO, *PRESETS} == set(field.metadata["choices"])


@pytest.mark.parametrize(("name", "multiple"), [("full", 8), ("base", 16), ("small", 16)])
def test_sizes_are_padded_to_three_halvings_of_the_inner_grid(name: str, multiple: int) -> None:
    assert preset_topology(name).multiple == multiple


@pytest.mark.parametrize("name", PRESETS)
def test_widths_are_multiples_of_eight(name: str) -> None:
    """Others are slow on tensor cores and have crashed a CPU's convolution library."""
    t = PRESETS[name]
    assert [w for w in (*t.dsr_widths, t.mde_stem, *t.mde_widths, t.pyramid) if w % 8] == []


def test_unknown_preset_is_named() -> None:
    with pytest.raises(ConfigError, match="unknown preset 'huge'; expected one of full, base"):
        preset_topology("huge")


@pytest.mark.parametrize(
    ("switches", "message"),
    [
        ({"dsr": False, "mde": False, **ALONE}, "both are switched off"),
        ({"mde": False, "content_guidance": False}, "guidance='habdg' needs DSRNet and MDENet"),
        ({"dsr": False, "content_guidance": False}, "guidance='habdg' needs"),
        (
            {"mde": False, "guidance": Guidance.DIRECT, "content_guidance": False},
            "guidance='direct' needs",
        ),
        ({"mde": False, "guidance": Guidance.NONE}, "content_guidance needs DSRNet and MDENet"),
        ({"dsr": False, "guidance": Guidance.NONE}, "content_guidance needs"),
    ],
)
def test_switches_that_contradict_each_other_are_refused(
    switches: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        replace(PRESETS["tiny"], **switches)


def test_presets_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        PRESETS["tiny"] = PRESETS["full"]  # type: ignore[index]
    with pytest.raises(FrozenInstanceError):
        PRESETS["tiny"].dsr = False  # type: ignore[misc]
    assert isinstance(PRESETS["tiny"], Topology)
