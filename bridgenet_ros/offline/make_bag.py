"""Turns a folder of colour and depth images into a recording with low-resolution depth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch

from bridgenet_ros.data.dataset import Quantity, RgbdSample
from bridgenet_ros.data.downsample import Downsampling, downsample
from bridgenet_ros.data.folder import RgbdFolder, open_folder
from bridgenet_ros.errors import ConfigError, DatasetError
from bridgenet_ros.frame import FloatArray
from bridgenet_ros.offline.bag_reader import Storage
from bridgenet_ros.offline.bag_writer import BagWriter, check_free
from bridgenet_ros.offline.camera_model import CameraModel
from bridgenet_ros.offline.rgbd_bag import RgbdBag

START_NS = 1_000_000_000
PERIOD_NS = 33_333_333
"""Stamps of a folder without times: 30 Hz from one second on, since a stamp of 0 means none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeSummary:
    """What was written."""

    name: str
    frames: int
    color_size: tuple[int, int]
    depth_size: tuple[int, int]
    calibrated: bool


def make_bag(
    source: Path,
    target: Path,
    *,
    scale: int = 1,
    storage: Storage | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> MakeSummary:
    """Write a folder with a ``dataset.yaml`` as a recording.

    Depth is lowered by antialiased bicubic interpolation over the valid pixels alone (a
    normalised convolution); a low-resolution pixel is valid where more than half of its block is.
    Topics, encodings and frame are those of `RgbdBag`. Stamps come from the folder's associations
    file, or run at 30 Hz.

    Args:
        source: the folder; its quantity must be depth.
        target: must not exist; see `BagWriter` for its layout.
        scale: factor between colour and depth; both sizes must be multiples of it.
        storage: see `BagWriter`.
        progress: told (frames done, frames in all).

    Raises:
        DatasetError: the folder is not as its card says, holds disparity, changes its size, or
            its size is no multiple of ``scale``.
        BagError: the target is taken or cannot be written.
        ConfigError: a scale below 1.
    """
    if scale < 1:
        raise ConfigError(f"scale is {scale}; expected 1 or more")
    check_free(target)
    folder = open_folder(source)
    if folder.quantity is not Quantity.DEPTH:
        raise DatasetError(
            f"{source}: holds {folder.quantity.value}; expected depth, since a depth image "
            "message is in metres"
        )
    first = folder.load(0)
    camera = _camera(folder, first)
    with BagWriter(target, storage) as writer:
        bag = RgbdBag(writer, camera)
        for index in range(len(folder)):
            sample = folder.load(index)
            if sample.rgb.shape != first.rgb.shape:
                raise DatasetError(
                    f"{source}: {sample.name} is {_size(sample)}, {first.name} is {_size(first)}; "
                    "expected one size"
                )
            synthetic_ns = START_NS + index * PERIOD_NS
            bag.write(
                sample.rgb,
                lower(sample, scale),
                stamp_ns=synthetic_ns if sample.stamp_ns is None else sample.stamp_ns,
                depth_stamp_ns=sample.depth_stamp_ns,
            )
            if progress is not None:
                progress(index + 1, len(folder))
    return MakeSummary(
        name=folder.name,
        frames=len(folder),
        color_size=(camera.width, camera.height),
        depth_size=(camera.width // scale, camera.height // scale),
        calibrated=folder.intrinsics is not None,
    )


def lower(sample: RgbdSample, scale: int) -> FloatArray:
    """The sample's depth, (H / scale, W / scale) metres with 0 where invalid.

    Raises:
        DatasetError: the size is no multiple of ``scale``.
    """
    if scale == 1:
        return sample.depth
    depth = torch.from_numpy(sample.depth)[None, None]
    valid = torch.from_numpy(sample.valid)[None, None]
    lowered: FloatArray = downsample(depth, valid, scale, Downsampling.BICUBIC)[0, 0].numpy()
    return lowered


def _camera(folder: RgbdFolder, sample: RgbdSample) -> CameraModel:
    height, width = sample.depth.shape
    if folder.intrinsics is None:
        return CameraModel(width=width, height=height)
    return CameraModel(
        width=width,
        height=height,
        distortion=folder.distortion or (0.0,) * 5,
        **folder.intrinsics._asdict(),
    )


def _size(sample: RgbdSample) -> str:
    return f"{sample.rgb.shape[1]}x{sample.rgb.shape[0]}"
