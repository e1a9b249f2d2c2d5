"""The folder that an export writes: images by kind, TUM's lists, calibrations and the card.

TUM: https://cvg.cit.tum.de/data/datasets/rgbd-dataset/file_formats. All files of a frame have one
name, colour's stamp in seconds, so that they pair by name as well as by the lists.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import final

import numpy as np
import yaml

from bridgenet_ros.calibration import Calibration, Intrinsics
from bridgenet_ros.data.dataset_yaml import CARD_NAME
from bridgenet_ros.data.depth_file import write_depth
from bridgenet_ros.data.pairs import ASSOCIATIONS, DEPTH_FOLDER, DEPTH_LIST, RGB_FOLDER, RGB_LIST
from bridgenet_ros.frame import FloatArray, UInt8Array
from bridgenet_ros.image_file import encode_file
from bridgenet_ros.offline.bag_dataset import LICENCE
from bridgenet_ros.offline.camera_yaml import camera_yaml
from bridgenet_ros.offline.export_options import ExportOptions
from bridgenet_ros.offline.frame_plan import MDE, SENSOR, SR
from bridgenet_ros.offline.messages import stamp_text
from bridgenet_ros.offline.video import VideoFile
from bridgenet_ros.point_cloud import CloudMaker, write_ply
from bridgenet_ros.preview import draw_preview

RECORD_NAME = "export.json"
"""Says what an export holds, and that the folder is one."""
CLOUD_FOLDER, INFO_FOLDER, VIDEO_NAME = "clouds", "camera_info", "video.mp4"

_SUFFIXES = {"png": ".png", "jpeg": ".jpg"}
_LISTS = {
    RGB_LIST: "# colour images\n# timestamp filename\n",
    DEPTH_LIST: "# depth images\n# timestamp filename\n",
    ASSOCIATIONS: "# timestamp colour timestamp depth\n",
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ExportFrame:
    """One frame, decoded.

    Attributes:
        stamp_ns: of colour.
        depth_stamp_ns: of the main depth.
        rgb: (H, W, 3), red first.
        depths_m: by kind, the main one first: (h, w) metres, 0 where invalid.
        registered: the main depth is in colour's frame.
    """

    stamp_ns: int
    depth_stamp_ns: int
    rgb: UInt8Array
    depths_m: Mapping[str, FloatArray]
    registered: bool


def is_export(path: Path) -> bool:
    """Whether a folder is one that an export has written, and holds nothing else."""
    if not (path / RECORD_NAME).is_file():
        return False
    ours = {*_LISTS, RECORD_NAME, CARD_NAME, INFO_FOLDER, CLOUD_FOLDER, VIDEO_NAME, RGB_FOLDER}
    ours |= {DEPTH_FOLDER, *(depth_folder(kind, "") for kind in (SR, SENSOR, MDE))}
    return all(entry.name in ours for entry in path.iterdir())


def depth_folder(kind: str, main: str) -> str:
    """The folder of a kind of depth; the main one is plain ``depth``."""
    return DEPTH_FOLDER if kind == main else f"{DEPTH_FOLDER}_{kind}"


@final
class FrameFolder:
    """An export being written into an empty folder; use as a context manager.

    Args:
        root: the folder, which is there.
        options: what is written.
        rate_hz: of the video.
    """

    def __init__(self, root: Path, options: ExportOptions, rate_hz: float) -> None:
        self._root = root
        self._options = options
        self._clouds = CloudMaker()
        self._video = VideoFile(root / VIDEO_NAME, rate_hz) if options.video else None
        self._files = ExitStack()
        self.lost_pixels = 0
        """Valid pixels that became holes, since a PNG cannot hold them."""

    def __enter__(self) -> FrameFolder:
        self._lists = {
            name: self._files.enter_context((self._root / name).open("w", encoding="utf-8"))
            for name in _LISTS
        }
        for name, head in _LISTS.items():
            self._lists[name].write(head)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._files.close()
        if self._video is not None and error is None:
            self._video.close()

    def write(self, frame: ExportFrame, intrinsics: Intrinsics | None) -> None:
        """Write a frame; without ``intrinsics`` of its main depth no cloud.

        Raises:
            OSError: a file cannot be written.
            BagError: the video cannot be.
        """
        stem, main = stamp_text(frame.stamp_ns), next(iter(frame.depths_m))
        color = f"{RGB_FOLDER}/{stem}{_SUFFIXES[self._options.color]}"
        depths = {
            kind: f"{depth_folder(kind, main)}/{stem}.{self._options.depth}"
            for kind in frame.depths_m
        }
        bgr = np.ascontiguousarray(frame.rgb[..., ::-1])
        self._place(color).write_bytes(encode_file(bgr, self._options.color))
        for kind, name in depths.items():
            self.lost_pixels += write_depth(
                self._place(name), frame.depths_m[kind], self._options.unit_m
            )
        if self._options.clouds and intrinsics is not None:
            depth_m = frame.depths_m[main]
            same = depth_m.shape == frame.rgb.shape[:2] and frame.registered
            cloud = self._clouds(depth_m, intrinsics, frame.rgb if same else None)
            write_ply(self._place(f"{CLOUD_FOLDER}/{stem}.ply"), cloud)
        if self._video is not None:
            self._video.write(self._picture(frame))
        depth_stem = stamp_text(frame.depth_stamp_ns)
        self._lists[RGB_LIST].write(f"{stem} {color}\n")
        self._lists[DEPTH_LIST].write(f"{depth_stem} {depths[main]}\n")
        self._lists[ASSOCIATIONS].write(f"{stem} {color} {depth_stem} {depths[main]}\n")

    def finish(
        self,
        name: str,
        cameras: Mapping[str, Calibration],
        record: Mapping[str, object],
        *,
        registered: bool,
    ) -> None:
        """Write what is true of all frames.

        Args:
            name: of the data set.
            cameras: by folder; colour's is `RGB_FOLDER`.
            record: what was done, as plain values.
            registered: the main depth lies in the colour view.

        Raises:
            OSError: a file cannot be written.
        """
        for folder, calibration in cameras.items():
            self._place(f"{INFO_FOLDER}/{folder}.yaml").write_text(camera_yaml(calibration, folder))
        card: dict[str, object] = {
            "name": name,
            "quantity": "depth",
            "stored_unit_m": self._options.unit_m,
            "invalid": 0,
            "split": "train",
            "pairs": ASSOCIATIONS,
            "licence": LICENCE,
        }
        if not registered:
            card["registered"] = False
        if RGB_FOLDER in cameras:
            k = cameras[RGB_FOLDER].k
            card["intrinsics"] = {"fx": k[0], "fy": k[4], "cx": k[2], "cy": k[5]}
            card["distortion"] = list(cameras[RGB_FOLDER].d)
        text = yaml.safe_dump(card, sort_keys=False, allow_unicode=True)
        (self._root / CARD_NAME).write_text(text, encoding="utf-8")
        text = json.dumps(record, indent=1) + "\n"
        (self._root / RECORD_NAME).write_text(text, encoding="utf-8")

    def _place(self, name: str) -> Path:
        path = self._root / name
        path.parent.mkdir(exist_ok=True)
        return path

    def _picture(self, frame: ExportFrame) -> UInt8Array:
        sr_m = frame.depths_m[SR]
        # Without a partner of its own a frame shows an empty panel: the others keep their places.
        sensor_m = frame.depths_m.get(SENSOR, np.zeros((1, 1), np.float32))
        return draw_preview(
            frame.rgb,
            sensor_m,
            np.where(sr_m > 0, sr_m, np.float32("nan")),
            near_m=self._options.near_m,
            far_m=self._options.far_m,
        )
