"""Eqs (8) to (11) against numbers worked out by hand."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from bridgenet_ros.network.cgbdg import ContentGuidanceBridge

LN3 = 1.0986123


@torch.no_grad()
def small_bridge() -> ContentGuidanceBridge:
    """Two DSR channels, one MDE channel, no biases."""
    bridge = ContentGuidanceBridge(2, 1)
    for conv in (bridge.to_m_dsr, bridge.to_m_mde, bridge.to_w_diff):
        assert conv.bias is not None
        conv.bias.zero_()
    bridge.to_m_dsr.weight[0, :, 0, 0] = torch.tensor([1.0, 0.5])
    bridge.to_m_mde.weight[0, 0, 0, 0] = 0.25
    bridge.to_w_diff.weight[:, 0, 0, 0] = torch.tensor([LN3, 0.0])
    return bridge


FD_DSR = torch.tensor([1.0, 2.0]).reshape(1, 2, 1, 1)
FD_MDE = torch.tensor([4.0]).reshape(1, 1, 1, 1)


@torch.no_grad()
def test_eqs_8_to_11() -> None:
    # (8) M_DSR = 1 * 1 + 0.5 * 2 = 2. (9) M_MDE = 0.25 * 4 = 1.
    # (10) logits ln 3 * (2 - 1) and 0: softmax 3/4 and 1/4.
    # (11) 1 + 0.75 * 1 and 2 + 0.25 * 2.
    guidance = small_bridge().guidance(FD_DSR, FD_MDE)
    torch.testing.assert_close(guidance.flatten(), torch.tensor([1.75, 2.5]))


@torch.no_grad()
def test_eq_10_turns_around_where_mde_is_larger() -> None:
    # M_MDE = 3, difference -1: softmax of -ln 3 and 0 is 1/4 and 3/4.
    guidance = small_bridge().guidance(FD_DSR, 3 * FD_MDE)
    torch.testing.assert_close(guidance.flatten(), torch.tensor([1.25, 3.5]))


@torch.no_grad()
@pytest.mark.parametrize("size", [(1, 1), (3, 5), (40, 60)])
def test_guidance_of_a_pixel_does_not_depend_on_the_size_of_the_image(
    size: tuple[int, int],
) -> None:
    guidance = small_bridge().guidance(FD_DSR.expand(1, 2, *size), FD_MDE.expand(1, 1, *size))
    torch.testing.assert_close(
        guidance, torch.tensor([1.75, 2.5]).reshape(1, 2, 1, 1).expand(1, 2, *size)
    )


@torch.no_grad()
def test_weights_of_a_pixel_add_up_to_one() -> None:
    bridge = ContentGuidanceBridge(16, 8)
    ones, fd_mde = torch.ones(2, 16, 6, 7), torch.randn(2, 8, 6, 7)
    # With features of 1, eq (11) is 1 + W.
    weights = bridge.guidance(ones, fd_mde) - 1
    assert (weights > 0).all()
    torch.testing.assert_close(weights.sum(dim=1), torch.ones(2, 6, 7))


@torch.no_grad()
def test_mde_features_come_before_the_guidance_into_the_attention() -> None:
    bridge = small_bridge()
    seen: list[Tensor] = []
    bridge.attention.register_forward_pre_hook(lambda _, args: seen.append(args[0]))
    out = bridge(FD_DSR, FD_MDE)

    torch.testing.assert_close(seen[0].flatten(), torch.tensor([4.0, 1.75, 2.5]))
    assert out.shape == FD_MDE.shape


@torch.no_grad()
def test_softmax_survives_half_precision() -> None:
    bridge = ContentGuidanceBridge(128, 8).half()
    ones, fd_mde = torch.ones(1, 128, 2, 2).half(), torch.randn(1, 8, 2, 2).half()
    guidance = bridge.guidance(ones, fd_mde)
    assert guidance.dtype == torch.float16
    assert (guidance.float() - 1).sum(dim=1) == pytest.approx(1.0, abs=0.06)  # steps of 0.001
