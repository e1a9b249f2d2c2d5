"""The part of a picture that is worth enlarging."""

from __future__ import annotations

from typing import NamedTuple, TypeVar

import cv2
import numpy as np

from bridgenet_ros.frame import FloatArray, UInt8Array

Image = TypeVar("Image", FloatArray, UInt8Array)


class Crop(NamedTuple):
    """A part of the colour image, pixels."""

    left: int
    top: int
    width: int
    height: int

    def of(self, image: Image) -> Image:
        """The part of an (H, W) or (H, W, 3) image."""
        return image[self.top : self.top + self.height, self.left : self.left + self.width]

    def scaled(self, down: float, across: float) -> Crop:
        """The same part of an image with so many times the rows and columns."""
        return Crop(
            round(self.left * across),
            round(self.top * down),
            max(round(self.width * across), 1),
            max(round(self.height * down), 1),
        )


def busiest_part(sensor_m: FloatArray, size: tuple[int, int]) -> Crop:
    """The window, a quarter of the image each way, with the most depth edges in the sensor's image.

    Args:
        sensor_m: (h, w) metres, 0 in holes.
        size: the colour image's (H, W).
    """
    rows, columns = max(sensor_m.shape[0] // 4, 1), max(sensor_m.shape[1] // 4, 1)
    filled = np.where(sensor_m > 0, sensor_m, np.float32(np.nan))
    kernel = np.ones((3, 3), np.uint8)
    far = cv2.dilate(np.nan_to_num(filled, nan=0.0), kernel)
    near = cv2.erode(np.nan_to_num(filled, nan=1e3), kernel)
    steps = ((far - near > 0.08 * near) & (near < 1e3)).astype(np.float32)
    count = cv2.filter2D(steps, -1, np.ones((rows, columns), np.float32), anchor=(0, 0))
    inside = count[: sensor_m.shape[0] - rows + 1, : sensor_m.shape[1] - columns + 1]
    top, left = np.unravel_index(int(np.argmax(inside)), inside.shape)
    down, across = size[0] / sensor_m.shape[0], size[1] / sensor_m.shape[1]
    return Crop(int(left * across), int(top * down), int(columns * across), int(rows * down))
