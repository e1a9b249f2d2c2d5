"""Initial weights: exact where they must be, alive everywhere else."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from bridgenet_ros.network.attention import ChannelAttention, SpatialAttention
from bridgenet_ros.network.bridgenet import BridgeNet
from bridgenet_ros.network.habdg import HighFrequencyAttentionBridge
from bridgenet_ros.network.init import MEAN_INDOOR_DEPTH, bilinear_kernel, initialise
from bridgenet_ros.network.layers import LinearResBlock, ResBlock
from bridgenet_ros.network.topology import PRESETS, Topology


def test_bilinear_kernel_doubles_without_changing_the_level() -> None:
    kernel = bilinear_kernel()
    assert kernel[0].tolist() == [0.0625, 0.1875, 0.1875, 0.0625]
    # Each output pixel meets every second tap of a row and of a column.
    for row in (0, 1):
        for column in (0, 1):
            assert kernel[row::2, column::2].sum() == 1


@torch.no_grad()
def test_gates_start_open() -> None:
    channel, spatial = ChannelAttention(64), SpatialAttention(64)
    initialise(channel)
    initialise(spatial)
    x = torch.ones(1, 64, 8, 8)
    assert torch.allclose(spatial(x), torch.tensor(0.8808))  # sigmoid(2), everywhere the same
    assert 0.6 < channel(x).mean() < 1.0


def test_residual_branches_start_small() -> None:
    block = ResBlock(64)
    initialise(block)
    # Kaiming: standard deviation sqrt(2 / (9 * 64)) = 0.0589; a fifth of it in the branch's end.
    assert block.conv1.weight.std().item() == pytest.approx(0.0589, rel=0.05)
    assert block.conv2.weight.std().item() == pytest.approx(0.2 * 0.0589, rel=0.05)
    assert block.conv1.bias is not None
    assert not block.conv1.bias.any()


@torch.no_grad()
def test_blocks_of_the_decoder_start_without_effect() -> None:
    block = LinearResBlock(16)
    initialise(block)
    x = torch.randn(1, 16, 8, 8)
    assert torch.equal(block(x), x)
    assert block.conv1.weight.any()


@torch.no_grad()
def test_habdg_starts_by_passing_dsr_through() -> None:
    bridge = HighFrequencyAttentionBridge(16, 32)
    initialise(bridge)
    weight = bridge.attention.fuse.weight[..., 0, 0]
    assert torch.equal(weight[:, :32], torch.eye(32))
    f_dsr = torch.randn(1, 32, 16, 16)
    out = bridge(f_dsr, torch.randn(1, 16, 16, 16))
    similarity = torch.cosine_similarity(out.flatten(), f_dsr.flatten(), dim=0)
    assert similarity > 0.8


@torch.no_grad()
def test_features_keep_their_spread_through_the_bridges(mini: Topology) -> None:
    network = BridgeNet(mini).eval()
    assert network.dsr is not None
    ratios: list[float] = []

    def compare(_: nn.Module, args: tuple[Tensor, ...], out: Tensor) -> None:
        ratios.append((out.std() / args[0].std()).item())

    for bridge in network.dsr.bridges:
        bridge.register_forward_hook(compare)
    depth, validity = torch.rand(1, 1, 32, 32), torch.ones(1, 1, 32, 32)
    network(torch.rand(1, 3, 32, 32), depth, validity, estimate=False)
    assert len(ratios) == 3
    assert min(ratios) > 0.5  # default initial weights take it down to a quarter
    assert max(ratios) < 2


@torch.no_grad()
def test_an_untrained_estimate_is_the_mean_indoor_depth(mini: Topology) -> None:
    image, depth = torch.rand(1, 3, 32, 32), torch.rand(1, 1, 32, 32)
    out = BridgeNet(mini).eval()(image, depth, torch.ones_like(depth))
    torch.testing.assert_close(out.mde, torch.full_like(depth, MEAN_INDOOR_DEPTH))


def test_a_seed_decides_every_weight() -> None:
    def weights(seed: int) -> dict[str, Tensor]:
        torch.manual_seed(seed)
        return BridgeNet(PRESETS["tiny"]).state_dict()

    first, again, other = weights(1), weights(1), weights(2)
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["dsr.head.weight"], other["dsr.head.weight"])
