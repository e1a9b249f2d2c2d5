"""Settings of the estimate, and what is no setting of it."""

from __future__ import annotations

import pytest

from bridgenet_ros.config import NodeConfig, settings, with_values
from bridgenet_ros.errors import ConfigError


def test_estimates_are_made_when_asked_for_and_fitted_then() -> None:
    mde = NodeConfig().mde
    assert not mde.enable
    assert mde.align.mode == "scale_shift"


def test_all_of_it_may_be_set_while_the_node_runs() -> None:
    ours = [s for s in settings() if s.name.startswith("mde.")]
    assert len(ours) == 6
    assert all(s.live for s in ours)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("mode", "shift", "expected one of off, scale, scale_shift"),
        ("min_pixels", 2, "expected 3 to 1000"),
        ("min_spread", 0.0, "expected 0.01 to 10"),
        ("max_scale", 0.5, "expected 1 to 100"),
        ("max_shift", -0.1, "expected 0 to 100"),
    ],
)
def test_a_value_outside_its_range_is_refused(name: str, value: object, expected: str) -> None:
    with pytest.raises(ConfigError, match=rf"mde\.align\.{name} is .*; {expected}"):
        with_values(NodeConfig(), {f"mde.align.{name}": value})
