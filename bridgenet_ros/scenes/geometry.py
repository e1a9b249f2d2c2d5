"""Solids that rays can hit: box, room (a box from inside), ellipsoid and capped cylinder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from math import cos, hypot, radians, sin
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from bridgenet_ros.frame import FloatArray

NEAR_M = 0.05
"""Hits nearer than this along the ray are not seen."""

_EPS = np.float32(1e-9)
_SIGNS = np.array(list(product((-1, 1), repeat=3)), np.float32)


def f32(values: npt.ArrayLike) -> FloatArray:
    """As float32, without a copy where it is that already."""
    return np.asarray(values, np.float32)


class Surface(NamedTuple):
    """The skin of a solid at N points."""

    normal: FloatArray
    """(N, 3) unit vectors, world, pointing out of the solid."""
    uv: FloatArray
    """(N, 2) coordinates on the skin, metres."""
    face: npt.NDArray[np.intp]
    """(N,) which side of the solid; 0 where it has only one."""


class Solid(Protocol):
    """Anything the renderer can draw."""

    def corners(self) -> FloatArray:
        """(8, 3) world corners of a box around it."""
        ...

    def intersect(self, origin: FloatArray, directions: FloatArray) -> FloatArray:
        """Ray parameter of the first hit, (...) float32, inf where the ray misses.

        Args:
            origin: (3,) world.
            directions: (3, ...) world, any length; a hit is origin + t * direction.
        """
        ...

    def surface(self, points: FloatArray) -> Surface:
        """The skin at (N, 3) world points that lie on it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Placement:
    """Where a solid stands.

    Attributes:
        centre: (3,) world, metres.
        axes: (3, 3), rows are the solid's own x, y, z in the world.
    """

    centre: FloatArray
    axes: FloatArray

    def to_local(
        self, origin: FloatArray, directions: FloatArray
    ) -> tuple[FloatArray, list[FloatArray]]:
        """The origin (3,) and the three parts of the directions in the solid's own coordinates."""
        return self.axes @ (origin - self.centre), [
            _combine(row, directions) for row in self.axes.tolist()
        ]

    def corners(self, half: FloatArray) -> FloatArray:
        """(8, 3) world corners of the box of half size ``half``."""
        return f32(self.centre + (_SIGNS * half) @ self.axes)


def _combine(weights: Sequence[float], directions: FloatArray) -> FloatArray:
    """The weighted sum over the first axis; most solids stand upright and have zeros there."""
    (first, weight), *others = [(axis, w) for axis, w in enumerate(weights) if w]
    total: FloatArray = directions[first] * np.float32(weight)
    for axis, weight in others:
        total += directions[axis] * np.float32(weight)
    return total


def placement(centre: Sequence[float], yaw_deg: float = 0.0, tilt_deg: float = 0.0) -> Placement:
    """At ``centre``, tilted about its own x axis, then turned about the vertical."""
    c, s = cos(radians(yaw_deg)), sin(radians(yaw_deg))
    e, t = cos(radians(tilt_deg)), sin(radians(tilt_deg))
    axes = f32([(c, s, 0), (-e * s, e * c, t), (t * s, -t * c, e)])
    return Placement(centre=f32(centre), axes=axes)


def placement_between(start: Sequence[float], end: Sequence[float]) -> tuple[Placement, float]:
    """Centred between two points with z along them, and half their distance."""
    way = [b - a for a, b in zip(start, end, strict=True)]
    length = hypot(*way)
    zx, zy, zz = (part / length for part in way)
    # x is level unless the bar is nearly so; numpy is slow at single vectors.
    hx, hy = (1.0, 0.0) if abs(zx) < 0.9 else (0.0, 1.0)
    across = (hy * zz, -hx * zz, hx * zy - hy * zx)
    norm = hypot(*across)
    xx, xy, xz = (part / norm for part in across)
    y = (zy * xz - zz * xy, zz * xx - zx * xz, zx * xy - zy * xx)
    centre = [(a + b) / 2 for a, b in zip(start, end, strict=True)]
    return Placement(centre=f32(centre), axes=f32([(xx, xy, xz), y, (zx, zy, zz)])), length / 2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Box:
    """A box of half size ``half`` (3,) metres; with ``inside`` it is a room, seen from within."""

    place: Placement
    half: FloatArray
    inside: bool = False

    def corners(self) -> FloatArray:
        """See `Solid`."""
        return self.place.corners(self.half)

    def intersect(self, origin: FloatArray, directions: FloatArray) -> FloatArray:
        """Slabs: the ray is inside between its last entry and its first exit."""
        o, d = self.place.to_local(origin, directions)
        enter, leave = _slab(o[0], d[0], self.half[0])
        for axis in (1, 2):
            near, far = _slab(o[axis], d[axis], self.half[axis])
            np.maximum(enter, near, out=enter)
            np.minimum(leave, far, out=leave)
        if self.inside:
            return leave
        return f32(np.where((enter <= leave) & (enter > NEAR_M), enter, np.inf))

    def surface(self, points: FloatArray) -> Surface:
        """Faces 0..5 are -x, +x, -y, +y, -z, +z; uv has the vertical second on upright faces."""
        local = (points - self.place.centre) @ self.place.axes.T
        axis = np.argmin(self.half - np.abs(local), axis=1)
        rows = np.arange(len(points))
        sign = np.where(local[rows, axis] < 0, np.float32(-1), np.float32(1))
        outward = -sign if self.inside else sign
        others = np.array([(1, 2), (0, 2), (0, 1)])[axis]
        uv = np.take_along_axis(local, others, axis=1)
        normal = self.place.axes[axis] * outward[:, None]
        return Surface(normal, uv, 2 * axis + (sign > 0))


def _slab(o: np.float32, d: FloatArray, half: np.float32) -> tuple[FloatArray, FloatArray]:
    """Where rays enter and leave the space between two parallel planes."""
    inverse = np.float32(1) / (d + _EPS)  # never 0 / 0 for a ray along the planes
    middle, reach = o * inverse, half * np.abs(inverse)
    return -middle - reach, reach - middle


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ellipsoid:
    """A ball with half-axes ``half`` (3,) metres along its own x, y, z."""

    place: Placement
    half: FloatArray

    def corners(self) -> FloatArray:
        """See `Solid`."""
        return self.place.corners(self.half)

    def intersect(self, origin: FloatArray, directions: FloatArray) -> FloatArray:
        """The nearer root of |o + t d| = 1, in units of the half-axes."""
        o, d = self.place.to_local(origin, directions)
        o, d = o / self.half, [part / size for part, size in zip(d, self.half, strict=True)]
        a = d[0] * d[0] + d[1] * d[1] + d[2] * d[2]
        b = d[0] * o[0] + d[1] * o[1] + d[2] * o[2]
        root, real = _half_root(a, b, o @ o - np.float32(1))
        t = (-b - root) / a
        return f32(np.where(real & (t > NEAR_M), t, np.inf))

    def surface(self, points: FloatArray) -> Surface:
        """uv is longitude and latitude times the mean half-axis."""
        local = (points - self.place.centre) @ self.place.axes.T / self.half
        longitude = np.arctan2(local[:, 1], local[:, 0])
        latitude = np.arcsin(np.clip(local[:, 2], -1, 1))
        uv = np.stack([longitude, latitude], axis=1) * self.half.mean()
        steepest = local / self.half
        normal = steepest / np.linalg.norm(steepest, axis=1, keepdims=True)
        return Surface(normal @ self.place.axes, uv, np.zeros(len(points), np.intp))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cylinder:
    """A round bar along its own z, closed at both ends."""

    place: Placement
    radius: float
    half_length: float

    def corners(self) -> FloatArray:
        """See `Solid`."""
        half = np.array([self.radius, self.radius, self.half_length], np.float32)
        return self.place.corners(half)

    def intersect(self, origin: FloatArray, directions: FloatArray) -> FloatArray:
        """The overlap of an endless cylinder and the slab between the two ends."""
        o, d = self.place.to_local(origin, directions)
        a = np.maximum(d[0] * d[0] + d[1] * d[1], _EPS)
        b = d[0] * o[0] + d[1] * o[1]
        root, real = _half_root(a, b, o[0] ** 2 + o[1] ** 2 - np.float32(self.radius**2))
        near, far = _slab(o[2], d[2], np.float32(self.half_length))
        enter, leave = np.maximum(near, (-b - root) / a), np.minimum(far, (root - b) / a)
        hit = real & (enter <= leave) & (enter > NEAR_M)
        return f32(np.where(hit, enter, np.inf))

    def surface(self, points: FloatArray) -> Surface:
        """Face 0 is the mantle (uv: way around, height); 1 and 2 are the ends (uv: x, y)."""
        local = (points - self.place.centre) @ self.place.axes.T
        around = np.hypot(local[:, 0], local[:, 1])
        over = np.abs(local[:, 2]) - np.float32(self.half_length)
        end = over > around - np.float32(self.radius)
        up = np.where(local[:, 2] > 0, np.float32(1), np.float32(-1))
        mantle = np.stack([local[:, 0] / around, local[:, 1] / around, 0 * around], axis=1)
        cap = np.stack([0 * up, 0 * up, up], axis=1)
        way = np.arctan2(local[:, 1], local[:, 0]) * np.float32(self.radius)
        uv = np.where(end[:, None], local[:, :2], np.stack([way, local[:, 2]], axis=1))
        normal = np.where(end[:, None], cap, mantle) @ self.place.axes
        return Surface(normal, uv, np.where(end, np.where(up > 0, 2, 1), 0))


def _half_root(
    a: FloatArray, b: FloatArray, c: np.float32
) -> tuple[FloatArray, npt.NDArray[np.bool_]]:
    """sqrt(b^2 - a c) where it is real, and where it is."""
    square = b * b - a * c
    return np.sqrt(np.maximum(square, 0)), square >= 0


def box(
    centre: Sequence[float], size: Sequence[float], yaw_deg: float = 0.0, tilt_deg: float = 0.0
) -> Box:
    """A box by its full size (x, y, z), metres."""
    return Box(place=placement(centre, yaw_deg, tilt_deg), half=f32(size) * np.float32(0.5))


def room(low: Sequence[float], high: Sequence[float]) -> Box:
    """An axis-aligned room from its lowest to its highest corner."""
    centre = [(a + b) / 2 for a, b in zip(low, high, strict=True)]
    size = [b - a for a, b in zip(low, high, strict=True)]
    return Box(place=placement(centre), half=f32(size) * np.float32(0.5), inside=True)


def sphere(centre: Sequence[float], radius: float) -> Ellipsoid:
    """A ball."""
    return ellipsoid(centre, (2 * radius,) * 3)


def ellipsoid(
    centre: Sequence[float], size: Sequence[float], yaw_deg: float = 0.0, tilt_deg: float = 0.0
) -> Ellipsoid:
    """A ball stretched to its full size (x, y, z), metres."""
    return Ellipsoid(place=placement(centre, yaw_deg, tilt_deg), half=f32(size) * np.float32(0.5))


def bar(start: Sequence[float], end: Sequence[float], radius: float) -> Cylinder:
    """A round bar between two points."""
    place, half = placement_between(start, end)
    return Cylinder(place=place, radius=radius, half_length=half)
