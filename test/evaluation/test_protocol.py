"""How inputs are made and which pixels count."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bridgenet_ros.data.downsample import Downsampling
from bridgenet_ros.data.folder import RgbdFolder, open_folder
from bridgenet_ros.evaluation.baselines import bicubic
from bridgenet_ros.evaluation.metrics import mean_absolute_error, root_mean_square_error
from bridgenet_ros.evaluation.protocol import Protocol, make_case


def test_the_border_does_not_count(depth_pairs: RgbdFolder) -> None:
    case = make_case(depth_pairs, 0, Protocol(scale=8))
    assert case.low.shape == (8, 10)
    assert case.counted.sum() == (64 - 12) * (80 - 12)
    assert not case.counted[:6].any()
    assert case.edges.any()


def test_odd_sizes_are_cut_to_the_scale(depth_pairs: RgbdFolder) -> None:
    case = make_case(depth_pairs, 0, Protocol(scale=12))
    assert (case.rgb.shape, case.truth.shape) == ((60, 72, 3), (60, 72))
    assert case.low.shape == (5, 6)


def test_nearest_takes_pixels(depth_pairs: RgbdFolder) -> None:
    case = make_case(depth_pairs, 0, Protocol(scale=4, downsampling=Downsampling.NEAREST))
    np.testing.assert_array_equal(case.low, case.truth[::4, ::4])


def test_names_say_what_was_done() -> None:
    assert Protocol(scale=4).name == "bicubic"
    nearest = Protocol(scale=4, downsampling=Downsampling.NEAREST, shift_px=2, sensor=True)
    assert nearest.name == "nearest+shift2+sensor"
    assert Protocol(scale=4, stored_noise=True).name == "noisy_lr"


def test_shift_moves_only_the_colour(depth_pairs: RgbdFolder) -> None:
    plain = make_case(depth_pairs, 0, Protocol(scale=8))
    shifted = make_case(depth_pairs, 0, Protocol(scale=8, shift_px=4))
    np.testing.assert_array_equal(plain.low, shifted.low)
    assert (plain.rgb != shifted.rgb).any()


@pytest.mark.parametrize("kind", ["depth_pairs", "disparity_pairs"])
def test_the_sensor_is_the_same_in_every_run(kind: str, request: pytest.FixtureRequest) -> None:
    folder = request.getfixturevalue(kind)
    once, again = (make_case(folder, 1, Protocol(scale=4, sensor=True)) for _ in range(2))
    np.testing.assert_array_equal(once.low, again.low)
    plain = make_case(folder, 1, Protocol(scale=4))
    assert (once.low != plain.low).any()
    measured = once.low > 0
    assert np.abs(once.low - plain.low)[measured].mean() < 0.2 * plain.low.mean()
    np.testing.assert_array_equal(once.truth, plain.truth)


def test_stored_noise_is_taken_from_the_data_set(data_folder: Path) -> None:
    folder = open_folder(data_folder / "middlebury2005_eval")
    case = make_case(folder, 0, Protocol(scale=8, stored_noise=True))
    clean = make_case(folder, 0, Protocol(scale=8))
    assert case.low.shape == clean.low.shape
    assert np.std(case.low - clean.low) == pytest.approx(5, abs=0.1)


@pytest.mark.parametrize(("scale", "expected"), [(4, 3.63), (8, 6.14), (16, 9.78)])
def test_bicubic_on_nyu_is_the_published_baseline(
    data_folder: Path, scale: int, expected: float
) -> None:
    folder = open_folder(data_folder / "nyu_v2_eval")
    errors = []
    for i in range(len(folder)):
        case = make_case(folder, i, Protocol(scale=scale))
        up = bicubic(case.rgb, case.low)
        errors.append(100 * root_mean_square_error(up, case.truth, case.counted))
    assert np.mean(errors) == pytest.approx(expected, abs=0.006)


@pytest.mark.parametrize(
    ("scale", "expected"),
    [(4, (0.99, 0.29, 0.32)), (8, (1.91, 0.58, 0.63)), (16, (3.75, 1.16, 1.19))],
)
def test_bicubic_on_middlebury_is_the_published_baseline(
    data_folder: Path, scale: int, expected: tuple[float, ...]
) -> None:
    folder = open_folder(data_folder / "middlebury2005_eval")
    for i, mad in enumerate(expected):
        case = make_case(folder, i, Protocol(scale=scale))
        up = np.round(bicubic(case.rgb, case.low))
        assert mean_absolute_error(up, case.truth, case.counted) == pytest.approx(mad, abs=0.006)
