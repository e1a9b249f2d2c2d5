"""Filling, upsampling, padding and the fixed range."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from bridgenet_ros.depth_units import DepthUnits, to_metres
from bridgenet_ros.frame import FloatArray
from bridgenet_ros.preprocess import (
    fill_holes,
    pad_to_multiple,
    prepare,
    units_to_metres,
    upsample_depth,
)


def grid(rows: list[list[float]]) -> torch.Tensor:
    return torch.tensor(rows, dtype=torch.float32)[None, None]


def filled(rows: list[list[float]]) -> torch.Tensor:
    depth = grid(rows)
    return fill_holes(depth, (depth > 0).float())[0, 0]


def upsampled(depth: FloatArray, size: tuple[int, int]) -> tuple[FloatArray, FloatArray]:
    up, valid = upsample_depth(torch.from_numpy(depth)[None, None], size)
    return up[0, 0].numpy(), valid[0, 0].numpy()


@st.composite
def holed_images(draw: st.DrawFn) -> FloatArray:
    """Depth of 1 to 6 m with 0 in the holes, and at least one pixel that is valid."""
    height, width = draw(st.integers(1, 9)), draw(st.integers(1, 9))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    depth = rng.uniform(1, 6, (height, width)).astype(np.float32)
    depth[rng.random((height, width)) < draw(st.sampled_from([0.0, 0.3, 0.7, 0.95]))] = 0
    depth[rng.integers(height), rng.integers(width)] = 3.0
    return depth


# Filling


def test_a_hole_takes_the_mean_of_its_block() -> None:
    # The hole's block of 2x2 has 1, 2 and 6: mean 3. The other block is 5 and untouched.
    assert filled([[1, 2, 5, 5], [0, 6, 5, 5]]).tolist() == [[1, 2, 5, 5], [3, 6, 5, 5]]


def test_a_large_hole_takes_the_mean_of_the_finest_block_that_has_any() -> None:
    # The upper left block of 2x2 is empty. The three other means are 4, 2 and 6: their mean is 4.
    rows: list[list[float]] = [[0, 0, 4, 4], [0, 0, 4, 4], [2, 2, 6, 6], [2, 2, 6, 6]]
    expected = [[4, 4, 4, 4], [4, 4, 4, 4], [2, 2, 6, 6], [2, 2, 6, 6]]
    assert filled(rows).tolist() == expected


def test_blocks_at_an_odd_border_count_only_what_is_there() -> None:
    assert filled([[1, 3, 0], [3, 5, 8]]).tolist() == [[1, 3, 8], [3, 5, 8]]


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (7, 1), (5, 6)])
def test_nothing_valid_stays_nothing(shape: tuple[int, int]) -> None:
    empty = torch.zeros(1, 1, *shape)
    assert not fill_holes(empty, empty).any()


def block_range(depth: FloatArray, row: int, column: int) -> tuple[float, float]:
    """Least and greatest valid value of the smallest aligned power-of-two block that has one."""
    for level in range(1, 5):
        top, left = row >> level << level, column >> level << level
        block = depth[top : top + (1 << level), left : left + (1 << level)]
        if block.any():
            return float(block[block > 0].min()), float(block.max())
    raise AssertionError("no valid pixel")


@given(holed_images())
def test_fills_lie_within_the_range_of_valid_neighbours(depth: FloatArray) -> None:
    tensor = torch.from_numpy(depth)[None, None]
    result = fill_holes(tensor, (tensor > 0).float())[0, 0].numpy()
    assert np.array_equal(result[depth > 0], depth[depth > 0])
    for row, column in np.argwhere(depth == 0):
        low, high = block_range(depth, row, column)
        assert low * (1 - 1e-6) <= result[row, column] <= high * (1 + 1e-6)


@given(holed_images(), st.sampled_from([float("nan"), float("inf"), -1.0, 60.0]))
def test_values_of_invalid_pixels_are_never_read(depth: FloatArray, garbage: float) -> None:
    clean = torch.from_numpy(depth)[None, None]
    valid = (clean > 0).float()
    dirty = torch.where(valid > 0, clean, torch.full_like(clean, garbage))
    assert torch.equal(fill_holes(clean, valid), fill_holes(dirty, valid))


# Upsampling


@pytest.mark.parametrize(
    ("low", "high"),
    [
        ((6, 8), (24, 32)),
        ((6, 8), (48, 64)),
        ((7, 5), (16, 11)),  # 16/7 and 11/5
        ((60, 80), (101, 317)),
        ((77, 101), (480, 640)),
        ((5, 7), (5, 9)),  # one side alone
        ((1, 1), (5, 7)),
        ((1, 4), (3, 9)),
    ],
)
def test_bicubic_agrees_with_pillow(
    rng: np.random.Generator, low: tuple[int, int], high: tuple[int, int]
) -> None:
    depth = rng.uniform(0.05, 0.55, low).astype(np.float32)  # of the range, as the network's
    ours, _ = upsampled(depth, high)
    pillows = Image.fromarray(depth, mode="F").resize(high[::-1], Image.Resampling.BICUBIC)
    assert np.abs(ours - np.asarray(pillows)).max() < 1e-5


def test_ratio_1_changes_nothing(rng: np.random.Generator) -> None:
    depth = rng.uniform(0.5, 5.5, (6, 8)).astype(np.float32)
    assert np.array_equal(upsampled(depth, (6, 8))[0], depth)


def test_validity_is_that_of_the_nearest_pixel() -> None:
    depth = np.array([[1.0, 0.0, 2.0]], np.float32)
    # Twice: each pixel twice. 5/3: the centres 0.3, 0.9, 1.5, 2.1, 2.7 fall on 0, 0, 1, 2, 2.
    assert upsampled(depth, (1, 6))[1].tolist() == [[1, 1, 0, 0, 1, 1]]
    assert upsampled(depth, (1, 5))[1].tolist() == [[1, 1, 0, 1, 1]]


@given(holed_images(), st.integers(0, 20), st.integers(0, 20))
def test_a_flat_wall_stays_flat_around_its_holes(depth: FloatArray, down: int, right: int) -> None:
    wall = np.where(depth > 0, np.float32(3.7), np.float32(0))
    height, width = wall.shape
    up, valid = upsampled(wall, (height + down, width + right))
    assert up == pytest.approx(3.7, abs=1e-5)
    assert set(np.unique(valid)) <= {0.0, 1.0}


# Preparing


def test_colour_becomes_0_to_1_in_its_order() -> None:
    rgb = torch.tensor([[[[255, 51, 0]]]], dtype=torch.uint8)
    out = prepare(rgb, torch.ones(1, 1, 1), value_range_m=10.0, multiple=1)
    assert out.image.flatten().tolist() == pytest.approx([1.0, 0.2, 0.0])


def test_depth_is_divided_by_the_fixed_range() -> None:
    rgb = torch.zeros(1, 1, 2, 3, dtype=torch.uint8)
    depth = torch.tensor([[[2.5, 20.0]]])
    out = prepare(rgb, depth, value_range_m=10.0, multiple=1)
    assert out.depth.flatten().tolist() == [0.25, 2.0]  # not clipped either


def test_a_far_pixel_changes_nothing_beyond_its_neighbourhood(rng: np.random.Generator) -> None:
    """Normalising by the frame's own range would change every pixel."""
    rgb = torch.zeros(1, 48, 64, 3, dtype=torch.uint8)
    depth = torch.from_numpy(rng.uniform(1, 2, (1, 12, 16)).astype(np.float32))
    outlier = depth.clone()
    outlier[0, 0, 0] = 9.9
    plain = prepare(rgb, depth, value_range_m=10.0, multiple=16).depth
    with_outlier = prepare(rgb, outlier, value_range_m=10.0, multiple=16).depth
    changed = (plain != with_outlier)[0, 0]
    # The cubic kernel reaches two low-resolution pixels: 8 + 2 pixels of a corner.
    assert changed[:10, :10].any()
    assert not changed[10:].any()
    assert not changed[:, 10:].any()


@pytest.mark.parametrize(
    ("size", "multiple", "padded"),
    [
        ((16, 32), 16, (16, 32)),
        ((17, 31), 16, (32, 32)),
        ((1, 1), 16, (16, 16)),
        ((5, 6), 1, (5, 6)),
    ],
)
def test_everything_is_padded_to_the_multiple(
    size: tuple[int, int], multiple: int, padded: tuple[int, int]
) -> None:
    rgb = torch.zeros(2, *size, 3, dtype=torch.uint8)
    out = prepare(rgb, torch.ones(2, 1, 1), value_range_m=10.0, multiple=multiple)
    assert out.image.shape == (2, 3, *padded)
    assert out.depth.shape == out.validity.shape == (2, 1, *padded)
    assert all(t.dtype == torch.float32 for t in out)


def test_padding_repeats_the_last_row_and_column() -> None:
    padded = pad_to_multiple(grid([[1, 2], [3, 4]]), 3)[0, 0]
    assert padded.tolist() == [[1, 2, 2], [3, 4, 4], [3, 4, 4]]
    whole = grid([[1, 2], [3, 4]])
    assert pad_to_multiple(whole, 2) is whole


def test_each_frame_of_a_batch_is_prepared_alone(rng: np.random.Generator) -> None:
    rgb = torch.from_numpy(rng.integers(0, 256, (2, 12, 16, 3), dtype=np.uint8))
    depth = torch.from_numpy(rng.uniform(1, 2, (2, 3, 4)).astype(np.float32))
    depth[0, 1, 1] = 0
    both = prepare(rgb, depth, value_range_m=10.0, multiple=8)
    for i in range(2):
        alone = prepare(rgb[i : i + 1], depth[i : i + 1], value_range_m=10.0, multiple=8)
        for together, single in zip(both, alone, strict=True):
            assert torch.equal(together[i : i + 1], single)


@pytest.mark.parametrize("device", ["cpu", pytest.param("cuda", marks=pytest.mark.gpu)])
def test_the_work_is_done_where_the_tensors_are(rng: np.random.Generator, device: str) -> None:
    rgb = torch.from_numpy(rng.integers(0, 256, (1, 21, 30, 3), dtype=np.uint8))
    depth = torch.from_numpy(rng.uniform(1, 2, (1, 6, 8)).astype(np.float32))
    depth[0, 2, 3] = 0
    here = prepare(rgb, depth, value_range_m=10.0, multiple=16)
    there = prepare(rgb.to(device), depth.to(device), value_range_m=10.0, multiple=16)
    for a, b in zip(here, there, strict=True):
        assert b.device.type == device
        torch.testing.assert_close(a, b.cpu(), rtol=0, atol=1e-6)


@given(
    units=st.lists(st.integers(0, 65535), min_size=1, max_size=20),
    scale_m=st.sampled_from([0.001, 0.0001, 1 / 5000, 0.01]),
    low=st.floats(0.0, 5.0),
    span=st.floats(0.001, 20.0),
)
def test_units_become_metres_as_numpy_s_do(
    units: list[int], scale_m: float, low: float, span: float
) -> None:
    depth = np.array([units], np.uint16)
    limits = DepthUnits(scale_m=scale_m, min_m=low, max_m=low + span)
    expected = to_metres(depth, scale_m=scale_m, min_m=low, max_m=low + span)
    found = units_to_metres(torch.from_numpy(depth.view(np.int16)), limits)
    assert found.numpy().tobytes() == expected.tobytes()


@pytest.mark.parametrize("size", [(32, 48), (30, 41)])
def test_either_memory_format_holds_the_same_values(
    rng: np.random.Generator, size: tuple[int, int]
) -> None:
    rgb = torch.from_numpy(rng.integers(0, 256, (1, *size, 3), dtype=np.uint8))
    depth = torch.from_numpy(rng.uniform(1, 6, (1, 8, 10)).astype(np.float32))
    planes, pixels = (
        prepare(rgb, depth, value_range_m=10.0, multiple=16, memory_format=layout)
        for layout in (torch.contiguous_format, torch.channels_last)
    )
    assert planes.image.is_contiguous()
    assert pixels.image.is_contiguous(memory_format=torch.channels_last)
    for one, other in zip(planes, pixels, strict=True):
        assert torch.equal(one, other)
