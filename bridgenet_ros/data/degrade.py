"""A depth sensor's faults, one function each; `apply_sensor` draws a random mixture of them.

Depth here is (h, w) float32 metres, 0 where invalid, at the sensor's own (low) resolution;
colour is (H, W, 3) uint8. Every function returns a new array and draws only from the generator
that it is given.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Depth = NDArray[np.float32]
Colour = NDArray[np.uint8]

MAX_SHIFT_PX = 4.0
FLYING_STEP = 0.05
"""A pixel lies at a depth edge if its 3x3 neighbourhood spans this share of its depth."""
SATURATED = 250
PSEUDO_DEPTH_M = 4.0
MOST_DISPARITY = 1.2
"""What noise can make of a normalised disparity: a depth near 0 m would make it infinite."""
LEAST_DISPARITY = 0.05
"""Smaller normalised disparities stay as they are: their depth would run to infinity."""


def blob_holes(depth: Depth, rng: np.random.Generator, *, count: int, radius: float) -> Depth:
    """Invalidate ``count`` ellipses with half-axes of up to ``radius`` pixels."""
    height, width = depth.shape
    y, x = np.mgrid[:height, :width]
    hole = np.zeros(depth.shape, dtype=np.bool_)
    for _ in range(count):
        cx, cy = rng.uniform(0, width), rng.uniform(0, height)
        a, b = rng.uniform(0.5, max(radius, 0.5), size=2)
        hole |= ((x - cx) / a) ** 2 + ((y - cy) / b) ** 2 <= 1
    return np.where(hole, np.float32(0), depth)


def occlusion_shadow(depth: Depth, *, baseline_px_m: float) -> Depth:
    """Invalidate what the second eye, ``baseline_px_m`` = focal length x baseline away, misses.

    A pixel is hidden if a nearer one to its left lands to its right in the other view.
    """
    valid = depth > 0
    disparity = np.where(valid, baseline_px_m / np.where(valid, depth, 1), 0)
    landing = np.arange(depth.shape[1]) + disparity
    hidden = np.maximum.accumulate(landing, axis=1) > landing + 0.5
    return np.where(hidden, np.float32(0), depth).astype(np.float32)


def specular_holes(depth: Depth, rgb: Colour) -> Depth:
    """Invalidate pixels whose colour is saturated: highlights blind active sensors."""
    height, width = depth.shape
    low = cv2.resize(rgb, (width, height), interpolation=cv2.INTER_AREA)
    return np.where((low >= SATURATED).all(axis=2), np.float32(0), depth)


def range_noise(
    depth: Depth, rng: np.random.Generator, *, floor_m: float, growth_per_m: float
) -> Depth:
    """Add Gaussian noise of standard deviation ``floor_m + growth_per_m * depth**2`` metres."""
    sigma = floor_m + growth_per_m * depth**2
    noisy = depth + sigma * rng.standard_normal(depth.shape, dtype=np.float32)
    return np.where(depth > 0, np.maximum(noisy, 1e-3), 0).astype(np.float32)


def quantise_disparity(depth: Depth, *, baseline_px_m: float, step_px: float) -> Depth:
    """Round the disparity that gave each depth to a multiple of ``step_px``."""
    valid = depth > 0
    disparity = baseline_px_m / np.where(valid, depth, 1)
    steps = np.maximum(np.round(disparity / step_px), 1)
    return np.where(valid, baseline_px_m / (steps * step_px), 0).astype(np.float32)


def flying_pixels(depth: Depth, rng: np.random.Generator, *, share: float) -> Depth:
    """At depth edges, replace ``share`` of the pixels by a mix of foreground and background."""
    valid = depth > 0
    kernel = np.ones((3, 3), dtype=np.uint8)
    far = cv2.dilate(depth, kernel)
    unmeasured_far = np.where(valid, depth, depth.max())
    near = cv2.erode(unmeasured_far, kernel)
    edge = valid & (far - near > FLYING_STEP * depth)
    chosen = edge & (rng.random(depth.shape) < share)
    mix = rng.random(depth.shape, dtype=np.float32)
    return np.where(chosen, near + mix * (far - near), depth).astype(np.float32)


def misalign(rgb: Colour, *, dx: float, dy: float) -> Colour:
    """Shift the colour by (dx, dy) pixels; the border is replicated."""
    shift = np.array([[1, 0, dx], [0, 1, dy]], dtype=np.float32)
    size = (rgb.shape[1], rgb.shape[0])
    moved = cv2.warpAffine(rgb, shift, size, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, dtype=np.uint8)


def blur_colour(rgb: Colour, *, sigma_px: float) -> Colour:
    """Gaussian blur; no change where ``sigma_px`` is 0."""
    if sigma_px <= 0:
        return rgb
    return np.asarray(cv2.GaussianBlur(rgb, (0, 0), sigma_px), dtype=np.uint8)


def expose(rgb: Colour, *, gain: float, gamma: float) -> Colour:
    """``gain * value**gamma`` on [0, 1], clipped."""
    table = np.clip(gain * np.linspace(0, 1, 256) ** gamma, 0, 1) * 255
    return np.asarray(table.round().astype(np.uint8)[rgb])


@dataclass(frozen=True, kw_only=True, slots=True)
class SensorModel:
    """Upper bounds of the faults that `apply_sensor` draws."""

    baseline_px_m: float = 43.5
    """Focal length times baseline at 640 columns (Kinect v1: 580 px x 0.075 m)."""
    noise_floor_m: float = 0.002
    noise_growth_per_m: float = 0.006
    disparity_step_px: float = 0.125
    max_blobs: int = 3
    blob_share: float = 0.12
    """Largest half-axis of a blob, as a share of the image's width."""
    flying_share: float = 0.5
    max_shift_px: float = MAX_SHIFT_PX
    max_blur_px: float = 1.2


def apply_sensor(
    rgb: Colour, depth: Depth, rng: np.random.Generator, sensor: SensorModel
) -> tuple[Colour, Depth]:
    """A random mixture of faults on one pair.

    Args:
        rgb: (H, W, 3) uint8.
        depth: (h, w) metres, 0 where invalid, h = H/S and w = W/S.
        rng: the only source of chance.
        sensor: the bounds.

    Returns:
        Colour and depth of the same shapes; at least one depth pixel stays valid.
    """
    return degrade_colour(rgb, rng, sensor), degrade_depth(rgb, depth, rng, sensor)


def apply_sensor_to_disparity(
    rgb: Colour, disparity: Depth, rng: np.random.Generator, sensor: SensorModel
) -> tuple[Colour, Depth]:
    """`apply_sensor` for (h, w) disparity, normalised to [0, 1], 0 where invalid.

    Disparity d goes through the model as a depth of 4/d metres, so noise and quantisation
    become even in disparity, as a stereo camera's are.
    """
    near = disparity >= LEAST_DISPARITY
    metres = np.where(near, PSEUDO_DEPTH_M / np.maximum(disparity, LEAST_DISPARITY), 0)
    rgb, faulty = apply_sensor(rgb, metres.astype(np.float32), rng, sensor)
    back = np.where(
        faulty > 0, PSEUDO_DEPTH_M / np.maximum(faulty, PSEUDO_DEPTH_M / MOST_DISPARITY), 0
    )
    return rgb, np.where(near, back, disparity).astype(np.float32)


def degrade_depth(
    rgb: Colour, depth: Depth, rng: np.random.Generator, sensor: SensorModel
) -> Depth:
    """The depth half of `apply_sensor`."""
    baseline = sensor.baseline_px_m * depth.shape[1] / rgb.shape[1]
    level = rng.uniform(0, 1)
    out = depth
    if rng.random() < 0.5:
        out = flying_pixels(out, rng, share=rng.uniform(0, sensor.flying_share))
    out = range_noise(
        out,
        rng,
        floor_m=level * sensor.noise_floor_m,
        growth_per_m=level * sensor.noise_growth_per_m,
    )
    if rng.random() < 0.5:
        out = quantise_disparity(
            out, baseline_px_m=sensor.baseline_px_m, step_px=sensor.disparity_step_px
        )
    if rng.random() < 0.3:
        out = occlusion_shadow(out, baseline_px_m=baseline)
    if rng.random() < 0.3:
        out = specular_holes(out, rgb)
    if rng.random() < 0.5:
        count = int(rng.integers(1, sensor.max_blobs + 1))
        out = blob_holes(out, rng, count=count, radius=sensor.blob_share * depth.shape[1])
    # A patch without one measured pixel teaches nothing.
    return out if (out > 0).any() else depth


def degrade_colour(rgb: Colour, rng: np.random.Generator, sensor: SensorModel) -> Colour:
    """The colour half of `apply_sensor`."""
    out = rgb
    if rng.random() < 0.5:
        length = rng.uniform(0, sensor.max_shift_px)
        angle = rng.uniform(0, 2 * np.pi)
        out = misalign(out, dx=float(length * np.cos(angle)), dy=float(length * np.sin(angle)))
    if rng.random() < 0.3:
        out = blur_colour(out, sigma_px=rng.uniform(0.3, sensor.max_blur_px))
    if rng.random() < 0.5:
        out = expose(out, gain=rng.uniform(0.7, 1.3), gamma=rng.uniform(0.8, 1.25))
    return out
