"""One way in for every kind of data set; docs/datasets.md describes them."""

from __future__ import annotations

from pathlib import Path

from bridgenet_ros.data.dataset import RgbdDataset
from bridgenet_ros.data.dataset_yaml import CARD_NAME
from bridgenet_ros.data.folder import open_folder
from bridgenet_ros.data.middlebury import UNDERSTOOD as SCENES
from bridgenet_ros.data.middlebury import holds_scenes, open_middlebury
from bridgenet_ros.data.nyu_mat import open_nyu_mat
from bridgenet_ros.data.plain_folder import is_plain, open_plain
from bridgenet_ros.errors import DatasetError

UNDERSTOOD = (
    f"a folder with a {CARD_NAME}, in TUM's layout, or with rgb/ and depth/; "
    "nyu_depth_v2_labeled.mat, with #train or #test; "
    f"a folder of Middlebury scenes ({SCENES}); a rosbag2 directory, .mcap or .db3, or a ROS 1 "
    ".bag, with #COLOUR,DEPTH where its topics are not plain"
)


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
    if not place.exists():
        raise DatasetError(f"{place}: no such file or folder")
    if place.suffix == ".mat":
        return open_nyu_mat(place, part)
    if is_bag(place):
        # Not before it is needed: rosbags is no requirement of training.
        from bridgenet_ros.offline.bag_dataset import open_bag

        return open_bag(place, part)
    has_card = (place / CARD_NAME).is_file()
    if is_plain(place) and not has_card:
        return open_plain(place, part)
    if part:
        raise DatasetError(
            f"{path}: only a .mat, a recording and a folder without a {CARD_NAME} have parts; "
            f"found #{part}"
        )
    if has_card:
        return open_folder(place)
    if place.is_dir() and holds_scenes(place):
        return open_middlebury(place)
    raise DatasetError(f"{path}: no data set; expected {UNDERSTOOD}")


def split_part(path: Path) -> tuple[Path, str]:
    """The file or folder that a path names, and what follows its ``#``."""
    # Topics have slashes, so the mark is looked for in the whole text; a # in a real name is none.
    place, mark, part = str(path).rpartition("#")
    return (Path(place), part) if mark and not path.exists() else (path, "")


def is_bag(place: Path) -> bool:
    """Whether it is named like a recording, or laid out like one."""
    if place.is_dir():
        return (place / "metadata.yaml").is_file() and not (place / CARD_NAME).is_file()
    return place.suffix in {".mcap", ".db3", ".bag"}
