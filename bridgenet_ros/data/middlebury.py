"""Middlebury stereo scenes as unpacked from vision.middlebury.edu/stereo/data.

A scene is a folder with the left view and its disparity. Disparity becomes pixels of the image
that it belongs to; how many grey levels are a pixel follows from the image's height, for the
site keeps to fixed ones. ``dmin.txt`` and ``calib.txt``, needed for metres, are not read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bridgenet_ros.data.dataset import DatasetCard, Quantity, RgbdDataset, RgbdSample, checked
from bridgenet_ros.data.folder import read_plane, read_rgb
from bridgenet_ros.data.pfm import read_pfm
from bridgenet_ros.errors import DatasetError

LICENCE = "Middlebury - permission to use and publish, cite"
STORED_UNIT_PX = 1 / 128


class Layout(NamedTuple):
    """How the sets of one time are laid out."""

    year: str
    rgb: str
    disparity: str
    levels: Mapping[int, int]
    """Grey levels of one pixel, by the image's height; empty for floats."""


SCENES_2003 = {375: 4, 750: 2, 1500: 1}
LAYOUTS = (
    # The scenes of 2003 exist as PPM too.
    Layout("2001", "im2.ppm", "disp2.pgm", {**dict.fromkeys(range(380, 384), 8), **SCENES_2003}),
    Layout("2003", "im2.png", "disp2.png", SCENES_2003),
    Layout("2005, 2006", "view1.png", "disp1.png", {370: 3, 555: 2, 1110: 1}),
    Layout("2014", "im0.png", "disp0.pfm", {}),
)
UNDERSTOOD = "; ".join(f"{x.year}: {x.rgb} and {x.disparity}" for x in LAYOUTS)


class Scene(NamedTuple):
    """One folder."""

    folder: Path
    layout: Layout


@dataclass(frozen=True, kw_only=True, slots=True)
class MiddleburyScenes(RgbdDataset):
    """Scenes by name. Make it with `open_middlebury`."""

    path: Path
    card: DatasetCard
    scenes: tuple[Scene, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The scenes' folders, spelled as they are."""
        return tuple(scene.folder.name for scene in self.scenes)

    def load(self, index: int) -> RgbdSample:
        """Decode scene ``index``; grey level 0 and infinite disparity are invalid.

        Raises:
            DatasetError: an image cannot be decoded, has a height from which its unit does not
                follow, or the two differ in size; or the disparity holds NaN or is all unknown.
        """
        rgb_file, file = self.files(index)
        levels = self.scenes[index].layout.levels
        rgb = read_rgb(rgb_file)
        disparity, valid = _from_levels(file, levels) if levels else _from_floats(file)
        return checked(RgbdSample(self.names[index], rgb, disparity, valid), file)

    def files(self, index: int) -> tuple[Path, ...]:
        """The view and its disparity."""
        folder, layout = self.scenes[index]
        return folder / layout.rgb, folder / layout.disparity


def holds_scenes(path: Path) -> bool:
    """Whether ``path`` is a scene or a folder of scenes, going by file names."""
    return any(_scene_files(folder) for folder in (path, *_subfolders(path)))


def open_middlebury(path: Path) -> MiddleburyScenes:
    """List the scenes of a folder, or the one that it is; no image is decoded yet.

    The split is ``train``; `bridgenet_ros.data.guard` knows the test scenes by name.

    Raises:
        DatasetError: a folder in it is no scene, or lacks the view or its disparity.
    """
    folders = [path.resolve()] if _scene_files(path) else _subfolders(path)
    return MiddleburyScenes(
        path=path,
        card=DatasetCard(
            name=path.resolve().name,
            quantity=Quantity.DISPARITY,
            unit="px",
            stored_unit=STORED_UNIT_PX,
            split="train",
            licence=LICENCE,
        ),
        scenes=tuple(_scene(folder) for folder in folders),
    )


def _subfolders(path: Path) -> list[Path]:
    """Without hidden ones and what archives add, such as __MACOSX."""
    return sorted(p for p in path.iterdir() if p.is_dir() and not p.name.startswith((".", "__")))


def _scene_files(folder: Path) -> list[str]:
    names = [name for layout in LAYOUTS for name in (layout.rgb, layout.disparity)]
    return [name for name in names if (folder / name).is_file()]


def _scene(folder: Path) -> Scene:
    found = _scene_files(folder)
    for layout in LAYOUTS:
        if layout.rgb in found and layout.disparity in found:
            return Scene(folder, layout)
    raise DatasetError(
        f"{folder}: found {', '.join(found) or 'no scene'}; expected a Middlebury scene "
        f"({UNDERSTOOD})"
    )


def _from_levels(
    file: Path, levels: Mapping[int, int]
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    stored = read_plane(file)
    height = stored.shape[0]
    if stored.dtype != np.uint8:
        raise DatasetError(f"{file}: disparity is {stored.dtype}; expected 8 bits")
    if height not in levels:
        raise DatasetError(
            f"{file}: is {height} rows high, so the unit of its disparity is unknown; expected "
            f"{', '.join(map(str, levels))}"
        )
    return (stored / np.float32(levels[height])).astype(np.float32), stored > 0


def _from_floats(file: Path) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    stored = read_pfm(file)
    # NaN stays valid here, to be refused: Middlebury's unknown is infinity.
    valid = ~np.isinf(stored) & ~(stored <= 0)
    return np.where(valid, stored, np.float32(0)), valid
