"""What hangs on walls; at a `Spot` on the wall at floor level that looks into the room along +y."""

from __future__ import annotations

import numpy as np

from bridgenet_ros.scenes.palette import Palette
from bridgenet_ros.scenes.render import Item
from bridgenet_ros.scenes.spot import Spot
from bridgenet_ros.scenes.textures import Texture, painting, plain


def picture(at: Spot, palette: Palette, rng: np.random.Generator) -> list[Item]:
    """A picture or a poster: an edge of colour, hardly one of depth."""
    width, height = rng.uniform(0.25, 1.3), rng.uniform(0.25, 0.9)
    z = rng.uniform(1.3, 1.7)
    art = painting(int(rng.integers(10_000))) if rng.random() < 0.6 else palette.anything()
    if rng.random() < 0.4:
        return [at.box((0, 0, z), (width, 0.006, height), art)]
    rim = rng.uniform(0.03, 0.12)
    return [
        at.box((0, 0, z), (width, 0.04, height), palette.frame()),
        at.box((0, 0.004, z), (width - rim, 0.04, height - rim), art),
    ]


def window(at: Spot, palette: Palette, rng: np.random.Generator) -> list[Item]:
    """A bright pane with bars and a sill."""
    width, height, low = rng.uniform(0.7, 1.8), rng.uniform(0.8, 1.3), rng.uniform(0.7, 1.0)
    middle, frame = low + height / 2, plain((0.8, 0.8, 0.78))
    sky = plain((0.75, 0.85, 1.0)) if rng.random() < 0.6 else painting(int(rng.integers(10_000)))
    glow = rng.uniform(0.3, 1.2)
    items = [
        at.box((0, 0, middle), (width, 0.02, height), sky)._replace(glow=glow),
        at.box((0, 0.06, low), (width + 0.1, 0.2, 0.03), frame),
    ]
    bars = np.linspace(-width / 2, width / 2, int(rng.integers(2, 5))).tolist()
    items += [at.box((x, 0.01, middle), (0.05, 0.05, height), frame) for x in bars]
    items += [at.box((0, 0.01, z), (width, 0.05, 0.05), frame) for z in (low, low + height)]
    if rng.random() < 0.5:
        items += curtain(at.spot(-width / 2 - 0.15, 0.1), 0.4, palette.cloth(), rng)
        items += curtain(at.spot(width / 2 + 0.15, 0.1), 0.4, palette.cloth(), rng)
    return items


def curtain(at: Spot, width: float, cloth: Texture, rng: np.random.Generator) -> list[Item]:
    """Hanging folds."""
    folds = int(rng.integers(4, 8))
    low = rng.choice([0.05, 0.6])
    return [
        at.bar((x, rng.uniform(-0.02, 0.02), low), (x, 0, 2.25), 0.6 * width / folds, cloth)
        for x in np.linspace(-width / 2, width / 2, folds).tolist()
    ]


def door(at: Spot, palette: Palette, rng: np.random.Generator) -> list[Item]:
    """A door, shut or ajar, in its frame."""
    leaf, frame = palette.timber(along=1), palette.timber(along=1)
    ajar = rng.uniform(5, 80) if rng.random() < 0.4 else 0.0
    hinge = at.spot(-0.44, 0.03, 0, ajar)
    return [
        *(at.box((s * 0.48, 0, 1.03), (0.08, 0.07, 2.06), frame) for s in (-1, 1)),
        at.box((0, 0, 2.08), (1.04, 0.07, 0.08), frame),
        hinge.box((0.44, 0, 1.02), (0.88, 0.04, 2.02), leaf),
        hinge.bar((0.8, 0.05, 1.02), (0.68, 0.05, 1.02), 0.01, palette.frame()),
    ]


def radiator(at: Spot, rng: np.random.Generator) -> list[Item]:
    """Upright ribs between two pipes."""
    width, paint = rng.uniform(0.6, 1.4), plain((0.8, 0.8, 0.77))
    ribs = np.arange(-width / 2, width / 2, 0.08).tolist()
    items = [at.bar((x, 0.1, 0.12), (x, 0.1, 0.65), 0.025, paint) for x in ribs]
    ends = [((-width / 2, 0.1, z), (width / 2, 0.1, z)) for z in (0.16, 0.6)]
    return [*items, *(at.bar(*end, 0.018, paint) for end in ends)]
