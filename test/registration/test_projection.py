"""Projected depth against an exact renderer, and cases worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from exact_depth import QUANTUM_M, depth_image, seen_in_cells, turned

from bridgenet_ros.registration.lens import Lens
from bridgenet_ros.registration.projection import DepthProjector, in_cells, low_grid
from bridgenet_ros.rigid_transform import IDENTITY, RigidTransform

CPU = torch.device("cpu")
COLOR = Lens(fx=210.0, fy=210.0, cx=127.5, cy=95.5)
COLOR_SIZE = (192, 256)


def lens(focal: float, size: tuple[int, int], distortion: tuple[float, ...] = ()) -> Lens:
    """A depth lens with its axis through the middle of the image."""
    height, width = size
    return Lens(fx=focal, fy=focal, cx=(width - 1) / 2, cy=(height - 1) / 2, distortion=distortion)


def project(
    depth: Lens,
    size: tuple[int, int],
    to_color: RigidTransform,
    image: np.ndarray,
    color: Lens = COLOR,
    grid: tuple[int, int] | None = None,
) -> np.ndarray:
    projector = DepthProjector(
        depth=depth,
        depth_size=size,
        color=color,
        color_size=COLOR_SIZE,
        depth_to_color=to_color,
        device=CPU,
        grid=grid,
    )
    return projector(torch.from_numpy(image)).numpy()


@pytest.mark.parametrize(
    ("focal", "size", "to_color", "least_exact"),
    [
        (140.0, (192, 256), turned((0.1, -0.2, 0.15), (0.015, 0.001, -0.002)), 0.93),
        (210.0, (192, 256), turned((0.0, 0.0, 0.0), (0.05, 0.0, 0.0)), 0.97),
        (105.0, (96, 128), turned((1.0, 2.0, -1.0), (-0.03, 0.02, 0.01)), 0.92),
        (52.5, (48, 64), turned((0.3, 0.2, -0.1), (0.025, 0.0, 0.0)), 0.85),
        (140.0, (256, 192), turned((0.0, 0.0, 90.0), (0.02, 0.0, 0.0)), 0.95),
    ],
    ids=["d435", "same lens", "half", "quarter", "upright"],
)
def test_visible_cells_agree_with_an_exact_renderer(
    focal: float, size: tuple[int, int], to_color: RigidTransform, least_exact: float
) -> None:
    depth = lens(focal, size)
    grid = low_grid(depth, COLOR, COLOR_SIZE)
    found = project(depth, size, to_color, depth_image(depth, size, to_color))
    truth = seen_in_cells(COLOR, COLOR_SIZE, grid, depth, size, to_color)
    assert found.shape == grid
    assert truth.visible.mean() > 0.7
    seen = truth.visible
    # Within what the cell shows: at an edge, which surface is at the centre is a coin's toss.
    within = (found >= truth.nearest - QUANTUM_M) & (found <= truth.farthest + QUANTUM_M)
    assert within[seen].mean() >= 0.99
    assert (np.abs(found - truth.centre) <= QUANTUM_M)[seen].mean() >= least_exact
    assert (found[seen] > 0).mean() >= 0.985


def test_what_the_depth_camera_cannot_see_stays_empty() -> None:
    size = (96, 128)
    depth = lens(105.0, size)
    image = np.full(size, 3.0, np.float32)
    image[20:70, 50:80] = 1.0
    found = project(depth, size, turned((0.0, 0.0, 0.0), (0.15, 0.0, 0.0)), image)
    row = found[40]
    # The square moves by 105 * 0.15 / 1 cells, the wall by a third of that.
    assert np.count_nonzero(np.abs(row - 1.0) < 1e-3) == 30
    (empty,) = np.nonzero(row[10:-10] == 0)
    assert empty.size in (10, 11)
    assert empty.max() - empty.min() + 1 == empty.size


def test_the_same_camera_gives_the_image_back() -> None:
    image = depth_image(COLOR, COLOR_SIZE, IDENTITY)
    image[10:20, 30:40] = 0
    found = project(COLOR, COLOR_SIZE, IDENTITY, image)
    assert np.array_equal(found == 0, image == 0)
    np.testing.assert_allclose(found, image, rtol=1e-5)


def test_a_wall_seen_from_the_side_by_hand() -> None:
    """Focal length 10, a wall at 2 m, the depth camera 0.4 m to the right: a shift of 2 cells."""
    depth = Lens(fx=10.0, fy=10.0, cx=4.0, cy=3.0)
    color = Lens(fx=10.0, fy=10.0, cx=127.5, cy=95.5)
    to_color = RigidTransform(translation=(0.4, 0.0, 0.1), rotation=(0.0, 0.0, 0.0, 1.0))
    found = project(
        depth, (7, 9), to_color, np.full((7, 9), 1.9, np.float32), color=color, grid=COLOR_SIZE
    )
    # 1.9 m + 0.1 m. Columns 4 +- 4 go to 127.5 + ((c - 4) 0.19 + 0.4) 5: 125.7 to 133.3.
    rows, columns = np.nonzero(found)
    assert (columns.min(), columns.max()) == (126, 133)
    assert (rows.min(), rows.max()) == (93, 98)  # 95.5 +- 3 * 0.95, to the nearest row
    np.testing.assert_allclose(found[found > 0], 2.0, rtol=1e-6)


def test_a_surface_that_looks_larger_to_colour_has_no_holes() -> None:
    """Colour stands 0.5 m in front of the depth camera: what is at 2 m looks a third larger."""
    size = (96, 128)
    depth = lens(210.0, size)
    v, u = np.mgrid[: size[0], : size[1]]
    image = np.where((np.abs(u - 64) < 20) & (np.abs(v - 48) < 20), 2.0, 4.0).astype(np.float32)
    to_color = RigidTransform(translation=(0.0, 0.0, -0.5), rotation=(0.0, 0.0, 0.0, 1.0))
    found = project(depth, size, to_color, image)
    square = np.abs(found - 1.5) < 1e-3
    rows, columns = np.nonzero(square)
    inside = found[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    assert inside.shape == (51, 51)  # 38 pixels from first to last, times 2 / 1.5, and one
    assert (np.abs(inside - 1.5) < 1e-3).all()
    # The wall at 4 m looks an eighth larger: 128 x 96 pixels become 145 x 109 cells.
    assert (found[42:150, 56:200] > 0).all()


def test_background_does_not_shine_through_a_gap_that_parallax_opens() -> None:
    """A near plane, tilted so that colour sees it stretched, before a wall."""
    size = (96, 128)
    depth = lens(105.0, size)
    x = (np.arange(size[1]) - depth.cx) / depth.fx
    near = (1.2 / (1 + 1.5 * x)).astype(np.float32)
    image = np.broadcast_to(np.where(np.abs(x) < 0.3, near, np.float32(3.0)), size)
    to_color = turned((0.0, 0.0, 0.0), (-0.2, 0.0, 0.0))
    found = project(depth, size, to_color, np.ascontiguousarray(image, np.float32))
    for row in found[10:-10]:
        (columns,) = np.nonzero((row > 0) & (row < 2.5))
        assert columns.size > 20
        assert columns.size == columns.max() - columns.min() + 1


def test_a_thin_bar_keeps_its_depth_before_a_wall() -> None:
    size = (96, 128)
    depth = lens(105.0, size)
    image = np.full(size, 3.0, np.float32)
    image[:, 60] = 1.0
    found = project(depth, size, turned((0.0, 0.0, 0.0), (0.05, 0.0, 0.0)), image)
    assert found.shape == size
    assert (np.abs(found - 1.0) < 1e-3).sum(axis=1).tolist() == [1] * size[0]


def test_invalid_pixels_say_nothing() -> None:
    size = (96, 128)
    depth = lens(105.0, size)
    to_color = turned((0.5, 0.5, 0.5), (0.02, 0.0, 0.0))
    assert not project(depth, size, to_color, np.zeros(size, np.float32)).any()
    one = np.zeros(size, np.float32)
    one[40, 50] = 1.5
    found = project(depth, size, to_color, one)
    assert np.count_nonzero(found) == 1
    assert found.max() == pytest.approx(1.5, abs=0.02)


def test_points_behind_the_colour_camera_are_left_out() -> None:
    size = (96, 128)
    depth = lens(105.0, size)
    to_color = RigidTransform(translation=(0.0, 0.0, -2.0), rotation=(0.0, 0.0, 0.0, 1.0))
    assert not project(depth, size, to_color, np.full(size, 1.0, np.float32)).any()


@pytest.mark.parametrize(
    "distortion",
    [
        (0.12, -0.25, 0.001, -0.002, 0.09),
        (0.4, -0.1, 0.0005, 0.0003, 0.02, 0.35, -0.05, 0.01),
        (-0.02, 0.003, 0.0, 0.0),
    ],
    ids=["plumb_bob", "rational_polynomial", "equidistant"],
)
@pytest.mark.parametrize("distorted", ["depth", "color"])
def test_distorted_lenses(distortion: tuple[float, ...], distorted: str) -> None:
    size = (144, 192)
    bent = distorted == "depth"
    depth = lens(150.0, size, distortion if bent else ())
    color = COLOR if bent else Lens(fx=210, fy=210, cx=127.5, cy=95.5, distortion=distortion)
    to_color = turned((0.2, -0.3, 0.1), (0.02, 0.0, 0.0))
    image = depth_image(depth, size, to_color)
    found = project(depth, size, to_color, image, color=color)
    grid = low_grid(depth, color, COLOR_SIZE)
    truth = seen_in_cells(color, COLOR_SIZE, grid, depth, size, to_color)
    inner = truth.visible & (found > 0)
    assert inner.mean() > 0.6
    within = (found >= truth.nearest - 2 * QUANTUM_M) & (found <= truth.farthest + 2 * QUANTUM_M)
    assert within[inner].mean() >= 0.97


def test_far_rays_do_not_fold_back_into_a_distorted_view() -> None:
    """At half the focal length from the axis k1 = -0.5 turns the radius back."""
    color = Lens(fx=210, fy=210, cx=127.5, cy=95.5, distortion=(-0.25, 0.0, 0.0, 0.0, 0.0))
    size = (200, 600)
    depth = lens(105.0, size)
    image = np.zeros(size, np.float32)
    image[:, 500:] = 2.0  # x from 1.9 on: outside colour's view, where the polynomial is negative
    assert not project(depth, size, IDENTITY, image, color=color).any()


@pytest.mark.parametrize("bad", [0, 1])
def test_two_frames_do_not_mix(bad: int) -> None:
    size, to_color = (48, 64), turned((0.3, 0.2, -0.1), (0.025, 0.0, 0.0))
    depth = lens(52.5, size)
    first = depth_image(depth, size, to_color)
    second = np.where(np.arange(64) < 32, first * np.float32(0.5), np.float32(0))
    projector = DepthProjector(
        depth=depth,
        depth_size=size,
        color=COLOR,
        color_size=COLOR_SIZE,
        depth_to_color=to_color,
        device=CPU,
    )
    images = [torch.from_numpy(i) for i in (first, second)]
    before = projector(images[bad])
    kept = before.clone()
    projector(images[1 - bad])
    assert torch.equal(before, kept)
    assert torch.equal(projector(images[bad]), kept)


@pytest.mark.parametrize("odd", [np.nan, np.inf, 1e-45, 1e-38, 1e-9])
@pytest.mark.parametrize("forward", [0.0, 0.3, -0.3])
def test_values_that_are_no_depth_harm_nothing(odd: float, forward: float) -> None:
    size = (48, 64)
    depth = lens(52.5, size)
    image = np.full(size, 2.0, np.float32)
    to_color = RigidTransform(translation=(0.02, 0.0, forward), rotation=(0.0, 0.0, 0.0, 1.0))
    clean = project(depth, size, to_color, image)
    image[10:14, 20:30] = odd
    found = project(depth, size, to_color, image)
    assert np.isfinite(found).all()
    assert (np.abs(found - clean)[clean.shape[0] // 2 :] < 1e-5).all()


def test_rays_that_turn_away_from_colour_give_nothing_false() -> None:
    """Colour looks 70 degrees to the side: some of the depth camera's rays run across its axis."""
    size = (96, 192)
    depth = lens(80.0, size)
    to_color = turned((0.0, 70.0, 0.0), (0.1, 0.0, 0.1))
    found = project(depth, size, to_color, depth_image(depth, size, to_color))
    grid = low_grid(depth, COLOR, COLOR_SIZE)
    truth = seen_in_cells(COLOR, COLOR_SIZE, grid, depth, size, to_color)
    seen = truth.visible & (found > 0)
    assert np.count_nonzero(seen) > 1000
    within = (found >= truth.nearest - QUANTUM_M) & (found <= truth.farthest + QUANTUM_M)
    assert within[seen].mean() >= 0.95


def test_the_grid_is_as_fine_as_the_depth_camera_but_not_finer_than_colour() -> None:
    assert low_grid(lens(105.0, (96, 128)), COLOR, COLOR_SIZE) == (96, 128)
    assert low_grid(lens(420.0, (96, 128)), COLOR, COLOR_SIZE) == COLOR_SIZE
    assert low_grid(lens(0.1, (96, 128)), COLOR, COLOR_SIZE) == (1, 1)


def test_cells_span_pixels_as_the_network_s_upsampling_has_it() -> None:
    cells = in_cells(COLOR, COLOR_SIZE, (48, 64))  # four pixels a cell
    # The first cell's centre is between pixels 1 and 2; ray (1.5 - 127.5) / 210.
    x, y = cells.rays(torch.tensor(0.0, dtype=torch.float64), torch.tensor(0.0).double())
    assert float(x) == pytest.approx((1.5 - 127.5) / 210)
    assert float(y) == pytest.approx((1.5 - 95.5) / 210)
