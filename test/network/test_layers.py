"""The blocks that both sub-networks are made of."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from bridgenet_ros.network.layers import (
    BasicBlock,
    Bottleneck,
    ConvBnRelu,
    LinearResBlock,
    ResBlock,
    ShuffleUp,
    depth_to_space,
    res_blocks,
    resize_like,
    space_to_depth,
)


@pytest.mark.parametrize(
    ("kind", "expected"), [(ResBlock, [0.0, 1.0]), (LinearResBlock, [-15.0, 1.0])]
)
@torch.no_grad()
def test_blocks_add_their_input(
    kind: type[ResBlock | LinearResBlock], expected: list[float]
) -> None:
    block = kind(1)
    for conv in (block.conv1, block.conv2):
        nn.init.zeros_(conv.weight)
        nn.init.zeros_(conv.bias)  # type: ignore[arg-type]
        conv.weight[0, 0, 1, 1] = -2.0
    x = torch.tensor([-3.0, 1.0]).reshape(1, 1, 1, 2)

    # -3: conv1 6, ReLU 6, conv2 -12, sum -15, and a ReLU or none. 1: conv1 -2, ReLU 0, sum 1.
    assert block(x).flatten().tolist() == expected


def test_res_blocks_have_no_batch_norm() -> None:
    blocks = res_blocks(8, 3)
    assert len(blocks) == 3
    assert not any(isinstance(module, nn.BatchNorm2d) for module in blocks.modules())


@pytest.mark.parametrize("block", [BasicBlock, Bottleneck])
@pytest.mark.parametrize(("stride", "size"), [(1, (7, 9)), (2, (4, 5))])
@torch.no_grad()
def test_encoder_blocks_halve_odd_sizes_upwards(
    block: type[BasicBlock | Bottleneck], stride: int, size: tuple[int, int]
) -> None:
    assert block(8, 16, stride)(torch.randn(2, 8, 7, 9)).shape == (2, 16, *size)


def test_an_encoder_block_projects_its_skip_only_where_shapes_change() -> None:
    assert isinstance(BasicBlock(8, 8, 1).skip, nn.Identity)
    for block in (BasicBlock(8, 16, 1), BasicBlock(8, 8, 2), Bottleneck(8, 16, 1)):
        assert isinstance(block.skip, nn.Sequential)


def test_a_bottleneck_is_a_quarter_as_wide_inside() -> None:
    convs = [m for m in Bottleneck(64, 256, 2).body.modules() if isinstance(m, nn.Conv2d)]
    assert [(c.in_channels, c.out_channels, c.kernel_size[0], c.stride[0]) for c in convs] == [
        (64, 64, 1, 1),
        (64, 64, 3, 2),
        (64, 256, 1, 1),
    ]


def test_conv_bn_relu_has_no_bias_beside_its_batch_norm() -> None:
    conv, norm, relu = ConvBnRelu(8, 8, 7, 2)
    assert isinstance(conv, nn.Conv2d)
    assert conv.bias is None
    assert conv.padding == (3, 3)
    assert (type(norm), type(relu)) == (nn.BatchNorm2d, nn.ReLU)


@torch.no_grad()
def test_shuffle_up_spreads_four_channels_over_four_pixels() -> None:
    up = ShuffleUp(1, 1)
    conv = up[0]
    assert isinstance(conv, nn.Conv2d)
    nn.init.zeros_(conv.weight)
    conv.bias = nn.Parameter(torch.tensor([1.0, 2.0, 3.0, 4.0]))
    assert up(torch.zeros(1, 1, 1, 1)).squeeze().tolist() == [[1.0, 2.0], [3.0, 4.0]]


def test_resize_is_bilinear_between_pixel_centres() -> None:
    # Twice as many pixels: 3/4 of the nearer, 1/4 of the farther.
    row = torch.tensor([0.0, 4.0]).reshape(1, 1, 1, 2)
    assert resize_like(row, torch.empty(1, 1, 1, 4)).flatten().tolist() == [0.0, 1.0, 3.0, 4.0]
    assert resize_like(row, torch.empty(1, 9, 1, 2)) is row


@pytest.mark.parametrize("factor", [1, 2, 4])
def test_space_to_depth_comes_back(factor: int) -> None:
    x = torch.randn(2, 3, 8, 12)
    folded = space_to_depth(x, factor)
    assert folded.shape == (2, 3 * factor**2, 8 // factor, 12 // factor)
    assert torch.equal(depth_to_space(folded, factor), x)
