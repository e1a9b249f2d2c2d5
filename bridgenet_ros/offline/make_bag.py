"""Turns a data set of colour and depth images into a recording with low-resolution depth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from numpy.typing import NDArray

from bridgenet_ros.data.dataset import Quantity, RgbdDataset, RgbdSample, size_text
from bridgenet_ros.data.downsample import Downsampling, downsample
from bridgenet_ros.errors import ConfigError, DatasetError
from bridgenet_ros.frame import FloatArray
from bridgenet_ros.offline.bag_reader import Storage
from bridgenet_ros.offline.bag_writer import BagWriter, Compression, check_free
from bridgenet_ros.offline.camera_model import CameraModel
from bridgenet_ros.offline.rgbd_bag import RgbdBag

START_NS = 1_000_000_000
PERIOD_NS = 33_333_333
"""Stamps of a data set without times: 30 Hz from one second on, since a stamp of 0 means none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeSummary:
    """What was written."""

    name: str
    frames: int
    color_size: tuple[int, int]
    depth_size: tuple[int, int]
    calibrated: bool


def make_bag(
    dataset: RgbdDataset,
    target: Path,
    *,
    scale: int = 1,
    compress: str | None = None,
    encoding: str = "16UC1",
    storage: Storage | None = None,
    compression: Compression = Compression.NONE,
    progress: Callable[[int, int], None] | None = None,
) -> MakeSummary:
    """Write a data set as a recording.

    Depth is lowered by antialiased bicubic interpolation over the valid pixels alone (a
    normalised convolution); a low-resolution pixel is valid where more than half of its block is.
    At scale 1 it stays as it is, and may be smaller than colour already.
    Topics, encodings and frame are those of `RgbdBag`. Stamps are those of the data set, or run
    at 30 Hz.

    Args:
        dataset: its quantity must be depth.
        target: must not exist; see `BagWriter` for its layout.
        scale: factor between colour and depth; both sizes must be multiples of it.
        compress: see `RgbdBag`.
        encoding: see `RgbdBag`.
        storage: see `BagWriter`.
        compression: see `BagWriter`.
        progress: told (frames done, frames in all).

    Raises:
        DatasetError: a pair cannot be used, the set holds disparity, changes its size, or
            its size is no multiple of ``scale``.
        BagError: the target is taken or cannot be written.
        ConfigError: a scale below 1.
    """
    if scale < 1:
        raise ConfigError(f"scale is {scale}; expected 1 or more")
    check_free(target)
    if dataset.quantity is not Quantity.DEPTH:
        raise DatasetError(
            f"{dataset.path}: holds {dataset.quantity.value}; expected depth, since a depth image "
            "message is in metres"
        )
    # What is not lowered is no ground truth, but an input like any other.
    load = dataset.load_stored if scale == 1 else dataset.load
    first = load(0)
    camera = _camera(dataset, first)
    with BagWriter(target, storage, compression) as writer:
        bag = RgbdBag(writer, camera, compress=compress, encoding=encoding)
        for index in range(len(dataset)):
            sample = load(index)
            _check_size(sample.rgb, first.rgb, f"{dataset.path}: {sample.name}", first.name)
            _check_size(
                sample.depth, first.depth, f"{dataset.path}: depth of {sample.name}", first.name
            )
            synthetic_ns = START_NS + index * PERIOD_NS
            bag.write(
                sample.rgb,
                lower(sample, scale),
                stamp_ns=synthetic_ns if sample.stamp_ns is None else sample.stamp_ns,
                depth_stamp_ns=sample.depth_stamp_ns,
            )
            if progress is not None:
                progress(index + 1, len(dataset))
    return MakeSummary(
        name=dataset.name,
        frames=len(dataset),
        color_size=(camera.width, camera.height),
        depth_size=(first.depth.shape[1] // scale, first.depth.shape[0] // scale),
        calibrated=dataset.intrinsics is not None,
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


def _check_size(image: NDArray[Any], first: NDArray[Any], where: str, first_name: str) -> None:
    if image.shape != first.shape:
        raise DatasetError(
            f"{where} is {size_text(image)}, {first_name} is {size_text(first)}; expected one size"
        )


def _camera(dataset: RgbdDataset, sample: RgbdSample) -> CameraModel:
    height, width = sample.rgb.shape[:2]
    if dataset.intrinsics is None:
        return CameraModel(width=width, height=height)
    return CameraModel(
        width=width,
        height=height,
        distortion=dataset.distortion or (0.0,) * 5,
        **dataset.intrinsics._asdict(),
    )
