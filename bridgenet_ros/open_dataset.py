"""One way in for every kind of data set; docs/datasets.md describes them."""

from __future__ import annotations

from pathlib import Path

from bridgenet_ros.data.dataset import RgbdDataset
from bridgenet_ros.data.kinds import Kind, kind_of, open_images, split_part


def open_dataset(path: Path) -> RgbdDataset:
    """Open a data set of any kind that is understood, found by suffix and file names.

    Args:
        path: file or folder; what follows a last ``#`` chooses a part of a .mat or the topics
            of a recording, or says the facts of a folder without a card.

    Raises:
        DatasetError: nothing is there, it is of no known kind, or not as its kind should be.
        BagError: a recording is damaged, or its topics or pairs are not found.
        ModuleNotFoundError: the library that reads it is not installed.
    """
    place, part = split_part(path)
    if place.exists() and kind_of(place) is Kind.RECORDING:
        # Not before it is needed: rosbags is no requirement of training.
        from bridgenet_ros.offline.bag_dataset import open_bag

        return open_bag(place, part)
    return open_images(path)
