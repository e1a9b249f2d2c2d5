"""Dots and blocks back to the measurements they came from."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from bridgenet_ros.registration.reduction import BlockReducer, DotReducer

CPU = torch.device("cpu")


def reduce(reducer: BlockReducer | DotReducer, image: np.ndarray) -> np.ndarray:
    return reducer(torch.from_numpy(image)).numpy()


def low_depth(shape: tuple[int, int], seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    low = (rng.integers(500, 5000, shape) / 1000).astype(np.float32)
    low[rng.random(shape) < 0.2] = 0
    return low


@given(st.integers(1, 9), st.integers(1, 9), st.integers(2, 8), st.integers(0, 99))
def test_copied_blocks_give_their_measurements_back(
    rows: int, columns: int, step: int, seed: int
) -> None:
    low = low_depth((rows, columns), seed)
    image = np.repeat(np.repeat(low, step, axis=0), step, axis=1)
    found = reduce(BlockReducer((rows * step, columns * step), (rows, columns), CPU), image)
    np.testing.assert_array_equal(found, low)


@given(st.integers(1, 9), st.integers(1, 9), st.integers(2, 8), st.integers(0, 99))
def test_dots_give_their_measurements_back_wherever_they_lie_in_their_cell(
    rows: int, columns: int, step: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    low = low_depth((rows, columns), seed)
    image = np.zeros((rows * step, columns * step), np.float32)
    for (row, column), value in np.ndenumerate(low):
        down, across = rng.integers(0, step, 2)
        image[row * step + down, column * step + across] = value
    found = reduce(DotReducer(image.shape, (rows, columns), CPU), image)
    np.testing.assert_array_equal(found, low)


@pytest.mark.parametrize(("pixels", "step"), [((480, 640), 3), ((64, 100), 3)])
def test_cells_that_do_not_fill_whole_pixels(pixels: tuple[int, int], step: int) -> None:
    """The image's last pixels belong to no block, so cells are a little larger than blocks."""
    grid = (pixels[0] // step, pixels[1] // step)
    low = low_depth(grid, 1)
    image = np.zeros(pixels, np.float32)
    copied = np.repeat(np.repeat(low, step, axis=0), step, axis=1)
    image[: copied.shape[0], : copied.shape[1]] = copied
    np.testing.assert_array_equal(reduce(BlockReducer(pixels, grid, CPU), image), low)
    dots = np.zeros(pixels, np.float32)
    middle = (step - 1) // 2
    dots[middle::step, middle::step][: grid[0], : grid[1]] = low
    np.testing.assert_array_equal(reduce(DotReducer(pixels, grid, CPU), dots), low)


def test_the_dot_closest_to_the_centre_wins_on_one_surface() -> None:
    image = np.zeros((3, 3), np.float32)
    image[0, 0], image[1, 1], image[2, 2] = 1.99, 2.0, 2.01
    assert reduce(DotReducer((3, 3), (1, 1), CPU), image).item() == pytest.approx(2.0)


def test_a_dot_of_the_background_loses_even_at_the_centre() -> None:
    image = np.zeros((3, 3), np.float32)
    image[0, 0], image[1, 1] = 1.0, 3.0
    assert reduce(DotReducer((3, 3), (1, 1), CPU), image).item() == 1.0


def test_an_image_on_its_own_grid_stays_as_it_is() -> None:
    image = low_depth((5, 7), 3)
    for reducer in (BlockReducer, DotReducer):
        np.testing.assert_array_equal(reduce(reducer((5, 7), (5, 7), CPU), image), image)
