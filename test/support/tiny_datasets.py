"""Small data sets in the formats of others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest


def write_mat(path: Path, count: int = 3, **changes: Any) -> Path:
    """A labelled NYU file of 4 x 3 pixels: pair i is i % 9 + 1 metres away, red is i % 256.

    ``changes`` replace an array, or leave it out with None.
    """
    h5py = pytest.importorskip("h5py", reason="h5py is not installed")
    index = np.arange(count)
    images = np.zeros((count, 3, 4, 3), np.uint8)
    images[:, 0] = (index % 256)[:, None, None]
    depths = np.ones((count, 4, 3), np.float32) * (index % 9 + 1)[:, None, None]
    arrays = {"images": images, "depths": depths.astype(np.float32), **changes}
    with h5py.File(path, "w") as file:
        for key, array in arrays.items():
            if array is not None:
                file[key] = array
    return path


def write_tum(folder: Path, pairs: int = 3) -> Path:
    """TUM's layout: 8 x 4 colour, 4 x 2 depth of 5001 + i steps of 0.2 mm with a hole.

    Depth is 5 ms behind, and 100 ms lie between the pairs.
    """
    lists: dict[str, list[str]] = {"rgb": [], "depth": []}
    for name in lists:
        (folder / name).mkdir(parents=True)
    for index in range(pairs):
        colour = np.full((4, 8, 3), index, np.uint8)
        depth = np.full((2, 4), 5001 + index, np.uint16)
        depth[0, 0] = 0
        for name, image, late in (("rgb", colour, "00"), ("depth", depth, "05")):
            file = f"{name}/{index}.png"
            assert cv2.imwrite(str(folder / file), image)
            lists[name].append(f"1305031104.{index}{late} {file}\n")
    for name, lines in lists.items():
        (folder / f"{name}.txt").write_text("# a comment\n" + "".join(lines))
    return folder


def write_scene(
    folder: Path, rgb: str, disparity: str, values: np.ndarray, view: np.ndarray | None = None
) -> Path:
    """A Middlebury scene; float ``values`` become a PFM with the scale that the site's have."""
    folder.mkdir(parents=True)
    colour = np.zeros((*values.shape, 3), np.uint8) if view is None else view
    assert cv2.imwrite(str(folder / rgb), colour[..., ::-1])
    if values.dtype == np.float32:
        (folder / disparity).write_bytes(pfm_bytes(values))
    else:
        assert cv2.imwrite(str(folder / disparity), values)
    return folder


def pfm_bytes(values: np.ndarray, scale: str = "-0.003922") -> bytes:
    """``values`` (H, W) as a PFM; the scale's sign is the byte order."""
    order = "<f4" if scale.startswith("-") else ">f4"
    header = f"Pf\n{values.shape[1]} {values.shape[0]}\n{scale}\n".encode()
    return header + np.ascontiguousarray(values[::-1], dtype=order).tobytes()
