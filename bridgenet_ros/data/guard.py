"""Keeps test images out of training lists."""

from __future__ import annotations

from collections.abc import Iterable

from bridgenet_ros.errors import DatasetError

MIDDLEBURY_2005 = frozenset(
    {"art", "artl", "book", "books", "dolls", "laundry", "moebius", "reindeer"}
)
"""In lower case; ArtL is what the stereo benchmark calls Art under other light."""
FIRST_NYU_TEST_INDEX = 1000


def refuse_test_images(dataset: str, split: str, names: Iterable[str]) -> None:
    """Check that a data set may be trained on.

    Raises:
        DatasetError: its split is ``eval``; or a name is a Middlebury scene of 2005;
            or, in an NYU set, an index is 1000 or above.
    """
    if split == "eval":
        raise DatasetError(f"{dataset}: split is 'eval'; its images are for measuring only")
    for name in names:
        reason = _why_test_image(dataset.lower(), name)
        if reason is not None:
            raise DatasetError(f"{dataset}: {name} must not be trained on: {reason}")


def _why_test_image(dataset: str, name: str) -> str | None:
    scene = name.lower().split("_")[0].split("-")[0]
    if scene in MIDDLEBURY_2005:
        return "a Middlebury 2005 scene, the paper's test set"
    if "nyu" in dataset and name.isdigit() and int(name) >= FIRST_NYU_TEST_INDEX:
        return f"NYU indices from {FIRST_NYU_TEST_INDEX} on are the paper's test set"
    return None
