"""CA, SA and their block against numbers worked out by hand."""

from __future__ import annotations

import pytest
import torch

from bridgenet_ros.network.attention import AttentionBlock, ChannelAttention, SpatialAttention

LN3 = 1.0986123
"""sigmoid(ln 3) = 3/4."""


def zeroed(module: torch.nn.Module) -> None:
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.zero_()


@torch.no_grad()
def test_channel_gate_comes_from_mean_and_maximum_through_one_mlp() -> None:
    attention = ChannelAttention(2)
    zeroed(attention)
    attention.squeeze.weight[0, 0] = 1.0  # hidden 0 sees channel 0,
    attention.squeeze.weight[1, 1] = 1.0  # hidden 1 sees channel 1
    attention.excite.weight[0, 0] = 0.1
    attention.excite.weight[1, 1] = 5.0
    assert attention.excite.bias is not None
    attention.excite.bias[1] = LN3 / 2
    x = torch.tensor([[1.0, 3.0], [-2.0, 0.0]]).reshape(1, 2, 1, 2)

    # Channel 0: mean 2, max 3: 0.1 * 2 + 0.1 * 3 = 0.5; sigmoid(0.5) = 0.622459.
    # Channel 1: mean -1, max 0, both 0 after ReLU: the bias, twice: sigmoid(ln 3) = 0.75.
    expected = torch.tensor([[0.622459, 1.867378], [-1.5, 0.0]]).reshape(1, 2, 1, 2)
    torch.testing.assert_close(attention(x), expected, rtol=1e-5, atol=1e-6)


@torch.no_grad()
def test_spatial_gate_is_one_channel_from_a_neighbourhood() -> None:
    attention = SpatialAttention(2)
    zeroed(attention)
    attention.reduce.weight[0, 0] = 1.0  # hidden 0: the sum of channel 0 over 3x3
    attention.gate.weight[0, 0, 1, 1] = LN3  # centre only
    assert attention.gate.bias is not None
    attention.gate.bias[0] = -7 * LN3
    x = torch.tensor([[1.0, 2.0, 4.0], [8.0, 8.0, 8.0]]).reshape(1, 2, 1, 3)

    # Sums of channel 0 with a zero border: 3, 7, 6. Logits in units of ln 3: -4, 0, -1.
    # sigmoid(-k ln 3) = 1 / (1 + 3**k): 1/82, 1/2, 1/4; the same for both channels.
    gate = torch.tensor([1 / 82, 0.5, 0.25])
    torch.testing.assert_close(attention(x), x * gate, rtol=1e-5, atol=1e-6)


@torch.no_grad()
def test_block_is_channel_attention_then_convolution_then_spatial_attention() -> None:
    block = AttentionBlock(2, 1)
    zeroed(block)  # both gates are sigmoid(0) = 1/2 now
    block.fuse.weight[0, :, 0, 0] = torch.tensor([2.0, 3.0])
    assert block.fuse.bias is not None
    block.fuse.bias[0] = 1.0
    x = torch.tensor([4.0, 6.0]).reshape(1, 2, 1, 1)

    # CA: (2, 3). Convolution: 2 * 2 + 3 * 3 + 1 = 14. SA: 7. With the convolution first it would
    # be 27 / 4, with the convolution last 2 * 1 + 3 * 1.5 + 1 = 7.5.
    assert block(x).item() == 7.0


def test_the_convolution_sits_between_the_two_so_that_sa_sees_the_narrow_width() -> None:
    block = AttentionBlock(48, 16)
    assert block.channel.squeeze.in_channels == 48
    assert block.spatial.reduce.in_channels == 16
    assert block.spatial.gate.out_channels == 1


@pytest.mark.parametrize(("channels", "ca", "sa"), [(256, 16, 64), (8, 4, 4)])
def test_hidden_widths_follow_the_channels_down_to_a_least(channels: int, ca: int, sa: int) -> None:
    assert ChannelAttention(channels).squeeze.out_channels == ca
    assert SpatialAttention(channels).reduce.out_channels == sa


@torch.no_grad()
def test_pooled_mean_is_taken_in_float32() -> None:
    attention = ChannelAttention(1)
    zeroed(attention)
    attention.squeeze.weight[0, 0] = 1.0
    attention.excite.weight[0, 0] = 1.0 / 1024
    x = torch.full((1, 1, 512, 512), 512.0).half()

    # The sum of a quarter million 512s overflows half precision; the mean and the maximum are
    # 512 each, so that the logit is 1.
    gated = attention.half()(x)
    assert gated[0, 0, 0, 0].item() == pytest.approx(512 * 0.731059, rel=1e-3)
