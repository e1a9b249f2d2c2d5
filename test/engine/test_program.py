"""One frame on its device: sizes, holes, and what is left out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch

from bridgenet_ros.engine.program import DepthProgram
from bridgenet_ros.errors import ConfigError
from bridgenet_ros.network.bridgenet import BridgeNet
from bridgenet_ros.network.topology import PRESETS, Guidance

Make = Callable[..., tuple[torch.Tensor, torch.Tensor]]


@pytest.fixture
def frame(device: torch.device) -> Make:
    """Colour (H, W, 3) and depth (h, w) with a hole in the upper left quarter."""

    def make(color: tuple[int, int], depth: tuple[int, int]) -> tuple[torch.Tensor, torch.Tensor]:
        rgb = torch.randint(0, 256, (*color, 3), dtype=torch.uint8, device=device)
        depth_m = torch.full(depth, 2.0, device=device)
        depth_m[: depth[0] // 2, : depth[1] // 2] = 0
        return rgb, depth_m

    return make


@pytest.mark.parametrize(
    ("color", "depth"), [((24, 32), (6, 8)), ((23, 37), (7, 9)), ((3, 5), (1, 1))]
)
def test_results_have_the_size_of_colour(
    program: DepthProgram,
    frame: Make,
    device: torch.device,
    color: tuple[int, int],
    depth: tuple[int, int],
) -> None:
    out = program(*frame(color, depth), estimate=True, fill_holes=False)
    for image in (out.sr_m, out.mde_m):
        assert tuple(image.shape) == color
        assert image.dtype == torch.float32
        assert image.device.type == device.type


def test_holes_stay_holes_unless_they_are_to_be_filled(
    program: DepthProgram, frame: Make, device: torch.device
) -> None:
    rgb, depth_m = frame((16, 24), (4, 6))
    masked = program(rgb, depth_m, estimate=True, fill_holes=False)
    filled = program(rgb, depth_m, estimate=False, fill_holes=True)
    # Two of four rows and three of six columns are a hole, in colour's grid times four.
    hole = torch.zeros(16, 24, dtype=torch.bool, device=device)
    hole[:8, :12] = True
    assert torch.equal(masked.sr_m.isnan(), hole)
    assert not filled.sr_m.isnan().any()
    assert torch.equal(masked.sr_m[~hole], filled.sr_m[~hole])
    assert not masked.mde_m.isnan().any()  # D_DE does not depend on what the sensor saw


def test_no_estimate_unless_asked(program: DepthProgram, frame: Make) -> None:
    out = program(*frame((16, 16), (4, 4)), estimate=False, fill_holes=True)
    assert out.mde_m is None


def test_results_carry_no_gradient(program: DepthProgram, frame: Make) -> None:
    out = program(*frame((16, 16), (4, 4)), estimate=True, fill_holes=True)
    assert not out.sr_m.requires_grad
    assert not out.mde_m.requires_grad


def test_metres_scale_with_the_range(trained: BridgeNet) -> None:
    rgb = torch.randint(0, 256, (16, 16, 3), dtype=torch.uint8)
    depth_m = torch.rand(4, 4) + 1
    near = DepthProgram(trained, 10.0)(rgb, depth_m, estimate=True, fill_holes=True)
    far = DepthProgram(trained, 20.0)(rgb, 2 * depth_m, estimate=True, fill_holes=True)
    torch.testing.assert_close(far.sr_m, 2 * near.sr_m)
    torch.testing.assert_close(far.mde_m, 2 * near.mde_m)


def test_a_network_without_dsrnet_is_refused() -> None:
    alone = replace(PRESETS["tiny"], dsr=False, guidance=Guidance.NONE, content_guidance=False)
    with pytest.raises(ConfigError, match="no DSRNet"):
        DepthProgram(BridgeNet(alone), 10.0)
