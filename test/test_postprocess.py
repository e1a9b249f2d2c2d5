"""Back to metres: cropping, the range, and NaN."""

from __future__ import annotations

import pytest
import torch

from bridgenet_ros.postprocess import restore

NAN = float("nan")


def row(*values: float) -> torch.Tensor:
    return torch.tensor(values).reshape(1, 1, 1, -1)


def same(found: torch.Tensor, *expected: float) -> bool:
    return torch.equal(found.nan_to_num(-7), torch.tensor(expected).nan_to_num(-7))


def test_metres_are_the_output_times_the_range() -> None:
    metres = restore(row(0.25, 1.0, 1.5), None, (1, 3), value_range_m=10.0)
    assert metres.shape == (1, 1, 3)
    assert same(metres[0, 0], 2.5, 10.0, 15.0)


def test_padding_is_cropped_right_and_below() -> None:
    output = torch.arange(1, 17).reshape(1, 1, 4, 4) / 10
    metres = restore(output, None, (3, 2), value_range_m=10.0)
    assert metres[0].round().tolist() == [[1, 2], [5, 6], [9, 10]]


def test_what_was_not_measured_is_nan() -> None:
    metres = restore(row(0.1, 0.2, 0.3, 0.4), row(1, 0, 1, 0), (1, 3), value_range_m=10.0)
    assert same(metres[0, 0], 1.0, NAN, 3.0)


@pytest.mark.parametrize("bad", [0.0, -0.5, NAN, -float("inf")])
def test_what_is_not_in_front_of_the_camera_is_nan(bad: float) -> None:
    for validity in (None, row(1, 1)):
        assert same(restore(row(bad, 0.5), validity, (1, 2), value_range_m=10.0)[0, 0], NAN, 5.0)


def test_half_precision_comes_back_as_float32() -> None:
    metres = restore(row(0.5).half(), None, (1, 1), value_range_m=3.0)
    assert metres.dtype == torch.float32
    assert metres.item() == 1.5


def test_each_frame_of_a_batch_keeps_its_own_holes() -> None:
    output = torch.full((2, 1, 1, 2), 0.1)
    validity = torch.tensor([[1.0, 0.0], [0.0, 1.0]]).reshape(2, 1, 1, 2)
    metres = restore(output, validity, (1, 2), value_range_m=10.0)
    assert same(metres[0, 0], 1.0, NAN)
    assert same(metres[1, 0], NAN, 1.0)
