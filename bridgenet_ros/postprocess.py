"""From the network's output back to metres at the colour image's size."""

from __future__ import annotations

import torch
from torch import Tensor


def restore(
    output: Tensor, validity: Tensor | None, size: tuple[int, int], *, value_range_m: float
) -> Tensor:
    """Crop the padding, return to metres, mark invalid pixels with NaN.

    Args:
        output: (B, 1, H', W') normalised depth.
        validity: (B, 1, H', W') of 0 and 1, or None to keep every pixel.
        size: the colour image's (H, W), H <= H' and W <= W'.
        value_range_m: metres of 1.0, as in `preprocess.prepare`.

    Returns:
        (B, H, W) float32 metres; NaN where invalid or not in front of the camera.
    """
    height, width = size
    metres = output[:, 0, :height, :width].float() * value_range_m
    usable = metres > 0
    if validity is not None:
        usable = usable & (validity[:, 0, :height, :width] > 0)
    return torch.where(usable, metres, torch.full_like(metres, float("nan")))
