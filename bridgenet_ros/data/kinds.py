"""Which kind of data set a path names, by suffix and file names; docs/datasets.md lists them."""

from __future__ import annotations

from enum import Enum, auto
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


class Kind(Enum):
    """A kind of data set."""

    RECORDING = auto()
    MAT = auto()
    CARD = auto()
    PLAIN = auto()
    SCENES = auto()


def split_part(path: Path) -> tuple[Path, str]:
    """The file or folder that a path names, and what follows its ``#``."""
    # Topics have slashes, so the mark is looked for in the whole text; a # in a real name is none.
    place, mark, part = str(path).rpartition("#")
    return (Path(place), part) if mark and not path.exists() else (path, "")


def kind_of(place: Path) -> Kind | None:
    """The kind of data set that lies there or, where nothing does, that the suffix promises."""
    if place.suffix == ".mat":
        return Kind.MAT
    if (place / CARD_NAME).is_file():
        return Kind.CARD
    if place.is_dir():
        if (place / "metadata.yaml").is_file():
            return Kind.RECORDING
        if is_plain(place):
            return Kind.PLAIN
        return Kind.SCENES if holds_scenes(place) else None
    return Kind.RECORDING if place.suffix in {".mcap", ".db3", ".bag"} else None


def open_images(path: Path) -> RgbdDataset:
    """Open a data set of any kind but a recording.

    Args:
        path: file or folder; what follows a last ``#`` chooses a part of a .mat, or says the facts
            of a folder without a card.

    Raises:
        DatasetError: nothing is there, it is of no such kind, or not as its kind should be.
        ModuleNotFoundError: the library that reads it is not installed.
    """
    place, part = split_part(path)
    if not place.exists():
        raise DatasetError(f"{place}: no such file or folder")
    kind = kind_of(place)
    if kind is Kind.MAT:
        return open_nyu_mat(place, part)
    if kind is Kind.PLAIN:
        return open_plain(place, part)
    if part:
        raise DatasetError(
            f"{path}: only a .mat, a recording and a folder without a {CARD_NAME} have parts; "
            f"found #{part}"
        )
    if kind is Kind.CARD:
        return open_folder(place)
    if kind is Kind.SCENES:
        return open_middlebury(place)
    raise DatasetError(f"{path}: no data set; expected {UNDERSTOOD}")
