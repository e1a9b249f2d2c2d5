"""Slots and their ring: who owns what, and when memory is allocated anew."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from bridgenet_ros.engine.buffers import Ring, Shapes, Slot
from bridgenet_ros.errors import EngineError

CPU = torch.device("cpu")
SMALL = Shapes(color=(4, 6), depth=(2, 3))
LARGE = Shapes(color=(8, 6), depth=(2, 3))


def test_a_slot_copies_what_it_is_given(device: torch.device) -> None:
    slot = Slot(SMALL, device)
    rgb = np.full((4, 6, 3), 7, np.uint8)
    depth = np.full((2, 3), 1.5, np.float32)
    slot.stage(rgb, depth)
    slot.upload()
    rgb[:], depth[:] = 0, 0
    if device.type == "cuda":
        torch.cuda.synchronize(device)

    assert slot.rgb.unique().tolist() == [7]
    assert slot.depth.unique().tolist() == [1.5]
    assert slot.rgb.device.type == device.type


def test_a_slot_takes_read_only_and_strided_views(device: torch.device) -> None:
    wide = np.arange(4 * 12 * 3, dtype=np.uint8).reshape(4, 12, 3)
    rgb = wide[:, ::2]
    rgb.flags.writeable = False
    slot = Slot(SMALL, device)
    slot.stage(rgb, np.ones((2, 3), np.float32))
    assert np.array_equal(slot.host_rgb.numpy(), wide[:, ::2])


def test_download_brings_both_maps_back(device: torch.device) -> None:
    slot = Slot(SMALL, device)
    slot.download(torch.full((4, 6), 2.0, device=device), torch.full((4, 6), 3.0, device=device))
    slot.download(torch.full((4, 6), 4.0, device=device), None)
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    assert slot.host_sr.unique().tolist() == [4.0]
    assert slot.host_mde.unique().tolist() == [3.0]  # None leaves it alone


def test_on_the_cpu_uploading_copies_nothing() -> None:
    slot = Slot(SMALL, CPU)
    assert slot.rgb is slot.host_rgb
    assert slot.depth is slot.host_depth
    assert not slot.host_sr.is_pinned()


@pytest.mark.parametrize("mapped", [False, pytest.param(True, marks=pytest.mark.gpu)])
def test_units_keep_all_their_bits(device: torch.device, mapped: bool) -> None:
    shapes = Shapes(color=(1, 2), depth=(1, 2), units=True)
    slot = Slot(shapes, device, mapped=mapped)
    slot.stage(np.zeros((1, 2, 3), np.uint8), np.array([[1, 65535]], np.uint16))
    slot.upload()
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    assert slot.depth.dtype == torch.int16
    assert (slot.depth.to(torch.int32) & 0xFFFF).tolist() == [[1, 65535]]


@pytest.mark.gpu
def test_mapped_memory_is_seen_by_the_gpu_without_a_copy() -> None:
    slot = Slot(SMALL, torch.device("cuda"), mapped=True)
    assert slot.rgb.is_cuda
    assert slot.rgb.data_ptr() == slot.host_rgb.data_ptr()
    for value in (7, 9):
        slot.stage(np.full((4, 6, 3), value, np.uint8), np.ones((2, 3), np.float32))
        slot.upload()
        assert slot.rgb.unique().tolist() == [value]


@pytest.mark.gpu
def test_on_a_gpu_the_host_side_is_page_locked() -> None:
    slot = Slot(SMALL, torch.device("cuda"))
    host = (slot.host_rgb, slot.host_depth, slot.host_sr, slot.host_mde)
    assert all(tensor.is_pinned() for tensor in host)
    assert slot.rgb.is_cuda
    assert slot.depth.is_cuda


def test_a_ring_hands_out_each_slot_once(device: torch.device) -> None:
    ring = Ring(device, 2)
    first, second = ring.acquire(SMALL), ring.acquire(SMALL)
    assert first is not second
    with pytest.raises(EngineError, match="all 2 frames are in flight; collect one first"):
        ring.acquire(SMALL)
    ring.release(first)
    assert ring.acquire(SMALL) is first


def test_a_change_of_size_allocates_and_stays_within_the_count() -> None:
    ring = Ring(CPU, 2)
    small, large = ring.acquire(SMALL), ring.acquire(LARGE)
    assert (small.shapes, large.shapes) == (SMALL, LARGE)
    assert tuple(large.host_sr.shape) == (8, 6)
    with pytest.raises(EngineError):
        ring.acquire(LARGE)
    ring.release(small)
    replaced = ring.acquire(LARGE)
    assert replaced is not small
    assert replaced.shapes == LARGE
