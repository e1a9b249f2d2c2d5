"""How a low-resolution input is made from a pair, and which pixels are measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from bridgenet_ros.data.dataset import Quantity, RgbdDataset, RgbdSample
from bridgenet_ros.data.degrade import (
    SensorModel,
    apply_sensor,
    apply_sensor_to_disparity,
    misalign,
)
from bridgenet_ros.data.downsample import Downsampling, downsample
from bridgenet_ros.evaluation.metrics import depth_edges


@dataclass(frozen=True, kw_only=True, slots=True)
class Protocol:
    """One way to make inputs."""

    scale: int
    downsampling: Downsampling = Downsampling.BICUBIC
    shift_px: int = 0
    """Colour is moved by this much, along a direction drawn for each image."""
    sensor: bool = False
    """Depth and colour go through the sensor model."""
    stored_noise: bool = False
    """The data set's own noisy low-resolution depth is taken."""

    @property
    def name(self) -> str:
        """The downsampling, and what was done to the input after it."""
        parts = [self.downsampling.value]
        if self.shift_px:
            parts.append(f"shift{self.shift_px}")
        if self.sensor:
            parts.append("sensor")
        return "noisy_lr" if self.stored_noise else "+".join(parts)


class Case(NamedTuple):
    """One image as a method sees it, and what it is measured against."""

    name: str
    rgb: NDArray[np.uint8]
    """(H, W, 3); H and W are multiples of the scale."""
    low: NDArray[np.float32]
    """(h, w) in the data set's unit, 0 where invalid."""
    truth: NDArray[np.float32]
    """(H, W)"""
    counted: NDArray[np.bool_]
    """(H, W): valid and inside the border that the protocol drops."""
    edges: NDArray[np.bool_]
    """(H, W): near a depth edge."""


def make_case(dataset: RgbdDataset, index: int, protocol: Protocol, *, seed: int = 0) -> Case:
    """Image ``index`` under a protocol; chance depends on ``seed`` and ``index`` only.

    Raises:
        DatasetError: as `RgbdDataset.load`.
    """
    sample = _cropped(dataset.load(index), protocol.scale)
    rng = np.random.default_rng([seed, index])
    rgb, low = sample.rgb, _low(dataset, index, sample, protocol)
    if protocol.sensor:
        rgb, low = _through_sensor(dataset, rgb, low, rng)
    if protocol.shift_px:
        angle = rng.uniform(0, 2 * np.pi)
        dx, dy = protocol.shift_px * np.cos(angle), protocol.shift_px * np.sin(angle)
        rgb = misalign(rgb, dx=float(dx), dy=float(dy))
    relative = dataset.quantity is Quantity.DEPTH
    return Case(
        sample.name,
        rgb,
        low,
        sample.depth,
        sample.valid & _inside(sample.depth.shape, dataset.crop_border_px),
        depth_edges(sample.depth, sample.valid, relative=relative),
    )


def _cropped(sample: RgbdSample, scale: int) -> RgbdSample:
    height, width = sample.depth.shape
    rows, columns = height - height % scale, width - width % scale
    return sample._replace(
        rgb=np.ascontiguousarray(sample.rgb[:rows, :columns]),
        depth=np.ascontiguousarray(sample.depth[:rows, :columns]),
        valid=np.ascontiguousarray(sample.valid[:rows, :columns]),
    )


def _low(
    dataset: RgbdDataset, index: int, sample: RgbdSample, protocol: Protocol
) -> NDArray[np.float32]:
    if protocol.stored_noise:
        stored = dataset.noisy_low_resolution(index, protocol.scale)
        if stored is not None:
            return stored
    depth = torch.from_numpy(sample.depth)[None, None]
    valid = torch.from_numpy(sample.valid)[None, None]
    low = downsample(depth, valid, protocol.scale, protocol.downsampling)
    return np.asarray(low[0, 0].numpy())


def _through_sensor(
    dataset: RgbdDataset, rgb: NDArray[np.uint8], low: NDArray[np.float32], rng: np.random.Generator
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    sensor = SensorModel()
    if dataset.quantity is Quantity.DEPTH:
        return apply_sensor(rgb, low, rng, sensor)
    value_range = np.float32(dataset.card.value_range)
    rgb, faulty = apply_sensor_to_disparity(rgb, low / value_range, rng, sensor)
    return rgb, faulty * value_range


def _inside(size: tuple[int, ...], border: int) -> NDArray[np.bool_]:
    inside = np.zeros(size, dtype=np.bool_)
    inside[border : size[0] - border, border : size[1] - border] = True
    return inside
