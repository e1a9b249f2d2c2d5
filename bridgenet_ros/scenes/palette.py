"""Materials drawn by chance: what the walls, the furniture and the clutter of a room look like."""

from __future__ import annotations

import colorsys
from collections.abc import Callable

import numpy as np

from bridgenet_ros.scenes.patterns import clouds, dots, faint, lettering, moved, tiles, weave
from bridgenet_ros.scenes.textures import Colour, Texture, checker, painting, plain, stripes, wood

CAMOUFLAGE = 0.12
"""Share of the things that have the wall's own colour: a depth edge with little colour edge."""


def colour(rng: np.random.Generator, *, vivid: float, low: float, high: float) -> Colour:
    """A random albedo of at most the saturation ``vivid``, its brightest channel in [low, high]."""
    value = float(np.exp(rng.uniform(np.log(low), np.log(high))))
    return colorsys.hsv_to_rgb(rng.random(), vivid * rng.random() ** 1.5, value)


class Palette:
    """Draws the materials of one scene; some are drawn once and come again.

    Args:
        rng: the only source of chance.
        vivid: the largest saturation of things.
    """

    def __init__(self, rng: np.random.Generator, *, vivid: float = 0.85) -> None:
        self._rng = rng
        self._vivid = vivid
        self.wall_colour = self._warm(0.35, 0.85)
        self.timber_colour = self._timber()
        self._frame = plain(colour(rng, vivid=0.25, low=0.03, high=0.6))
        self._cloth = self.cloth()

    def wall(self) -> Texture:
        """Mostly plain, else wallpaper, bricks or a panel."""
        rng, base = self._rng, self.wall_colour
        other = colour(rng, vivid=0.4, low=0.2, high=0.85)
        makers: list[tuple[float, Callable[[], Texture]]] = [
            (0.55, lambda: plain(base, grain=rng.uniform(0, 0.12), grain_m=rng.uniform(0.01, 0.3))),
            (0.12, lambda: faint(self.anything(), base, rng.uniform(0.05, 0.5))),
            (0.10, lambda: faint(stripes([base, other], rng.uniform(0.04, 0.3)), base, 0.5)),
            (0.10, lambda: self._bricks(base)),
            (0.08, lambda: wood(base, along=1, plank_m=rng.uniform(0.1, 0.5))),
            (0.05, lambda: faint(dots(base, other, rng.uniform(0.05, 0.2)), base, 0.6)),
        ]
        return self._one_of(makers)

    def backdrop(self) -> Texture:
        """Any pattern, larger than on things: the wall of a still life."""
        return self.anything() if self._rng.random() < 0.7 else self.wall()

    def floor(self) -> Texture:
        """Boards, tiles or carpet."""
        rng = self._rng
        makers: list[tuple[float, Callable[[], Texture]]] = [
            (0.4, lambda: wood(self._timber(), int(rng.integers(2)), rng.uniform(0.07, 0.25))),
            (0.25, lambda: self._tiled(self._warm(0.15, 0.8))),
            (0.25, lambda: plain(self._warm(0.08, 0.6), rng.uniform(0.1, 0.6), 0.01)),
            (0.1, lambda: clouds((self._warm(0.1, 0.6), self._warm(0.1, 0.6)), 0.4)),
        ]
        return self._one_of(makers)

    def ceiling(self) -> Texture:
        """Nearly white."""
        return plain(self._warm(0.7, 0.9))

    def timber(self, along: int = 0) -> Texture:
        """The wood or paint of the scene's furniture, mostly the same."""
        rng = self._rng
        if rng.random() < 0.25:
            return self.thing()
        base = self.timber_colour if rng.random() < 0.7 else self._timber()
        return self._elsewhere(wood(base, along=along))

    def frame(self) -> Texture:
        """Metal or paint of bars and legs, mostly the same."""
        if self._rng.random() < 0.6:
            return self._frame
        return plain(colour(self._rng, vivid=self._vivid, low=0.03, high=0.8))

    def upholstery(self) -> Texture:
        """A cloth of the scene, mostly the same."""
        return self._cloth if self._rng.random() < 0.5 else self.cloth()

    def cloth(self) -> Texture:
        """Plain, woven or patterned cloth."""
        rng = self._rng
        base = colour(rng, vivid=self._vivid, low=0.05, high=0.8)
        other = colour(rng, vivid=self._vivid, low=0.05, high=0.8)
        makers: list[tuple[float, Callable[[], Texture]]] = [
            (0.45, lambda: plain(base, rng.uniform(0.1, 0.5), rng.uniform(0.008, 0.05))),
            (0.2, lambda: weave(base, other, rng.uniform(0.006, 0.03))),
            (0.15, lambda: stripes([base, other], rng.uniform(0.015, 0.1), int(rng.integers(2)))),
            (0.1, lambda: checker(base, other, rng.uniform(0.03, 0.12))),
            (0.1, lambda: clouds((base, other), rng.uniform(0.04, 0.2), rng.uniform(1, 6))),
        ]
        return self._elsewhere(self._one_of(makers))

    def thing(self) -> Texture:
        """Whatever a small thing or a cupboard is made of."""
        rng = self._rng
        if rng.random() < CAMOUFLAGE:
            return plain(self.wall_colour)
        if rng.random() < 0.45:
            return plain(self.any_colour(), grain=rng.choice([0.0, 0.0, 0.15, 0.4]))
        return self._elsewhere(self.anything())

    def anything(self) -> Texture:
        """A pattern of two colours, often a faint one."""
        rng = self._rng
        base, other = self.any_colour(), self.any_colour()
        size = float(np.exp(rng.uniform(np.log(0.008), np.log(0.25))))
        makers: list[tuple[float, Callable[[], Texture]]] = [
            (0.2, lambda: clouds((base, other), 2 * size, float(rng.choice([1, 2, 8])))),
            (0.14, lambda: stripes([base, other], size, int(rng.integers(2)))),
            (0.1, lambda: checker(base, other, size)),
            (0.1, lambda: dots(base, other, 2 * size)),
            (0.14, lambda: lettering(base, other, rng.uniform(0.01, 0.06))),
            (0.1, lambda: self._tiled(base)),
            (0.1, lambda: wood(base, int(rng.integers(2)))),
            (0.12, lambda: painting(int(rng.integers(10_000)))),
        ]
        pattern = self._one_of(makers)
        return faint(pattern, base, float(rng.choice([1.0, 1.0, 0.5, 0.15, 0.06])))

    def any_colour(self) -> Colour:
        """Any colour of the scene, from nearly black to nearly white."""
        return colour(self._rng, vivid=self._vivid, low=0.04, high=0.9)

    def _warm(self, low: float, high: float) -> Colour:
        """A quiet colour, most often from white to beige."""
        rng = self._rng
        hue = rng.normal(0.1, 0.05) if rng.random() < 0.7 else rng.random()
        value = rng.uniform(low, high)
        return colorsys.hsv_to_rgb(hue % 1, rng.choice([0.08, 0.2, 0.4]) * rng.random(), value)

    def _timber(self) -> Colour:
        rng = self._rng
        return colorsys.hsv_to_rgb(
            rng.uniform(0.04, 0.11), rng.uniform(0.2, 0.75), rng.uniform(0.06, 0.7)
        )

    def _bricks(self, base: Colour) -> Texture:
        rng = self._rng
        size = (rng.uniform(0.15, 0.4), rng.uniform(0.05, 0.2))
        joint = colour(rng, vivid=0.1, low=0.2, high=0.7)
        return tiles(base, joint, size, joint_m=rng.uniform(0.004, 0.015), shift=0.5)

    def _tiled(self, base: Colour) -> Texture:
        rng = self._rng
        side = rng.uniform(0.08, 0.6)
        joint = colour(rng, vivid=0.1, low=0.1, high=0.7)
        size = (side, side * float(rng.choice([1, 1, 0.5])))
        return tiles(base, joint, size, joint_m=rng.uniform(0.002, 0.01), shift=0.0)

    def _elsewhere(self, texture: Texture) -> Texture:
        rng = self._rng
        turn = rng.uniform(0, 360) if rng.random() < 0.2 else 0.0
        return moved(texture, (rng.uniform(0, 9), rng.uniform(0, 9)), turn)

    def _one_of(self, makers: list[tuple[float, Callable[[], Texture]]]) -> Texture:
        shares = np.array([share for share, _ in makers])
        return makers[int(self._rng.choice(len(makers), p=shares / shares.sum()))][1]()
