"""The largest image that memory takes."""

from __future__ import annotations

import pytest
import torch

from bridgenet_ros.engine.memory import available_bytes, pixel_limit
from bridgenet_ros.network.topology import PRESETS


def test_hand_computed_limit() -> None:
    # tiny: 16 channels at half the size are 4 a pixel, ten maps of 4 bytes: 100 + 160 bytes.
    assert pixel_limit(PRESETS["tiny"], torch.float32, 260_000) == 800
    assert pixel_limit(PRESETS["tiny"], torch.float16, 180_000) == 800


@pytest.mark.parametrize("preset", PRESETS)
def test_a_vga_camera_fits_a_gigabyte_except_with_full(preset: str) -> None:
    fits = pixel_limit(PRESETS[preset], torch.float32, 10**9) >= 640 * 480
    assert fits == (preset != "full")


def test_the_system_says_what_is_free() -> None:
    assert 10**6 < available_bytes(torch.device("cpu")) < 10**15


@pytest.mark.gpu
def test_a_gpu_says_what_is_free() -> None:
    assert 10**6 < available_bytes(torch.device("cuda")) < 10**13
