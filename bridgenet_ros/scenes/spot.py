"""A place to put things: solids in the coordinates of a piece of furniture."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, radians, sin

from bridgenet_ros.scenes.geometry import bar, box, ellipsoid
from bridgenet_ros.scenes.render import Item
from bridgenet_ros.scenes.textures import Texture

Vector = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Spot:
    """An upright frame in the world: its origin (metres) and its turn about the vertical."""

    x: float
    y: float
    z: float = 0.0
    yaw_deg: float = 0.0

    def point(self, x: float, y: float, z: float) -> Vector:
        """World coordinates of a point of this frame."""
        turn = radians(self.yaw_deg)
        c, s = cos(turn), sin(turn)
        return self.x + c * x - s * y, self.y + s * x + c * y, self.z + z

    def spot(self, x: float, y: float, z: float = 0.0, yaw_deg: float = 0.0) -> Spot:
        """A frame that stands in this one."""
        return Spot(*self.point(x, y, z), self.yaw_deg + yaw_deg)

    def box(
        self,
        centre: Vector,
        size: Vector,
        texture: Texture,
        *,
        yaw_deg: float = 0.0,
        tilt_deg: float = 0.0,
    ) -> Item:
        """A box of full size ``size``, tilted about its own x axis."""
        place = self.point(*centre)
        return Item(box(place, size, self.yaw_deg + yaw_deg, tilt_deg), texture)

    def ball(
        self,
        centre: Vector,
        size: Vector,
        texture: Texture,
        *,
        yaw_deg: float = 0.0,
        tilt_deg: float = 0.0,
    ) -> Item:
        """An ellipsoid of full size ``size``, tilted about its own x axis."""
        place = self.point(*centre)
        return Item(ellipsoid(place, size, self.yaw_deg + yaw_deg, tilt_deg), texture)

    def bar(self, start: Vector, end: Vector, radius: float, texture: Texture) -> Item:
        """A round bar between two points."""
        return Item(bar(self.point(*start), self.point(*end), radius), texture)
