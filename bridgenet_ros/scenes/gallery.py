"""Endless views of random scenes, each a pure function of a seed and a number."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from bridgenet_ros.scenes.camera import Intrinsics
from bridgenet_ros.scenes.photo import develop
from bridgenet_ros.scenes.render import Picture, Renderer
from bridgenet_ros.scenes.stage import Stage

WIDTH, HEIGHT = 288, 256
NARROW, WIDE = 560.0, 230.0
"""Focal lengths, pixels: a part of a VGA camera's image, and all of a wide one's."""
VIEWS_A_SCENE = 4
KEPT_SCENES = 6
"""Drawn scenes that are kept, so that views need not come in order."""


class Gallery:
    """Views of the scenes that ``make_stage`` draws.

    Args:
        make_stage: furnishes a scene from a generator.
        seed: numbers of 0 or more; other numbers, other scenes.
    """

    def __init__(
        self, make_stage: Callable[[np.random.Generator], Stage], seed: tuple[int, ...]
    ) -> None:
        self._make_stage = make_stage
        self._seed = seed
        self._scenes: dict[int, tuple[Stage, Renderer]] = {}

    def __getstate__(self) -> dict[str, object]:
        """Without the drawn scenes: textures do not travel, and another process draws its own."""
        return {**self.__dict__, "_scenes": {}}

    def view(self, number: int) -> Picture:
        """View ``number`` (0 or more): colour (HEIGHT, WIDTH, 3) and exact depth, metres."""
        stage, renderer = self._scene(number // VIEWS_A_SCENE)
        rng = np.random.default_rng([*self._seed, 1, number])
        focal = WIDE * (NARROW / WIDE) ** rng.random()
        dx, dy = rng.uniform(-40, 40, 2).tolist()
        cx, cy = (WIDTH - 1) / 2 + dx, (HEIGHT - 1) / 2 + dy
        camera = Intrinsics(width=WIDTH, height=HEIGHT, focal=focal, cx=cx, cy=cy)
        picture = renderer.render(camera, stage.pose(rng))
        return picture._replace(rgb=develop(picture.rgb, rng))

    def _scene(self, number: int) -> tuple[Stage, Renderer]:
        scene = self._scenes.pop(number, None)
        if scene is None:
            stage = self._make_stage(np.random.default_rng([*self._seed, 0, number]))
            scene = (stage, stage.renderer())
        self._scenes[number] = scene  # the newest is the last
        if len(self._scenes) > KEPT_SCENES:
            del self._scenes[next(iter(self._scenes))]
        return scene
