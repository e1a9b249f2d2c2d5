"""More procedural albedo: tiles, clouds, print, and textures made of other textures."""

from __future__ import annotations

import numpy as np

from bridgenet_ros.frame import FloatArray
from bridgenet_ros.scenes.geometry import Surface, f32
from bridgenet_ros.scenes.textures import Colour, Texture, fractal, scatter


def clouds(colours: tuple[Colour, Colour], cell_m: float, sharpness: float = 1.0) -> Texture:
    """Two colours in soft patches of about ``cell_m``; ``sharpness`` above 3 gives blotches."""
    first, second = np.asarray(colours, np.float32)

    def paint(surface: Surface) -> FloatArray:
        level = (fractal(surface.uv / np.float32(cell_m)) - 0.5) * np.float32(2 * sharpness) + 0.5
        return f32(first + np.clip(level, 0, 1)[:, None] * (second - first))

    return paint


def tiles(
    colour: Colour, joint: Colour, size_m: tuple[float, float], *, joint_m: float, shift: float
) -> Texture:
    """Tiles or bricks in rows, each of its own tone; every second row is shifted by ``shift``."""
    body, gap = np.asarray(colour, np.float32), np.asarray(joint, np.float32)
    size = np.asarray(size_m, np.float32)

    def paint(surface: Surface) -> FloatArray:
        row = np.floor(surface.uv[:, 1] / size[1])
        place = surface.uv / size + np.stack([row * np.float32(shift), 0 * row], axis=1)
        cell = np.floor(place)
        border = np.minimum(place - cell, 1 + cell - place) * size
        tone = 0.85 + 0.3 * scatter(cell[:, 0] + 31 * cell[:, 1])
        inside = (border.min(axis=1) > joint_m / 2)[:, None]
        return f32(np.where(inside, body * tone[:, None], gap))

    return paint


def dots(ground: Colour, dot: Colour, period_m: float) -> Texture:
    """Round dots in a square lattice."""
    below, above = np.asarray(ground, np.float32), np.asarray(dot, np.float32)

    def paint(surface: Surface) -> FloatArray:
        place = surface.uv / np.float32(period_m)
        away = np.linalg.norm(place - np.floor(place) - np.float32(0.5), axis=1)
        return f32(np.where((away < 0.28)[:, None], above, below))

    return paint


def lettering(paper: Colour, ink: Colour, line_m: float) -> Texture:
    """Lines of words, as on a page, a label or a screen."""
    ground, letters = np.asarray(paper, np.float32), np.asarray(ink, np.float32)

    def paint(surface: Surface) -> FloatArray:
        line = np.floor(surface.uv[:, 1] / np.float32(line_m))
        inside = surface.uv[:, 1] / np.float32(line_m) - line
        word = np.floor(surface.uv[:, 0] / np.float32(1.3 * line_m) + 5 * scatter(line))
        stroke = np.floor(surface.uv[:, 0] / np.float32(0.23 * line_m))
        drawn = (scatter(word + 57 * line) > 0.25) & (scatter(stroke + 91 * line) > 0.35)
        drawn &= (inside > 0.25) & (inside < 0.8) & (scatter(line + 7) > 0.15)
        return f32(np.where(drawn[:, None], letters, ground))

    return paint


def weave(first: Colour, second: Colour, thread_m: float) -> Texture:
    """Two threads that cross, uneven as cloth."""
    warp, weft = np.asarray(first, np.float32), np.asarray(second, np.float32)

    def paint(surface: Surface) -> FloatArray:
        waves = np.sin(surface.uv * np.float32(2 * np.pi / thread_m))
        over = 1 / (1 + np.exp(-4 * (waves[:, 0] + waves[:, 1])))
        tone = 0.8 + 0.4 * fractal(surface.uv / np.float32(6 * thread_m))
        return f32((weft + over[:, None] * (warp - weft)) * tone[:, None])

    return paint


def faint(texture: Texture, colour: Colour, strength: float) -> Texture:
    """``texture`` faded towards one colour; ``strength`` 0 leaves the colour alone."""
    base = np.asarray(colour, np.float32)
    return lambda surface: f32(base + np.float32(strength) * (texture(surface) - base))


def moved(texture: Texture, shift_m: tuple[float, float], turn_deg: float = 0.0) -> Texture:
    """``texture`` shifted and turned on the skin, so that two solids do not show the same part."""
    c, s = np.cos(np.deg2rad(turn_deg)), np.sin(np.deg2rad(turn_deg))
    turn, shift = f32([[c, -s], [s, c]]), f32(shift_m)
    return lambda surface: texture(surface._replace(uv=f32(surface.uv @ turn + shift)))
