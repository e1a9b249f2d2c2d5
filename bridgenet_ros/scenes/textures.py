"""Procedural albedo: functions of the place on a solid's skin."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
import numpy.typing as npt

from bridgenet_ros.frame import FloatArray
from bridgenet_ros.scenes.geometry import Surface, f32

Texture = Callable[[Surface], FloatArray]
"""(N) places to (N, 3) albedo, red green blue in [0, 1], linear light."""

Colour = Sequence[float]

_LATTICE = 256


def plain(colour: Colour, grain: float = 0.0, grain_m: float = 0.02) -> Texture:
    """One colour, with a soft mottle of relative strength ``grain``."""
    base = np.asarray(colour, np.float32)

    def paint(surface: Surface) -> FloatArray:
        if grain == 0:
            return f32(np.broadcast_to(base, (len(surface.uv), 3)))
        mottle = 1 + np.float32(grain) * (fractal(surface.uv / np.float32(grain_m)) - 1)
        return f32(base * mottle[:, None])

    return paint


def checker(first: Colour, second: Colour, cell_m: float) -> Texture:
    """Squares of side ``cell_m``."""
    pair = np.asarray([first, second], np.float32)

    def paint(surface: Surface) -> FloatArray:
        cell = np.floor(surface.uv / np.float32(cell_m)).astype(np.intp).sum(axis=1)
        return f32(pair[cell % 2])

    return paint


def stripes(colours: Sequence[Colour], width_m: float, axis: int = 0) -> Texture:
    """Bands of equal width across one axis of the skin."""
    palette = np.asarray(colours, np.float32)

    def paint(surface: Surface) -> FloatArray:
        band = np.floor(surface.uv[:, axis] / np.float32(width_m)).astype(np.intp)
        return f32(palette[band % len(palette)])

    return paint


def wood(colour: Colour, along: int = 0, plank_m: float = 10.0) -> Texture:
    """Grain along one axis of the skin; boards of width ``plank_m`` differ and have dark joints."""
    base = np.asarray(colour, np.float32)

    def paint(surface: Surface) -> FloatArray:
        length, across = surface.uv[:, along], surface.uv[:, 1 - along]
        plank = np.floor(across / np.float32(plank_m))
        shifted = np.stack([length * 2 + plank * 7.3, across * 28 + plank * 3.1], axis=1)
        rings = fractal(shifted.astype(np.float32))
        tone = np.float32(0.72) + np.float32(0.36) * rings + 0.16 * (scatter(plank) - 0.5)
        joint = np.abs(across / np.float32(plank_m) - plank - 0.5) > 0.5 - 0.003 / plank_m
        return f32(base * np.where(joint, 0.45, tone)[:, None])

    return paint


def books(seed: int, width_m: float = 0.035) -> Texture:
    """Spines of random colour with a title band, on the faces that look sideways."""
    rng = np.random.default_rng(seed)
    palette = rng.uniform(0.04, 0.55, (64, 3)).astype(np.float32)
    palette *= rng.uniform(0.4, 1.0, (64, 1)).astype(np.float32)

    def paint(surface: Surface) -> FloatArray:
        place = surface.uv[:, 0] / np.float32(width_m)
        spine = np.floor(place)
        colour = palette[spine.astype(np.intp) % 64]
        gap = np.abs(place - spine - 0.5) > 0.45
        band = np.abs(surface.uv[:, 1] - 0.05 * scatter(spine)) < 0.012
        gold = np.array([0.75, 0.65, 0.35], np.float32)
        colour = np.where(band[:, None], gold, colour)
        paper = np.array([0.7, 0.66, 0.55], np.float32)
        colour = np.where((surface.face == 5)[:, None], paper, colour)
        return f32(np.where((gap & (surface.face < 4))[:, None], colour * 0.25, colour))

    return paint


def painting(seed: int) -> Texture:
    """Soft abstract fields of colour."""
    rng = np.random.default_rng(seed)
    vivid = rng.uniform(0.05, 0.85, (5, 3))
    palette = (0.6 * vivid + 0.4 * vivid.mean(axis=1, keepdims=True)).astype(np.float32)

    def paint(surface: Surface) -> FloatArray:
        field = fractal(surface.uv * np.float32(5) + np.float32(seed % 97))
        level = np.clip(field * 9 - 2.5, 0, 3.999)
        index = np.floor(level).astype(np.intp)
        mix = np.clip((level - index) * 3 - 1, 0, 1).astype(np.float32)[:, None]
        return f32(palette[index] * (1 - mix) + palette[index + 1] * mix)

    return paint


def rug(centre: Colour, border: Colour, half_size: tuple[float, float]) -> Texture:
    """A woven carpet: a border, a diamond pattern inside."""
    inner, outer = np.asarray(centre, np.float32), np.asarray(border, np.float32)
    pale = np.array([0.72, 0.66, 0.52], np.float32)

    def paint(surface: Surface) -> FloatArray:
        u, v = surface.uv[:, 0], surface.uv[:, 1]
        rim = np.minimum(half_size[0] - np.abs(u), half_size[1] - np.abs(v))
        diamond = np.abs(_fold(u, 0.3)) + np.abs(_fold(v, 0.3))
        lines = (diamond > 0.13) & (diamond < 0.16) | (diamond < 0.035)
        colour = np.where(lines[:, None], pale, inner)
        colour = np.where((rim < 0.14)[:, None], outer, colour)
        colour = np.where(((rim > 0.11) & (rim < 0.125))[:, None], pale, colour)
        weave = 0.9 + 0.2 * fractal(surface.uv * np.float32(60))
        return f32(colour * weave[:, None])

    return paint


def by_face(side: Texture, floor: Texture, ceiling: Texture) -> Texture:
    """A room's walls, floor and ceiling."""

    def paint(surface: Surface) -> FloatArray:
        colour = np.empty((len(surface.face), 3), np.float32)
        for texture, chosen in (
            (side, surface.face < 4),
            (floor, surface.face == 4),
            (ceiling, surface.face == 5),
        ):
            part = Surface(surface.normal[chosen], surface.uv[chosen], surface.face[chosen])
            colour[chosen] = texture(part)
        return colour

    return paint


def fractal(places: FloatArray) -> FloatArray:
    """Two octaves of smooth noise in [0, 1] at (N, 2) places; cell size 1."""
    coarse = _noise(places)
    fine = _noise(places * np.float32(2.7) + np.float32(11.3))
    return f32(0.68 * coarse + 0.32 * fine)


def _noise(places: FloatArray) -> FloatArray:
    cell = np.floor(places)
    part = places - cell
    part = part * part * (3 - 2 * part)
    x, y = cell[:, 0].astype(np.int32) % _LATTICE, cell[:, 1].astype(np.int32) % _LATTICE
    x1, y1 = (x + 1) % _LATTICE, (y + 1) % _LATTICE
    table = _lattice()
    top = table[y, x] * (1 - part[:, 0]) + table[y, x1] * part[:, 0]
    low = table[y1, x] * (1 - part[:, 0]) + table[y1, x1] * part[:, 0]
    return f32(top * (1 - part[:, 1]) + low * part[:, 1])


@cache
def _lattice() -> FloatArray:
    return np.random.default_rng(5).uniform(0, 1, (_LATTICE, _LATTICE)).astype(np.float32)


def scatter(values: FloatArray) -> FloatArray:
    """A fixed pseudo-random number in [0, 1] for each whole number (N,)."""
    index: npt.NDArray[np.intp] = values.astype(np.intp)
    return _lattice()[(index * 7) % _LATTICE, (index * 13 + 5) % _LATTICE]


def _fold(values: FloatArray, period: float) -> FloatArray:
    """Distance to the middle of the period that a value falls in."""
    return f32(np.mod(values, np.float32(period)) - np.float32(period / 2))
