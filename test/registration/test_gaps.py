"""Gaps between measurements that are neighbours, by hand."""

from __future__ import annotations

import pytest
import torch

from bridgenet_ros.registration.gaps import GapCloser
from bridgenet_ros.registration.padded import Padded
from bridgenet_ros.registration.scratch import Scratch

ROW = 100
"""Index step of the depth image."""


def closed(near: list[list[float]], winners: list[list[int]]) -> list[list[float]]:
    cells = Padded((len(near), len(near[0])))
    flat = cells.around(torch.tensor(near), 0.0)
    index = cells.around(torch.tensor(winners), 0)
    GapCloser(cells, ROW, Scratch(cells.count, torch.device("cpu")))(flat, index)
    found: list[list[float]] = cells.inner(flat).tolist()
    return found


def test_the_mean_between_neighbours() -> None:
    (row,) = closed([[0.5, 0.0, 0.51]], [[205, 0, 206]])
    assert row == pytest.approx([0.5, 0.505, 0.51])
    aslant = closed([[0.5, 0.0, 0.51]], [[205, 0, 206 - ROW]])
    assert aslant[0] == pytest.approx([0.5, 0.505, 0.51])


@pytest.mark.parametrize(
    ("near", "winners"),
    [
        ([0.5, 0.0, 0.51], [205, 0, 207]),
        ([0.5, 0.0, 0.6], [205, 0, 206]),
        ([0.5, 0.7, 0.51], [205, 300, 206]),
        ([0.5, 0.5, 0.51], [205, 300, 206]),
        ([0.5, 0.0, 0.0], [205, 0, 206]),
    ],
    ids=["a pixel between", "two surfaces", "something nearer", "the same surface", "no depth"],
)
def test_what_stays(near: list[float], winners: list[int]) -> None:
    assert closed([near], [winners])[0] == pytest.approx(near)


def test_what_is_behind_does_not_shine_through() -> None:
    (row,) = closed([[0.5, 0.2, 0.51]], [[205, 900, 206]])
    assert row == pytest.approx([0.5, 0.505, 0.51])


def test_the_middle_of_four_is_closed_by_rows_and_then_columns() -> None:
    found = closed(
        [[0.5, 0.0, 0.5], [0.0, 0.0, 0.0], [0.5, 0.0, 0.5]],
        [[205, 0, 206], [0, 0, 0], [305, 0, 306]],
    )
    assert found == [[0.5] * 3] * 3
