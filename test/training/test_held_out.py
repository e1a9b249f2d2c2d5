"""Pairs that are kept from training."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from training_data import write_folder

from bridgenet_ros.data.folder import open_folder
from bridgenet_ros.training.held_out import held_out, spread


def test_the_card_decides(tmp_path: Path) -> None:
    write_folder(tmp_path / "d", 4, side=24, validation=["01", "03"])
    dataset = open_folder(tmp_path / "d")
    assert held_out(dataset, choose=True) == held_out(dataset, choose=False) == (1, 3)


@pytest.mark.parametrize(("count", "expected"), [(9, ()), (10, (5,))])
def test_a_card_without_names_gives_a_share(
    tmp_path: Path, count: int, expected: tuple[int, ...]
) -> None:
    dataset = open_folder(write_folder(tmp_path / "d", count, side=24))
    assert held_out(dataset, choose=True) == expected
    assert held_out(dataset, choose=False) == ()


def test_spread_takes_the_middles() -> None:
    assert spread(10, 2) == (2, 7)
    assert spread(3, 5) == (0, 1, 2)
    assert spread(0, 4) == ()


@given(st.integers(0, 2000), st.integers(1, 50))
def test_spread_is_even_and_within(count: int, wanted: int) -> None:
    found = spread(count, wanted)
    assert len(found) == len(set(found)) == min(count, wanted)
    assert all(0 <= i < count for i in found)
    gaps = {b - a for a, b in pairwise(found)}
    assert not gaps or max(gaps) - min(gaps) <= 1
