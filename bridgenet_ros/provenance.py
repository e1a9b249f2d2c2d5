"""Where each pixel of super-resolved depth comes from, so that a consumer can refuse some."""

from __future__ import annotations

from enum import IntEnum

import numpy as np
import torch
from torch.nn import functional as F  # noqa: N812

from bridgenet_ros.frame import BoolArray, DepthResult, UInt8Array


class Source(IntEnum):
    """What a pixel's depth rests on; the values of the mask."""

    NONE = 0
    """Invalid: the sensor measured nothing here, and it was not filled."""
    SENSOR = 1
    """Measured at this resolution."""
    UPSAMPLED = 2
    """Measured by the low-resolution pixel over it."""
    FILLED = 3
    """The network's alone: the sensor measured nothing here."""
    FLYING = 4
    """Invalid: the flying-pixel guard took it out."""
    SPREAD = 5
    """From around the hole: the sensor measured nothing here, and the network did not run."""


def flying_mask(result: DepthResult) -> BoolArray:
    """(H, W) the pixels that the flying-pixel guard made invalid."""
    flying: BoolArray = np.isnan(result.sr_m) & np.isfinite(result.unguarded_m)
    return flying


def measured_mask(result: DepthResult) -> BoolArray:
    """(H, W) the pixels whose low-resolution pixel was measured."""
    low = torch.from_numpy((result.sensor_m > 0).astype(np.uint8))[None, None]
    # As `preprocess.upsample_depth` tells the network; other libraries break ties another way.
    high = F.interpolate(low, size=result.sr_m.shape, mode="nearest-exact")
    mask: BoolArray = high[0, 0].numpy() > 0
    return mask


def source_mask(result: DepthResult) -> UInt8Array:
    """(H, W) uint8, a `Source` for every pixel."""
    same_size = result.sensor_m.shape == result.sr_m.shape
    measured = np.uint8(Source.SENSOR if same_size else Source.UPSAMPLED)
    unmeasured = np.uint8(Source.SPREAD if result.bicubic else Source.FILLED)
    mask: UInt8Array = np.where(measured_mask(result), measured, unmeasured)
    mask[np.isnan(result.sr_m)] = Source.NONE
    mask[flying_mask(result)] = Source.FLYING
    return mask
