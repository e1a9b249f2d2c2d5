"""Colour and exact depth of a scene from a pose: ray casting, soft shadows, smooth edges."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from bridgenet_ros.frame import FloatArray
from bridgenet_ros.scenes.camera import Intrinsics, Pose, look_at
from bridgenet_ros.scenes.geometry import Solid, f32
from bridgenet_ros.scenes.raycast import Bundle, GridBundle, Hits, ListBundle, Solids, cast
from bridgenet_ros.scenes.textures import Texture

_SUBPIXELS = ((-0.3, 0.15), (0.3, -0.15))
"""With the centre, three rays that differ in both directions."""
_BLOCK = 8192
_GAMMA = (255 * np.linspace(0, 1, 4096) ** (1 / 2.2)).astype(np.float32)
_EDGE_LEVELS = 28
"""Neighbours that differ by more 8-bit levels than this are rendered again with more rays."""


class Item(NamedTuple):
    """A solid and what it looks like."""

    solid: Solid
    texture: Texture
    glow: float = 0.0
    """Light that it sends out itself, as a share of its albedo; it then throws no shadow."""


class Picture(NamedTuple):
    """One rendered view."""

    rgb: npt.NDArray[np.uint8]
    """(H, W, 3)."""
    depth_m: FloatArray
    """(H, W) Z at the pixel centres, exact."""


class Lighting(NamedTuple):
    """The light in a room."""

    strength: float = 2.6
    """Of the lamp."""
    around: float = 0.30
    """Of the light that comes from everywhere."""
    lamp_colour: tuple[float, float, float] = (1.0, 0.93, 0.82)
    around_colour: tuple[float, float, float] = (0.88, 0.95, 1.06)
    lamp_size_m: float = 0.3
    """Side of the square lamp; larger gives softer shadows."""
    shadow_px: int = 640
    """Resolution of the shadows."""


class ShadowMap:
    """How far a lamp that looks straight down sees; points beyond are in shadow."""

    def __init__(self, solids: Solids, lamp: Sequence[float], *, size: int = 640) -> None:
        centre = (size - 1) / 2
        # A half angle of 60 degrees reaches floor and lower walls; beyond, all is lit.
        focal = size / 2 / np.tan(np.deg2rad(60.0))
        self._camera = Intrinsics(width=size, height=size, focal=focal, cx=centre, cy=centre)
        below = (lamp[0], lamp[1], lamp[2] - 1.0)
        self._pose = look_at(lamp, below, up=(0.0, 1.0, 0.0))
        hits = cast(solids, GridBundle(self._camera, self._pose), self._camera, self._pose)
        self._depth = hits.depth

    def lit(self, points: FloatArray) -> FloatArray:
        """(N,) 1 where the lamp reaches the (N, 3) world points, else 0."""
        local = self._pose.to_camera(points)
        z = np.maximum(local[:, 2], np.float32(1e-3))
        scale, centre = np.float32(self._camera.focal) / z, np.float32(self._camera.cx + 0.5)
        u, v = local[:, 0] * scale + centre, local[:, 1] * scale + centre
        size = self._camera.width
        outside = (u < 0) | (v < 0) | (u >= size) | (v >= size) | (local[:, 2] <= 0)
        column, row = (
            np.where(outside, 0, u).astype(np.intp),
            np.where(outside, 0, v).astype(np.intp),
        )
        beyond = self._depth[row, column] >= z - np.float32(0.03)
        return f32(outside | beyond)


class Renderer:
    """Draws a scene that does not move; the shadows are computed once.

    Args:
        items: what is there; the first should be the room, which every ray hits.
        lamp: (3,) world, centre of the square lamp at the ceiling.
        light: how bright and of what colour.
    """

    def __init__(
        self, items: Sequence[Item], *, lamp: Sequence[float], light: Lighting | None = None
    ) -> None:
        self._items = tuple(items)
        self._solids = Solids([item.solid for item in items])
        self._lamp = np.asarray(lamp, np.float32)
        casting = Solids([item.solid for item in items if item.glow == 0.0])
        self._lighting = light or Lighting()
        half, size = self._lighting.lamp_size_m / 2, self._lighting.shadow_px
        self._shadows = [
            ShadowMap(casting, (lamp[0] + dx * half, lamp[1] + dy * half, lamp[2]), size=size)
            for dx, dy in ((-1, -0.4), (0.4, -1), (1, 0.4), (-0.4, 1))
        ]

    def render(self, camera: Intrinsics, pose: Pose) -> Picture:
        """The view from ``pose``."""
        bundle = GridBundle(camera, pose)
        hits = cast(self._solids, bundle, camera, pose)
        points = _points(bundle, hits, pose)
        # Shadows are soft, so every second pixel will do; `_smooth_edges` mends the outlines.
        coarse = self._reach(points[::2, ::2].reshape(-1, 3)).reshape(
            -1, (camera.width + 1) // 2, 2
        )
        reach = f32(cv2.resize(coarse, (camera.width, camera.height)))
        colour = self._shade(hits.solid.ravel(), points.reshape(-1, 3), reach.reshape(-1, 2))
        rgb = np.rint(colour).astype(np.uint8).reshape(camera.height, camera.width, 3)
        self._smooth_edges(rgb, hits, camera, pose)
        return Picture(rgb, hits.depth)

    def depth(self, camera: Intrinsics, pose: Pose) -> FloatArray:
        """Only the exact depth of the view, (H, W) metres."""
        return cast(self._solids, GridBundle(camera, pose), camera, pose).depth

    def _smooth_edges(
        self, rgb: npt.NDArray[np.uint8], hits: Hits, camera: Intrinsics, pose: Pose
    ) -> None:
        """Replace the pixels on edges by the mean of three rays."""
        v, u = np.nonzero(_edges(rgb, hits.solid))
        shift = np.asarray(_SUBPIXELS, np.float32)
        columns = (u.astype(np.float32) + shift[:, :1]).ravel()
        rows = (v.astype(np.float32) + shift[:, 1:]).ravel()
        bundle = ListBundle(camera, pose, columns, rows)
        fine = cast(self._solids, bundle, camera, pose)
        points = _points(bundle, fine, pose)
        colour = self._shade(fine.solid, points, self._reach(points))
        total = colour.reshape(len(shift), -1, 3).sum(axis=0) + rgb[v, u]
        rgb[v, u] = np.rint(total / np.float32(len(shift) + 1)).astype(np.uint8)

    def _reach(self, points: FloatArray) -> FloatArray:
        """(N, 2) shares of the lamp's light and of the light from all around at (N, 3) points."""
        lamp = sum(shadow.lit(points) for shadow in self._shadows) / np.float32(len(self._shadows))
        corners = self._solids.corners[0]
        low, high = corners.min(axis=0), corners.max(axis=0)
        gap = np.minimum(points - low, high - points)
        # Less light from around close to the walls of the room (the first item).
        around = np.prod(1 - 0.32 * np.exp(-np.maximum(gap, 0) / np.float32(0.22)), axis=1)
        return np.stack([lamp, around], axis=1).astype(np.float32)

    def _shade(
        self, solid: npt.NDArray[np.int16], points: FloatArray, reach: FloatArray
    ) -> FloatArray:
        """(N, 3) colour, 0 to 255, of points on the skins of solids."""
        colour = np.empty((len(points), 3), np.float32)
        order = np.argsort(solid, kind="stable")
        bounds = np.searchsorted(solid[order], np.arange(len(self._items) + 1))
        for index, item in enumerate(self._items):
            # In blocks that stay in the cache; half the time of one sweep.
            for start in range(bounds[index], bounds[index + 1], _BLOCK):
                chosen = order[start : min(start + _BLOCK, bounds[index + 1])]
                where = points[chosen]
                surface = item.solid.surface(where)
                light = self._light(where, surface.normal, reach[chosen])
                light = np.float32(item.glow) if item.glow else light
                colour[chosen] = _GAMMA[
                    (np.minimum(item.texture(surface) * light, 1) * 4095).astype(np.int16)
                ]
        return colour

    def _light(self, points: FloatArray, normal: FloatArray, reach: FloatArray) -> FloatArray:
        """(N, 3) light that falls on the points."""
        light = self._lighting
        to_lamp = self._lamp - points
        square = np.einsum("ij,ij->i", to_lamp, to_lamp)
        facing = np.einsum("ij,ij->i", to_lamp, normal) / np.sqrt(square)
        direct = np.maximum(facing, 0) * reach[:, 0] * light.strength / (1 + square * 0.45)
        # The sky side of the room is a little brighter, so that upright faces differ.
        around = (light.around + 0.07 * normal[:, 2] - 0.04 * normal[:, 0]) * reach[:, 1]
        return f32(
            direct[:, None] * f32(light.lamp_colour) + around[:, None] * f32(light.around_colour)
        )


def _points(bundle: Bundle, hits: Hits, pose: Pose) -> FloatArray:
    """(..., 3) world points that the rays hit."""
    return f32(np.moveaxis(bundle.directions * hits.depth, 0, -1) + pose.position)


def _edges(rgb: npt.NDArray[np.uint8], solid: npt.NDArray[np.int16]) -> npt.NDArray[np.bool_]:
    """Pixels that differ visibly from a neighbour to the left, right, above or below."""
    kernel = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    spread = cv2.morphologyEx(rgb, cv2.MORPH_GRADIENT, kernel).max(axis=2)
    borders = cv2.morphologyEx(solid, cv2.MORPH_GRADIENT, kernel) > 0
    return np.asarray((spread > _EDGE_LEVELS) | borders, np.bool_)
