"""Training batches: random patches of one scale, half of them through a sensor's faults.

Each batch is a pure function of (seed, step, rank), so a resumed run sees what an unbroken one
would, and the processes of one run see different patches.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from bridgenet_ros.data.degrade import SensorModel, apply_sensor, apply_sensor_to_disparity
from bridgenet_ros.data.downsample import Downsampling, downsample
from bridgenet_ros.preprocess import NetworkInput, prepare
from bridgenet_ros.training.jitter import depth_factor, jitter_colour
from bridgenet_ros.training.mirror import mirrored
from bridgenet_ros.training.places import draw_place

MARGIN_LOW_PX = 2
"""Low-resolution pixels around a patch: the bicubic kernel's reach, cut off afterwards."""


class Pairs(Protocol):
    """Colour and depth that patches are cut from."""

    def pick(self, step: int, rng: np.random.Generator) -> int:
        """The number of a pair for a patch of ``step``; it depends on nothing else."""
        ...

    def image(self, index: int) -> tuple[NDArray[np.uint8], NDArray[np.uint16]]:
        """Colour (H, W, 3) and depth (H, W), coded as stored value + 1, 0 where invalid."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """One data set, or one family of scenes, as the batches need it."""

    pairs: Pairs
    unit: float
    """Normalised value of one stored unit: the stored unit over the value range."""
    value_range: float
    """What becomes 1.0: metres, or grey levels or pixels of disparity."""
    is_depth: bool
    weight: float
    """Share of the samples, relative to the other sources."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PatchPlan:
    """How large and how many the patches of each scale are."""

    scales: tuple[int, ...]
    scale_weights: tuple[float, ...]
    patches: tuple[int, ...]
    """Side in pixels, for each scale; a multiple of the scale."""
    batches: tuple[int, ...]
    """Number of patches, for each scale."""
    sensor_shares: tuple[float, ...]
    """Share of the samples that go through the sensor model, for each scale."""
    place_draws: int = 1
    """Of so many random places in an image, the one with the most depth edges is taken."""
    colour_jitter: float = 0.0
    """Spread of exposure, gamma and white balance (`jitter_colour`)."""
    depth_jitter: float = 0.0
    """Spread of the factor on a sample's depth (`depth_factor`)."""
    mirror_share: float = 0.0
    """Share of the samples whose depth colour does not show (`mirrored`)."""
    nearest_share: float = 0.0
    """Share of the batches whose input is the nearest pixels in place of bicubic means."""
    focus_scale: int | None = None
    """The only scale of the first ``focus_steps``, without sensor faults."""
    focus_steps: int = 0
    """After them, the other scales and the faults come in over as many steps again."""


class Batch(NamedTuple):
    """What one training step needs."""

    inputs: NetworkInput
    target: Tensor
    """(B, 1, P, P) float32, normalised."""
    valid: Tensor
    """(B, 1, P, P) float32, 1 where ``target`` was measured."""
    is_depth: Tensor
    """(B, 1, 1, 1) float32: 0 for disparity, which D_DE does not learn."""
    scale: int

    def to(self, device: torch.device) -> Batch:
        """The same batch on another device; pinned memory is not waited for."""
        layout = torch.channels_last
        return Batch(
            NetworkInput(
                *(x.to(device, non_blocking=True, memory_format=layout) for x in self.inputs)
            ),
            self.target.to(device, non_blocking=True),
            self.valid.to(device, non_blocking=True),
            self.is_depth.to(device, non_blocking=True),
            self.scale,
        )


class PatchStream:
    """Draws the batch of any step."""

    def __init__(
        self,
        sources: Sequence[Source],
        plan: PatchPlan,
        *,
        seed: int,
        rank: int = 0,
        sensor: SensorModel | None = None,
    ) -> None:
        self.sources = tuple(sources)
        self.plan = plan
        self.seed = seed
        self.rank = rank
        self.sensor = sensor if sensor is not None else SensorModel()
        self._share = _normalised([s.weight for s in sources])

    def batch(self, step: int) -> Batch:
        """The batch of ``step``, the same on every call."""
        rng = np.random.default_rng([self.seed, step])
        breadth = self._breadth(step)
        # One scale for all ranks: they wait for each other, and scales differ in cost.
        which = int(rng.choice(len(self.plan.scales), p=self._scale_shares(breadth)))
        if self.rank > 0:
            rng = np.random.default_rng([self.seed, step, self.rank])
        scale, patch = self.plan.scales[which], self.plan.patches[which]
        margin = MARGIN_LOW_PX * scale
        drawn = [self._draw(step, rng, patch + 2 * margin) for _ in range(self.plan.batches[which])]
        rgb = [d.rgb for d in drawn]
        target = torch.from_numpy(np.stack([d.target for d in drawn]))[:, None]
        valid = torch.from_numpy(np.stack([d.valid for d in drawn]))[:, None]
        low = downsample(target, valid, scale, self._downsampling(rng))[:, 0].numpy()
        share = self.plan.sensor_shares[which] * breadth
        for i, d in enumerate(drawn):
            if rng.random() < share:
                rgb[i], low[i] = self._degrade(d, low[i], rng)
        inputs = prepare(
            torch.from_numpy(np.stack(rgb)), torch.from_numpy(low), value_range_m=1.0, multiple=1
        )
        inside = (..., slice(margin, margin + patch), slice(margin, margin + patch))
        return Batch(
            NetworkInput(*(x[inside].contiguous() for x in inputs)),
            target[inside].contiguous(),
            valid[inside].to(torch.float32).contiguous(),
            torch.tensor([float(d.is_depth) for d in drawn]).view(-1, 1, 1, 1),
            scale,
        )

    def _downsampling(self, rng: np.random.Generator) -> Downsampling:
        # Without a share no number is drawn: older configurations keep their batches.
        share = self.plan.nearest_share
        return Downsampling.NEAREST if share and rng.random() < share else Downsampling.BICUBIC

    def _breadth(self, step: int) -> float:
        """0 while only the focus is taught, 1 when everything is."""
        focus = self.plan.focus_steps
        return 1.0 if focus == 0 else min(max(step / focus - 1, 0.0), 1.0)

    def _scale_shares(self, breadth: float) -> NDArray[np.float64]:
        pairs = zip(self.plan.scales, self.plan.scale_weights, strict=True)
        return _normalised([w if s == self.plan.focus_scale else w * breadth for s, w in pairs])

    def _draw(self, step: int, rng: np.random.Generator, side: int) -> _Patch:
        source = self.sources[int(rng.choice(len(self.sources), p=self._share))]
        rgb, code = source.pairs.image(source.pairs.pick(step, rng))
        y, x = draw_place(code, side, source.unit, rng, self.plan.place_draws)
        # A small image gives what it has, mirrored up to the patch.
        rgb, code = (
            _mirror_to(rgb[y : y + side, x : x + side], side),
            _mirror_to(code[y : y + side, x : x + side], side),
        )
        turns = 0 if source.is_depth else int(rng.integers(4))
        if rng.random() < 0.5:
            rgb, code = rgb[:, ::-1], code[:, ::-1]
        rgb, code = np.rot90(rgb, turns), np.rot90(code, turns)
        valid = code > 0
        target = _decode(code, rng, dithered=source.is_depth) * np.float32(source.unit)
        if self.plan.colour_jitter:
            rgb = jitter_colour(rgb, rng, self.plan.colour_jitter)
        if self.plan.depth_jitter:
            target *= depth_factor(target, rng, self.plan.depth_jitter)
        if self.plan.mirror_share and rng.random() < self.plan.mirror_share:
            target = mirrored(target, rng)
        return _Patch(np.ascontiguousarray(rgb), target, valid, source.is_depth, source.value_range)

    def _degrade(
        self, drawn: _Patch, low: NDArray[np.float32], rng: np.random.Generator
    ) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        if not drawn.is_depth:
            return apply_sensor_to_disparity(drawn.rgb, low, rng, self.sensor)
        rgb, faulty = apply_sensor(drawn.rgb, low * drawn.value_range, rng, self.sensor)
        return rgb, faulty / np.float32(drawn.value_range)


class _Patch(NamedTuple):
    rgb: NDArray[np.uint8]
    target: NDArray[np.float32]
    valid: NDArray[np.bool_]
    is_depth: bool
    value_range: float


def _decode(
    code: NDArray[np.uint16], rng: np.random.Generator, *, dithered: bool
) -> NDArray[np.float32]:
    """Stored units, 0 where invalid.

    Metres were rounded when they were stored, NYU's training depth to 10 mm: dithered, a plane is
    no staircase to be learnt. Disparity is measured in the same whole grey levels later.
    """
    stored = code.astype(np.float32) - 1
    if dithered:
        stored += rng.random(code.shape, np.float32) - np.float32(0.5)
    return np.where(code > 0, np.maximum(stored, 0), np.float32(0))


def _mirror_to(image: NDArray[Any], side: int) -> NDArray[Any]:
    """Pad the right and lower border by reflection up to (side, side)."""
    pad = [(0, side - image.shape[0]), (0, side - image.shape[1])]
    pad += [(0, 0)] * (image.ndim - 2)
    return np.pad(image, pad, mode="symmetric") if any(after for _, after in pad) else image


def _normalised(weights: Sequence[float]) -> NDArray[np.float64]:
    array = np.asarray(weights, dtype=np.float64)
    return np.asarray(array / array.sum())
