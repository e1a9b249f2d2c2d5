"""The joint network: sizes, switches, the identical D_SR, who owns which weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from bridgenet_ros.network.bridgenet import BridgeNet
from bridgenet_ros.network.cgbdg import ContentGuidanceBridge
from bridgenet_ros.network.habdg import DirectFeatures, HighFrequencyAttentionBridge
from bridgenet_ros.network.topology import PRESETS, Guidance, Topology

Build = Callable[[Topology], BridgeNet]

SWITCHES: dict[str, dict[str, Any]] = {
    "table 3, row 1: DSRNet": {"mde": False, "guidance": Guidance.NONE, "content_guidance": False},
    "table 3, row 2: MDENet": {"dsr": False, "guidance": Guidance.NONE, "content_guidance": False},
    "table 3, row 3: both": {"guidance": Guidance.NONE, "content_guidance": False},
    "table 3, row 4: HABdg": {"content_guidance": False},
    "table 3, row 5: CGBdg": {"guidance": Guidance.NONE},
    "table 3, row 6: all": {},
    "table 4: w/o HABdg": {"guidance": Guidance.DIRECT},
}


def inputs(height: int, width: int, batch: int = 1) -> tuple[Tensor, Tensor, Tensor]:
    depth = torch.rand(batch, 1, height, width)
    return torch.rand(batch, 3, height, width), depth, (depth > 0.2).float()


def count(network: BridgeNet, *prefixes: str) -> int:
    named = network.named_parameters()
    return sum(p.numel() for name, p in named if not prefixes or name.startswith(prefixes))


@pytest.mark.parametrize(
    ("preset", "total", "for_d_sr"),
    [("full", 52.5, 26.0), ("base", 10.8, 7.2), ("small", 4.5, 3.3), ("tiny", 0.62, 0.48)],
)
def test_presets_have_the_sizes_of_the_study(
    on_meta: Mapping[str, BridgeNet], preset: str, total: float, for_d_sr: float
) -> None:
    network = on_meta[preset]
    stages = [f"mde.encoder.stages.{i}." for i in range(3)]
    needed = count(network, "dsr.", "mde.encoder.stem.", *stages)
    # Millions; the figures are rounded to two or three digits.
    assert count(network) / 1e6 == pytest.approx(total, rel=0.01)
    assert needed / 1e6 == pytest.approx(for_d_sr, rel=0.01)


def test_parts_of_full_have_the_sizes_of_the_study(on_meta: Mapping[str, BridgeNet]) -> None:
    full = on_meta["full"]
    habdg, cgbdg = count(full, "dsr.bridges."), count(full, "mde.bridges.")
    assert (count(full, "dsr.") - habdg) / 1e6 == pytest.approx(16.8, rel=0.01)
    assert count(full, "mde.encoder.") / 1e6 == pytest.approx(23.5, rel=0.01)
    assert habdg / 1e6 == pytest.approx(0.66, rel=0.01)
    assert cgbdg / 1e6 == pytest.approx(0.53, rel=0.01)


def test_bridges_are_three_habdg_and_two_cgbdg(on_meta: Mapping[str, BridgeNet]) -> None:
    for network in on_meta.values():
        kinds = [type(module) for module in network.modules()]
        assert kinds.count(HighFrequencyAttentionBridge) == 3
        assert kinds.count(ContentGuidanceBridge) == 2


@torch.no_grad()
@pytest.mark.parametrize("switches", SWITCHES.values(), ids=SWITCHES)
@pytest.mark.parametrize("kind", ["mini", "mini_paper"])
def test_every_row_of_tables_3_and_4_runs(
    request: pytest.FixtureRequest, lively: Build, kind: str, switches: dict[str, Any]
) -> None:
    topology: Topology = replace(request.getfixturevalue(kind), **switches)
    network = lively(topology)
    out = network(*inputs(32, 48, batch=2))

    for value, wanted in ((out.sr, topology.dsr), (out.mde, topology.mde)):
        assert (value is not None) == wanted
        if value is not None:
            assert value.shape == (2, 1, 32, 48)
            assert value.dtype == torch.float32
            assert value.std() > 0
    kinds = [type(module) for module in network.modules()]
    assert kinds.count(DirectFeatures) == (3 if topology.guidance is Guidance.DIRECT else 0)
    assert kinds.count(ContentGuidanceBridge) == (2 if topology.content_guidance else 0)


@torch.no_grad()
@pytest.mark.parametrize("preset", ["tiny", "small", "base", "mini_paper"])
def test_d_sr_is_bit_identical_without_the_estimate(
    request: pytest.FixtureRequest, lively: Build, preset: str
) -> None:
    found = PRESETS.get(preset)
    topology = request.getfixturevalue(preset) if found is None else found
    network = lively(topology)
    frame = inputs(48, 64)
    with_estimate, without = network(*frame, estimate=True), network(*frame, estimate=False)
    assert torch.equal(with_estimate.sr, without.sr)
    assert with_estimate.mde is not None
    assert without.mde is None


@torch.no_grad()
def test_without_the_estimate_nothing_of_it_runs(lively: Build, mini: Topology) -> None:
    network = lively(mini)
    ran: list[str] = []
    only_for_d_de = ("mde.encoder.stages.3", "mde.pyramid", "mde.cliff.", "mde.bridges.")
    for name, module in network.named_modules():
        if name.startswith((*only_for_d_de, "mde.score")):
            module.register_forward_hook(lambda *_, name=name: ran.append(name))

    network(*inputs(32, 32), estimate=False)
    assert ran == []
    network(*inputs(32, 32), estimate=True)
    for part in (*only_for_d_de, "mde.score"):
        assert any(name.startswith(part) for name in ran), part


@torch.no_grad()
def test_without_guidance_and_estimate_mdenet_rests(lively: Build, mini: Topology) -> None:
    network = lively(replace(mini, guidance=Guidance.NONE))
    assert network.mde is not None
    ran: list[nn.Module] = []
    network.mde.encoder.stem.register_forward_hook(lambda module, *_: ran.append(module))
    network(*inputs(16, 16), estimate=False)
    assert ran == []


@torch.no_grad()
@pytest.mark.parametrize("preset", ["tiny", "small", "base"])
def test_an_untrained_network_gives_its_input_back(preset: str) -> None:
    image, depth, validity = inputs(32, 48)
    out = BridgeNet(PRESETS[preset]).eval()(image, depth, validity, estimate=False)
    assert torch.equal(out.sr, depth)


@torch.no_grad()
def test_the_residual_is_a_multiple_of_the_decoder_s_output(lively: Build, mini: Topology) -> None:
    network, frame = lively(mini), inputs(16, 16)
    alone = BridgeNet(replace(mini, residual_gain=None)).eval()
    alone.load_state_dict(network.state_dict())
    torch.testing.assert_close(network(*frame).sr, frame[1] + 0.05 * alone(*frame).sr)


@torch.no_grad()
def test_the_paper_s_network_never_sees_the_validity(lively: Build, mini_paper: Topology) -> None:
    network = lively(mini_paper)
    image, depth, validity = inputs(16, 16)
    assert torch.equal(network(image, depth, validity).sr, network(image, depth, 1 - validity).sr)


@torch.no_grad()
def test_the_validity_channel_counts(lively: Build, mini: Topology) -> None:
    network = lively(mini)
    image, depth, validity = inputs(16, 16)
    assert not torch.equal(
        network(image, depth, validity).sr, network(image, depth, 1 - validity).sr
    )


def grads(parameters: list[nn.Parameter]) -> bool:
    return any(p.grad is not None and bool(p.grad.any()) for p in parameters)


@pytest.mark.parametrize("detach_taps", [False, True])
def test_sr_loss_shapes_the_encoder_unless_taps_are_detached(
    lively: Build, mini: Topology, *, detach_taps: bool
) -> None:
    network = lively(replace(mini, detach_taps=detach_taps))
    network(*inputs(16, 16)).sr.mean().backward()
    assert grads(network.dsr_parameters())
    assert grads(network.mde_parameters()) is not detach_taps


@pytest.mark.parametrize("detach_content", [False, True])
def test_mde_loss_leaves_dsrnet_alone_unless_told_otherwise(
    lively: Build, mini: Topology, *, detach_content: bool
) -> None:
    network = lively(replace(mini, detach_content=detach_content))
    network(*inputs(16, 16)).mde.mean().backward()
    assert grads(network.mde_parameters())
    assert grads(network.dsr_parameters()) is not detach_content


def test_every_weight_belongs_to_one_loss(mini: Topology) -> None:
    network = BridgeNet(mini)
    dsr, mde = network.dsr_parameters(), network.mde_parameters()
    assert len(dsr) + len(mde) == len(list(network.parameters()))
    assert {id(p) for p in dsr}.isdisjoint(id(p) for p in mde)
    # Each bridge belongs to its consumer.
    assert {id(p) for n, p in network.named_parameters() if "dsr.bridges" in n} <= set(map(id, dsr))
    assert {id(p) for n, p in network.named_parameters() if "mde.bridges" in n} <= set(map(id, mde))


def test_a_branch_that_is_off_owns_nothing(mini: Topology) -> None:
    off: dict[str, Any] = {"guidance": Guidance.NONE, "content_guidance": False}
    assert BridgeNet(replace(mini, mde=False, **off)).mde_parameters() == []
    assert BridgeNet(replace(mini, dsr=False, **off)).dsr_parameters() == []
