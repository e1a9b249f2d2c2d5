"""Eqs (3) to (7) against numbers worked out by hand."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from bridgenet_ros.network.habdg import Blur, DirectFeatures, HighFrequencyAttentionBridge
from bridgenet_ros.network.init import initialise


def started_blur(channels: int) -> Blur:
    blur = Blur(channels)
    initialise(blur)
    return blur


def started_bridge(mde: int, dsr: int) -> HighFrequencyAttentionBridge:
    bridge = HighFrequencyAttentionBridge(mde, dsr)
    initialise(bridge)
    return bridge


STEP = torch.tensor([[0.0, 0.0, 4.0, 4.0], [0.0, 0.0, 4.0, 4.0]]).reshape(1, 1, 2, 4)


@torch.no_grad()
def test_eq_3_is_a_blur_from_the_start() -> None:
    # avgpool: one row of 0 and 4. The transposed convolution interpolates it bilinearly: sample
    # 2i is 3/4 of pixel i and 1/4 of pixel i - 1, sample 2i + 1 of pixel i + 1. The border is
    # replicated.
    expected = torch.tensor([0.0, 0.75 * 0 + 0.25 * 4, 0.75 * 4 + 0.25 * 0, 4.0])
    torch.testing.assert_close(started_blur(1)(STEP), expected.expand(1, 1, 2, 4))


@torch.no_grad()
def test_eq_3_pools_odd_sizes_by_ceiling_and_crops() -> None:
    # Pooled: (2 + 4) / 2 = 3 and 6 alone. Up: 3, 3.75, 5.25, 6; the fourth is cropped.
    row = torch.tensor([2.0, 4.0, 6.0]).reshape(1, 1, 1, 3)
    expected = torch.tensor([3.0, 3.75, 5.25]).reshape(1, 1, 1, 3)
    torch.testing.assert_close(started_blur(1)(row), expected)


@torch.no_grad()
@pytest.mark.parametrize("size", [(1, 1), (2, 2), (5, 3), (8, 9)])
def test_eq_3_leaves_a_flat_image_alone_up_to_its_border(size: tuple[int, int]) -> None:
    flat = torch.full((1, 2, *size), 3.0)
    torch.testing.assert_close(started_blur(2)(flat), flat)


@torch.no_grad()
def test_eq_3_blurs_each_channel_by_itself() -> None:
    both = torch.cat([STEP, 2 * STEP], dim=1)
    alone = started_blur(1)(STEP)
    torch.testing.assert_close(started_blur(2)(both), torch.cat([alone, 2 * alone], dim=1))


@torch.no_grad()
def test_eqs_4_and_5_weight_the_features_by_their_high_frequencies() -> None:
    # F - B per column: 0, -1, 4 - 3 = 1, 0. PReLU passes a quarter of the negative one:
    # A = 0, -1/4, 1, 0. F + A * F: 0, 0, 4 + 1 * 4 = 8, 4 + 0 * 4 = 4.
    expected = torch.tensor([0.0, 0.0, 8.0, 4.0]).expand(1, 1, 2, 4)
    torch.testing.assert_close(started_bridge(1, 1).guidance(STEP), expected)


@torch.no_grad()
def test_eq_4_keeps_the_sign_of_the_differences() -> None:
    # The falling step 4, 4, 2, 2: B = 4, 3.5, 2.5, 2; F - B = 0, 0.5, -0.5, 0;
    # A = 0, 0.5, -0.125, 0; F + A * F = 4, 6, 2 - 0.25 = 1.75, 2.
    row = torch.tensor([4.0, 4.0, 2.0, 2.0]).expand(1, 1, 2, 4)
    expected = torch.tensor([4.0, 6.0, 1.75, 2.0]).expand(1, 1, 2, 4)
    torch.testing.assert_close(started_bridge(1, 1).guidance(row), expected)


@torch.no_grad()
def test_eq_6_puts_the_dsr_features_before_the_guidance() -> None:
    bridge = started_bridge(1, 2)
    seen: list[Tensor] = []
    bridge.attention.register_forward_pre_hook(lambda _, args: seen.append(args[0]))
    f_dsr = torch.full((1, 2, 2, 4), 9.0)
    bridge(f_dsr, STEP)

    torch.testing.assert_close(seen[0][:, :2], f_dsr)
    torch.testing.assert_close(seen[0][:, 2:], bridge.guidance(STEP))


@torch.no_grad()
def test_eq_7_fuses_through_both_attentions() -> None:
    bridge = started_bridge(1, 1)
    for module in (bridge.attention.channel, bridge.attention.spatial):
        for parameter in module.parameters():
            parameter.zero_()  # both gates: sigmoid(0) = 1/2
    bridge.attention.fuse.weight[0, :, 0, 0] = torch.tensor([1.0, 0.5])
    f_dsr = torch.full((1, 1, 2, 4), 2.0)

    # Guidance 0, 0, 8, 4 as above. 1/4 of (2 + g / 2): 0.5, 0.5, 1.5, 1.
    expected = torch.tensor([0.5, 0.5, 1.5, 1.0]).expand(1, 1, 2, 4)
    torch.testing.assert_close(bridge(f_dsr, STEP), expected)


@torch.no_grad()
def test_direct_features_are_one_convolution_of_both() -> None:
    direct = DirectFeatures(1, 1)
    direct.fuse.weight[0, :, 0, 0] = torch.tensor([1.0, 10.0])
    torch.nn.init.zeros_(direct.fuse.bias)  # type: ignore[arg-type]
    f_dsr = torch.full((1, 1, 2, 4), 2.0)

    torch.testing.assert_close(direct(f_dsr, STEP), 2 + 10 * STEP)


def test_the_blur_stays_learnable_and_depthwise() -> None:
    deconv = started_blur(16).deconv
    assert deconv.weight.requires_grad
    assert tuple(deconv.weight.shape) == (16, 1, 4, 4)
