"""What every source of pairs checks."""

from __future__ import annotations

import numpy as np
import pytest

from bridgenet_ros.data.dataset import RgbdSample, checked
from bridgenet_ros.errors import DatasetError


def sample(depth: list[list[float]], size: tuple[int, int] = (2, 2)) -> RgbdSample:
    values = np.array(depth, np.float32)
    return RgbdSample("a", np.zeros((*size, 3), np.uint8), values, values != 0)


def test_a_good_sample_passes() -> None:
    good = sample([[1, 0], [2, 3]])
    assert checked(good, "x") is good


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (sample([[1, 2, 3]]), "x: depth is 3x1, its colour image is 2x2; they must agree"),
        (sample([[1, np.nan], [1, 1]]), "x: depth holds NaN or infinity; expected finite numbers"),
        (sample([[1, np.inf], [1, 1]]), "x: depth holds NaN or infinity; expected finite numbers"),
        (sample([[0, 0], [0, 0]]), "x: not one valid pixel of depth"),
    ],
)
def test_a_bad_one_is_named(bad: RgbdSample, words: str) -> None:
    with pytest.raises(DatasetError) as error:
        checked(bad, "x")
    assert str(error.value) == words
