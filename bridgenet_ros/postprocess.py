"""From the network's output back to metres at the colour image's size."""

from __future__ import annotations

from math import nan

from torch import Tensor
from torch.nn import functional as F  # noqa: N812


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
    if validity is not None:
        metres = metres * validity[:, 0, :height, :width]
    # One pass; a mask of bool and `torch.where` take eight times as long on a CPU.
    return F.threshold(metres, 0.0, nan)
