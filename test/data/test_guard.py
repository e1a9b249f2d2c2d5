"""Test images stay out of training lists."""

from __future__ import annotations

import pytest

from bridgenet_ros.data.guard import refuse_test_images
from bridgenet_ros.errors import DatasetError


@pytest.mark.parametrize(
    ("dataset", "split", "name"),
    [
        ("anything", "eval", "x"),
        ("middlebury_train", "train", "Art"),
        ("my_pairs", "train", "moebius"),
        ("MiddEval3", "train", "ArtL"),
        ("nyu_and_middlebury", "train", "Dolls"),
        ("my_pairs", "train", "Books_third"),
        ("nyu_v2_train", "train", "1000"),
        ("NYU", "train", "1448"),
    ],
)
def test_refused(dataset: str, split: str, name: str) -> None:
    with pytest.raises(DatasetError, match=dataset):
        refuse_test_images(dataset, split, ["ok", name])


@pytest.mark.parametrize(
    ("dataset", "names"),
    [
        ("nyu_v2_train", ["0000", "0999"]),
        ("middlebury_train", ["Aloe", "Teddy", "Cones"]),
        ("clip_of_nyu", ["1700000000.000000000"]),
        ("office", ["1000", "2000"]),
    ],
)
def test_allowed(dataset: str, names: list[str]) -> None:
    refuse_test_images(dataset, "train", names)
