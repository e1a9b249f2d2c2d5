"""Which images are dense, sparse or blocky, and which cannot tell."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from exact_depth import depth_image, turned

from bridgenet_ros.registration.lens import Lens
from bridgenet_ros.registration.shape import Kind, Shape, find_shape
from bridgenet_ros.rigid_transform import IDENTITY

SIZE = (240, 320)
UNIT_M = 0.001
SCENE = depth_image(Lens(fx=262.5, fy=262.5, cx=159.5, cy=119.5), SIZE, IDENTITY)


def noisy(seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    depth = SCENE + rng.standard_normal(SIZE) * (0.001 + 0.0008 * SCENE**2)
    return (np.rint(depth * 1000) / 1000).astype(np.float32)


def found(depth: np.ndarray) -> Shape:
    shape = find_shape(depth.astype(np.float32), UNIT_M)
    assert shape is not None
    return shape


def blocks(low: np.ndarray, step: int) -> np.ndarray:
    image = np.zeros(SIZE, np.float32)
    copied = np.repeat(np.repeat(low, step, axis=0), step, axis=1)
    image[: copied.shape[0], : copied.shape[1]] = copied[: SIZE[0], : SIZE[1]]
    return image


def dots(low: np.ndarray, step: int, phase: int) -> np.ndarray:
    image = np.zeros(SIZE, np.float32)
    image[phase::step, phase::step][: low.shape[0], : low.shape[1]] = low
    return image


@pytest.mark.parametrize("image", [SCENE, noisy()], ids=["exact", "noisy"])
def test_measurements_everywhere_are_dense(image: np.ndarray) -> None:
    shape = found(image)
    assert (shape.kind, shape.grid) == (Kind.DENSE, SIZE)
    holed = image.copy()
    holed[np.random.default_rng(1).random(SIZE) < 0.25] = 0
    holed[40:130, 20:200] = 0
    assert found(holed).kind is Kind.DENSE


@pytest.mark.parametrize("steps_per_pixel", [8, 32])
def test_the_steps_of_a_stereo_camera_are_no_blocks(steps_per_pixel: int) -> None:
    """Depth from rounded disparity stands still over many pixels, then jumps."""
    disparity = np.rint(525 * 0.05 / SCENE * steps_per_pixel) / steps_per_pixel
    stereo = np.rint(525 * 0.05 / disparity * 1000) / 1000
    assert found(stereo).kind is Kind.DENSE


@pytest.mark.parametrize("step", [2, 3, 4, 5, 8])
@pytest.mark.parametrize("image", [SCENE, noisy()], ids=["exact", "noisy"])
def test_copied_blocks(image: np.ndarray, step: int) -> None:
    low = image[step // 2 :: step, step // 2 :: step]
    shape = found(blocks(low, step))
    assert (shape.kind, shape.grid) == (Kind.BLOCKY, (round(240 / step), round(320 / step)))
    assert f"copies of {step}x{step} pixels of 320x240" in shape.why


def test_blocks_that_do_not_fill_whole_pixels() -> None:
    """A nearest-neighbour enlargement by 2.5: copies of 2 and of 3 pixels."""
    rows, columns = (np.arange(n) * 2 // 5 for n in SIZE)
    low = noisy()[::2, ::2][:96, :128]
    shape = found(low[rows][:, columns])
    assert (shape.kind, shape.grid) == (Kind.BLOCKY, (96, 128))


def test_blocks_of_two_different_sides() -> None:
    low = noisy()[1::2, 1::4]
    shape = found(np.repeat(np.repeat(low, 2, axis=0), 4, axis=1))
    assert (shape.kind, shape.grid) == (Kind.BLOCKY, (120, 80))


@pytest.mark.parametrize("step", [2, 3, 4, 8])
@pytest.mark.parametrize("holes", [0.0, 0.3])
def test_dots_on_a_lattice(step: int, holes: float) -> None:
    low = noisy()[::step, ::step].copy()
    low[np.random.default_rng(2).random(low.shape) < holes] = 0
    low[: low.shape[0] // 4] = 0
    shape = found(dots(low, step, step // 2))
    assert (shape.kind, shape.grid) == (Kind.SPARSE, (round(240 / step), round(320 / step)))
    assert f"one measurement in {step}x{step} pixels" in shape.why


def test_dots_that_registration_left_between_the_pixels() -> None:
    """A depth camera of two thirds of colour's resolution, each point in its nearest pixel."""
    depth = Lens(fx=175.0, fy=175.0, cx=106.0, cy=79.5)
    to_color = turned((0.2, -0.1, 0.3), (0.025, 0.0, 0.0))
    z = depth_image(depth, (160, 213), to_color).astype(np.float64)
    v, u = np.mgrid[:160, :213]
    points = np.stack([(u - 106.0) / 175.0 * z, (v - 79.5) / 175.0 * z, z])
    x, y, far = np.tensordot(to_color.matrix, points, axes=1) + np.array(
        to_color.translation
    ).reshape(3, 1, 1)
    column = np.rint(262.5 * x / far + 159.5).astype(int)
    row = np.rint(262.5 * y / far + 119.5).astype(int)
    inside = (column >= 0) & (column < 320) & (row >= 0) & (row < 240)
    image = np.zeros(SIZE, np.float32)
    image[row[inside], column[inside]] = far[inside]
    shape = found(image)
    assert shape.kind is Kind.SPARSE
    # 1.5 pixels a measurement; two may fall into one pixel.
    assert shape.grid == (pytest.approx(160, rel=0.06), pytest.approx(213, rel=0.06))


@pytest.mark.parametrize(
    "image",
    [
        np.zeros(SIZE, np.float32),
        np.full(SIZE, 2.0, np.float32),
        np.where(np.arange(320) < 160, np.float32(1), np.float32(2)) * np.ones((240, 1)),
    ],
    ids=["nothing", "one wall", "two walls"],
)
def test_an_image_without_detail_cannot_tell(image: np.ndarray) -> None:
    assert find_shape(image.astype(np.float32), UNIT_M) is None


def test_a_few_stray_pixels_cannot_tell() -> None:
    image = np.zeros(SIZE, np.float32)
    image[100:105, 100:105] = SCENE[100:105, 100:105]
    assert find_shape(image, UNIT_M) is None


def test_the_same_image_gives_the_same_answer() -> None:
    image = noisy()
    assert find_shape(image, UNIT_M) == find_shape(image.copy(), UNIT_M)


@pytest.mark.parametrize(
    ("folder", "unit_m"),
    [("tum_fr1_xyz_clip", 0.0002), ("icl_livingroom1_clean", 0.001), ("nyu_v2_eval", 0.001)],
)
def test_real_images_are_dense(data_folder: Path, folder: str, unit_m: float) -> None:
    cv2 = pytest.importorskip("cv2", reason="OpenCV is not installed")
    files = sorted((data_folder / folder / "depth").iterdir())[:3]
    assert files
    for file in files:
        units = cv2.imread(str(file), cv2.IMREAD_UNCHANGED)
        shape = find_shape((units * unit_m).astype(np.float32), unit_m)
        assert shape is None or shape.kind is Kind.DENSE
