"""Downsampling, against Pillow and by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from bridgenet_ros.data.downsample import Downsampling, downsample
from bridgenet_ros.errors import DatasetError


def down(
    depth: np.ndarray, scale: int, how: Downsampling, valid: np.ndarray | None = None
) -> np.ndarray:
    mask = np.ones(depth.shape, dtype=bool) if valid is None else valid
    tensors = torch.from_numpy(depth)[None, None], torch.from_numpy(mask)[None, None]
    return downsample(*tensors, scale, how)[0, 0].numpy()


@pytest.mark.parametrize("scale", [4, 8, 16])
def test_bicubic_is_pillows(rng: np.random.Generator, scale: int) -> None:
    image = pytest.importorskip("PIL.Image")
    depth = rng.uniform(1, 5, (64, 96)).astype(np.float32)
    size = (96 // scale, 64 // scale)
    expected = np.asarray(image.fromarray(depth).resize(size, image.Resampling.BICUBIC))
    np.testing.assert_allclose(down(depth, scale, Downsampling.BICUBIC), expected, atol=1e-5)


def test_nearest_takes_every_sth_pixel_from_the_first() -> None:
    depth = np.arange(1, 33, dtype=np.float32).reshape(4, 8)
    low = down(depth, 4, Downsampling.NEAREST)
    assert low.tolist() == [[1.0, 5.0]]


def test_invalid_pixels_are_never_read(rng: np.random.Generator) -> None:
    valid = rng.random((32, 32)) < 0.8
    depth = np.where(valid, np.float32(2), np.float32(0)).astype(np.float32)
    for how in Downsampling:
        low = down(depth, 4, how, valid)
        np.testing.assert_allclose(low[low > 0], 2, atol=1e-5)


def test_bicubic_holes_are_where_most_of_a_block_is_missing() -> None:
    valid = np.ones((8, 8), dtype=bool)
    valid[:4, :3] = False
    depth = np.where(valid, np.float32(3), 0).astype(np.float32)
    low = down(depth, 4, Downsampling.BICUBIC, valid)
    assert low[0, 0] == 0
    assert (low[[0, 1, 1], [1, 0, 1]] > 0).all()


@pytest.mark.parametrize("how", list(Downsampling))
def test_a_valid_zero_is_not_a_hole(how: Downsampling) -> None:
    low = down(np.zeros((8, 8), dtype=np.float32), 4, how)
    assert (low > 0).all()
    assert low.max() < 1e-30


def test_sizes_must_divide() -> None:
    with pytest.raises(DatasetError, match="30x32 is not a multiple of the scale 4"):
        down(np.ones((32, 30), dtype=np.float32), 4, Downsampling.NEAREST)
