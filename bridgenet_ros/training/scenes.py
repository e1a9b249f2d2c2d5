"""Procedural scenes as a source of pairs: endless, and free of anyone's terms."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bridgenet_ros.data.dataset import VALUE_RANGES
from bridgenet_ros.errors import ConfigError
from bridgenet_ros.frame import FloatArray
from bridgenet_ros.scenes.gallery import Gallery
from bridgenet_ros.scenes.geometry import f32
from bridgenet_ros.scenes.rooms import random_room
from bridgenet_ros.scenes.stage import Stage
from bridgenet_ros.scenes.still_life import random_still_life
from bridgenet_ros.training.cache import CODE_LIMIT
from bridgenet_ros.training.samples import Source

STEPS_A_VIEW = 8
"""A new view of any family comes in every so many steps: drawing one takes as long as several
batches."""
POOL = 16
"""Views that a step chooses its patches from: the newest so many."""
NEAREST_DISPARITY = (0.5, 0.95)
"""Bounds of the normalised disparity of a view's nearest point."""
DEPTH_STEPS = 50_000
"""Stored units of the whole range: 0.2 mm."""


class SceneKind(NamedTuple):
    """A family of scenes."""

    make_stage: Callable[[np.random.Generator], Stage]
    is_depth: bool
    """False: views give disparity."""


KINDS = {
    "rooms": SceneKind(random_room, is_depth=True),
    "still_lifes": SceneKind(random_still_life, is_depth=False),
}
LICENCE = "procedural scenes of this project, Apache-2.0"


class ScenePairs:
    """Views of random scenes, drawn when they are first needed and kept while they are in use.

    Args:
        kind: the family of scenes.
        seed: of the scenes; of a run and of one of its processes.
        share: of the run's samples that come from here; a rare family is drawn less often.
    """

    def __init__(self, kind: SceneKind, seed: tuple[int, ...], share: float = 1.0) -> None:
        self._is_depth = kind.is_depth
        self._steps_a_view = round(STEPS_A_VIEW / share)
        self._gallery = Gallery(kind.make_stage, seed)
        self._seed = seed
        self._kept: dict[int, tuple[NDArray[np.uint8], NDArray[np.uint16]]] = {}

    def pick(self, step: int, rng: np.random.Generator) -> int:
        """One of the views of ``step``; the next step has nearly the same."""
        return step // self._steps_a_view + int(rng.integers(POOL))

    def image(self, index: int) -> tuple[NDArray[np.uint8], NDArray[np.uint16]]:
        """Colour (H, W, 3) and stored depth or disparity + 1 (H, W) of view ``index``."""
        found = self._kept.get(index)
        if found is None:
            view = self._gallery.view(index)
            found = (view.rgb, _code(self._values(index, view.depth_m)))
            self._kept[index] = found
            # Steps go forward, but for a resumed run, which begins anew.
            self._kept = {i: kept for i, kept in self._kept.items() if abs(i - index) < POOL}
        return found

    def _values(self, index: int, depth_m: FloatArray) -> FloatArray:
        """Normalised depth or disparity."""
        if self._is_depth:
            return f32(depth_m / np.float32(VALUE_RANGES["m"]))
        nearest = np.random.default_rng([*self._seed, 2, index]).uniform(*NEAREST_DISPARITY)
        return f32(np.float32(nearest) * depth_m.min() / depth_m)


def scene_source(name: str, weight: float, seed: tuple[int, ...], *, share: float = 1.0) -> Source:
    """The source of a family of scenes.

    Args:
        name: of the family.
        weight: its share of the samples, relative to the other sources.
        seed: of the scenes.
        share: its share of the samples.

    Raises:
        ConfigError: there is no family of that name.
    """
    if name not in KINDS:
        raise ConfigError(f"scenes is {name!r}; expected one of {', '.join(KINDS)}")
    kind = KINDS[name]
    return Source(
        pairs=ScenePairs(kind, seed, share),
        unit=1 / DEPTH_STEPS,
        value_range=VALUE_RANGES["m"] if kind.is_depth else 1.0,
        is_depth=kind.is_depth,
        weight=weight,
    )


def _code(values: FloatArray) -> NDArray[np.uint16]:
    return np.asarray(np.minimum(np.rint(values * DEPTH_STEPS) + 1, CODE_LIMIT), np.uint16)
