"""DSRNet: sizes, widths and the wires of figure 2."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
import torch
from torch import Tensor, nn

from bridgenet_ros.network.bridgenet import BridgeNet
from bridgenet_ros.network.dsrnet import Downsample, DSRNet, Stage

WIDTHS = (8, 16, 24, 32)


class Halve(nn.Module):
    """A bridge whose effect is plain to see."""

    def forward(self, f_dsr: Tensor, f_mde: Tensor) -> Tensor:
        assert f_dsr.shape[-2:] == f_mde.shape[-2:]
        return f_dsr / 2


def dsrnet(
    *, bridged: bool = False, skips: bool = False, blocks: tuple[int, int] = (0, 0)
) -> DSRNet:
    bridges = [Halve() for _ in range(3)] if bridged else []
    return DSRNet(
        2, 4, WIDTHS, 1, 1, 2, 1, bridges, decoder_skips=skips, decoder_blocks=blocks
    ).eval()


def taps_for(x: Tensor) -> list[Tensor]:
    height, width = x.shape[-2:]
    return [torch.zeros(1, 1, height // k, width // k) for k in (2, 4, 8)]


class Wires:
    """Inputs and outputs of named modules in one forward pass."""

    def __init__(self, network: nn.Module, *names: str) -> None:
        self.into: dict[str, Tensor] = {}
        self.out: dict[str, Tensor] = {}
        for name in names:
            network.get_submodule(name).register_forward_hook(self._recorder(name))

    def _recorder(self, name: str) -> Callable[[nn.Module, tuple[Tensor, ...], Tensor], None]:
        def record(_: nn.Module, args: tuple[Tensor, ...], output: Tensor) -> None:
            self.into[name], self.out[name] = args[0], output

        return record


@torch.no_grad()
@pytest.mark.parametrize("size", [(8, 8), (24, 40)])
def test_features_have_the_sizes_that_the_bridges_need(size: tuple[int, int]) -> None:
    height, width = size
    out = dsrnet()(torch.randn(2, 2, height, width))
    assert out.depth.shape == (2, 4, height, width)
    assert out.shuffle1.shape == (2, 24, height // 4, width // 4)
    assert out.shuffle2.shape == (2, 16, height // 2, width // 2)


@torch.no_grad()
def test_multi_scale_branch_takes_each_stage_before_its_bridge() -> None:
    network = dsrnet(bridged=True)
    x = torch.randn(1, 2, 16, 16)
    w = Wires(network, "enc0", "stages.0", "stages.1", "stages.2", "body", "post")
    network(x, taps_for(x))

    scales = w.out["enc0"]
    for i, conv in enumerate(network.multi_scale):
        scales = conv(scales) + w.out[f"stages.{i}"]
    assert torch.equal(w.into["post"], w.out["body"] + scales)  # sum 1


@torch.no_grad()
def test_bridges_sit_between_the_stages() -> None:
    network = dsrnet(bridged=True)
    x = torch.randn(1, 2, 16, 16)
    w = Wires(network, "stages.0", "stages.1", "stages.2", "body")
    network(x, taps_for(x))

    assert torch.equal(w.into["stages.1"], w.out["stages.0"] / 2)
    assert torch.equal(w.into["stages.2"], w.out["stages.1"] / 2)
    assert torch.equal(w.into["body"], w.out["stages.2"] / 2)


@torch.no_grad()
def test_long_skip_starts_at_the_head() -> None:
    network = dsrnet()
    w = Wires(network, "head", "downsample", "post", "decoder.0")
    network(torch.randn(1, 2, 16, 16))

    assert torch.equal(w.into["downsample"], w.out["head"])
    assert torch.equal(w.into["decoder.0"], w.out["post"] + w.out["downsample"])  # sum 2


@torch.no_grad()
def test_decoder_skips_add_the_bridged_features_of_the_same_size() -> None:
    network = dsrnet(bridged=True, skips=True)
    x = torch.randn(1, 2, 16, 16)
    names = ("enc0", "stages.0", "stages.1", "decoder.0", "decoder.1", "decoder.2", "out")
    w = Wires(network, *names)
    result = network(x, taps_for(x))

    at_quarter = w.out["decoder.0"] + network.skips[0](w.out["stages.1"] / 2)
    at_half = w.out["decoder.1"] + network.skips[1](w.out["stages.0"] / 2)
    assert torch.equal(w.into["decoder.1"], at_quarter)
    assert torch.equal(w.into["decoder.2"], at_half)
    assert torch.equal(w.into["out"], w.out["decoder.2"] + network.skips[2](w.out["enc0"]))
    assert torch.equal(result.shuffle1, at_quarter)
    assert torch.equal(result.shuffle2, at_half)


@torch.no_grad()
def test_decoder_blocks_stand_behind_the_sums() -> None:
    network = dsrnet(bridged=True, skips=True, blocks=(1, 2))
    assert [len(blocks) for blocks in network.refine] == [1, 2]  # type: ignore[arg-type]
    x = torch.randn(1, 2, 16, 16)
    names = ("decoder.0", "decoder.1", "decoder.2", "refine.0", "refine.1", "stages.1")
    w = Wires(network, *names)
    result = network(x, taps_for(x))

    at_quarter = w.out["decoder.0"] + network.skips[0](w.out["stages.1"] / 2)
    assert torch.equal(w.into["refine.0"], at_quarter)
    assert torch.equal(w.into["decoder.1"], w.out["refine.0"])
    assert torch.equal(w.into["decoder.2"], w.out["refine.1"])
    assert torch.equal(result.shuffle1, w.out["refine.0"])
    assert torch.equal(result.shuffle2, w.out["refine.1"])


def test_the_papers_network_has_no_decoder_skips_or_blocks(
    on_meta: Mapping[str, BridgeNet],
) -> None:
    names = [name for name, _ in on_meta["full"].named_parameters()]
    assert not [name for name in names if "skips" in name or "refine" in name]


def test_stage_pools_and_changes_its_width_only_where_asked() -> None:
    assert isinstance(Stage(8, 8, 1).widen, nn.Identity)
    x = torch.zeros(1, 8, 4, 4)
    x[0, :, 0, 3] = 5.0
    stage = Stage(8, 8, 0)  # without blocks: the pool alone
    assert stage(x)[0, 0].tolist() == [[0.0, 5.0], [0.0, 0.0]]
    assert Stage(8, 16, 1)(x).shape == (1, 16, 2, 2)


def test_downsample_is_three_convolutions_with_three_pools() -> None:
    downsample = Downsample(WIDTHS)
    shapes = [tuple(weight.shape) for weight in downsample.parameters() if weight.dim() == 4]
    assert shapes == [(16, 8, 3, 3), (24, 16, 3, 3), (32, 24, 3, 3)]
    assert downsample(torch.randn(1, 8, 24, 16)).shape == (1, 32, 3, 2)


def test_full_has_the_block_counts_of_the_figure(on_meta: Mapping[str, BridgeNet]) -> None:
    dsr = on_meta["full"].dsr
    assert dsr is not None
    assert len(dsr.enc0) == 2
    assert [len(stage.blocks) for stage in dsr.stages] == [4, 4, 4]  # type: ignore[arg-type]
    assert (len(dsr.body), len(dsr.post)) == (32, 2)
    assert dsr.head.in_channels == 1  # depth alone
    assert [conv.stride for conv in dsr.multi_scale] == [(2, 2)] * 3
    assert dsr.out.kernel_size == (1, 1)
