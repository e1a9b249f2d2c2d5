"""What a camera makes of a rendered view: exposure, colour cast, blur, noise, compression."""

from __future__ import annotations

import cv2
import numpy as np

from bridgenet_ros.data.degrade import blur_colour, expose
from bridgenet_ros.frame import UInt8Array
from bridgenet_ros.scenes.geometry import f32


def develop(rgb: UInt8Array, rng: np.random.Generator) -> UInt8Array:
    """A photograph of the rendered view (H, W, 3), drawn by ``rng``."""
    # Cameras expose for the mean; a random target stands for their mistakes.
    gain = float(np.clip(rng.uniform(85, 150) / max(rgb.mean(), 1.0), 0.6, 3.5))
    out = expose(rgb, gain=gain, gamma=rng.uniform(0.85, 1.2))
    out = blur_colour(out, sigma_px=float(rng.choice([0.0, rng.uniform(0.3, 0.8)])))
    out = _sensor(out, rng)
    if rng.random() < 0.5:
        quality = (cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(70, 97)))
        out = np.asarray(cv2.imdecode(cv2.imencode(".jpg", out, quality)[1], -1), np.uint8)
    return out


def _sensor(rgb: UInt8Array, rng: np.random.Generator) -> UInt8Array:
    """Colour cast, dark corners, and noise that grows with the root of the signal."""
    height, width, _ = rgb.shape
    cast = f32(rng.uniform(0.92, 1.08, 3))
    y, x = np.linspace(-1, 1, height, dtype=np.float32), np.linspace(-1, 1, width, dtype=np.float32)
    dark = 1 - np.float32(rng.uniform(0, 0.12)) * (y[:, None] ** 2 + x**2)
    light = rgb * (dark[..., None] * cast)
    level = np.float32(rng.uniform(0, 0.35) ** 1.5)
    noise = rng.standard_normal(rgb.shape, np.float32)
    if rng.random() < 0.5:
        # Grains larger than a pixel, as after demosaicing.
        noise = 1.6 * f32(cv2.blur(noise, (2, 2)))
    noisy = light + level * np.sqrt(light + 20) * noise
    return np.asarray(np.clip(noisy, 0, 255), np.uint8)
