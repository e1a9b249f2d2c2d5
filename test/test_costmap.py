"""Our cloud in a costmap: obstacles come and go, and a hole of the sensor changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import yaml
from costmap import FREE, LETHAL, UNKNOWN, ObstacleLayer
from frames import make_frame

from bridgenet_ros.calibration import Intrinsics
from bridgenet_ros.config import NodeConfig, with_values
from bridgenet_ros.pipeline import Pipeline, build_pipeline
from bridgenet_ros.point_cloud import CloudMaker

ROOT = Path(__file__).resolve().parents[1]
SOURCES = yaml.safe_load((ROOT / "config" / "nav2_costmap.yaml").read_text("utf-8"))
PRESET = yaml.safe_load((ROOT / "config" / "consumers" / "nav2.yaml").read_text("utf-8"))
NAV2 = PRESET["/**"]["ros__parameters"]

SCALE = 4
HEIGHT, WIDTH = 240, 320
CAMERA = Intrinsics(fx=260.0, fy=260.0, cx=(WIDTH - 1) / 2, cy=(HEIGHT - 1) / 2)
EYE_M = 0.6
"""Of the camera above the floor, looking along x of the world."""
WALL_M = 3.6
"""Nearer than rays reach, farther than obstacles are marked."""
SEEN_M = 3.0
"""The floor that the sensor sees without the wall: so near, no error lifts it off the ground."""
BOX_X, BOX_Y, BOX_TOP_M = (1.5, 1.9), (-0.3, 0.3), 0.8


def scene(*, box: bool, wall: bool) -> tuple[np.ndarray, np.ndarray]:
    """Exact depth in metres, inf where there is nothing, and which pixels show the box."""
    v, u = np.mgrid[:HEIGHT, :WIDTH].astype(np.float64)
    left, up = (CAMERA.cx - u) / CAMERA.fx, (CAMERA.cy - v) / CAMERA.fy
    with np.errstate(divide="ignore"):
        floor = np.where(up < 0, -EYE_M / up, np.inf)
    depth = np.minimum(floor, WALL_M) if wall else np.where(floor <= SEEN_M, floor, np.inf)
    x = BOX_X[0]  # of its front, which is all that shows: its top is above the camera
    front = (np.abs(left * x) <= BOX_Y[1]) & (up * x + EYE_M <= BOX_TOP_M) & (floor >= x)
    shows = front & box
    return np.where(shows, x, depth), shows


@pytest.fixture(scope="module")
def pipeline() -> Iterator[Pipeline]:
    """With the settings of the preset for Nav2 and the shipped weights."""
    values = {
        "model.weights": str(ROOT / "models" / "tiny.safetensors"),
        "model.backend": "torch",
        "model.device": "cpu",
        "model.threads": 1,
        "edge.enable": NAV2["edge"]["enable"],
        "edge.preset": NAV2["edge"]["preset"],
        "fill.mode": NAV2["fill"]["mode"],
    }
    built = build_pipeline(with_values(NodeConfig(), values))
    yield built
    built.close()


def seen(pipeline: Pipeline, depth_m: np.ndarray, hole: np.ndarray | None = None) -> np.ndarray:
    """The points that the node publishes of a scene, (N, 3) in the world."""
    low = depth_m[SCALE // 2 :: SCALE, SCALE // 2 :: SCALE].astype(np.float32)
    low[~np.isfinite(low)] = 0
    if hole is not None:
        low[hole[SCALE // 2 :: SCALE, SCALE // 2 :: SCALE]] = 0
    shade = np.nan_to_num(255 / np.maximum(depth_m, 1)).astype(np.uint8)
    frame = make_frame(np.repeat(shade[..., None], 3, axis=2), low)
    stride = NAV2["points"]["stride"]
    cloud = CloudMaker()(pipeline.process(frame).sr_m, CAMERA, stride=stride)
    right, down, forward = cloud.points.T
    return np.stack([forward, -right, EYE_M - down], axis=1)


def lethal(layer: ObstacleLayer) -> set[tuple[int, int]]:
    return {(int(i), int(j)) for i, j in np.argwhere(layer.cells == LETHAL)}


def front_of_box(layer: ObstacleLayer) -> set[tuple[int, int]]:
    """The cells of its front but for the two outermost."""
    low, high = layer.cell(BOX_X[0], BOX_Y[0]), layer.cell(BOX_X[0], BOX_Y[1])
    return {(low[0], j) for j in range(low[1] + 1, high[1])}


@pytest.fixture
def layer(pipeline: Pipeline) -> ObstacleLayer:
    """A costmap that has seen the box in front of the wall."""
    made = ObstacleLayer(10.0, SOURCES)
    made.observe(seen(pipeline, scene(box=True, wall=True)[0]), (0.0, 0.0))
    return made


def test_an_obstacle_is_marked_and_nothing_else(layer: ObstacleLayer) -> None:
    marked = lethal(layer)
    assert {j for _, j in marked} >= {j for _, j in front_of_box(layer)}
    low, high = layer.cell(BOX_X[0], BOX_Y[0]), layer.cell(BOX_X[1], BOX_Y[1])
    ghosts = [
        (i, j)
        for i, j in marked
        if not (low[0] - 1 <= i <= high[0] + 1 and low[1] - 1 <= j <= high[1] + 1)
    ]
    assert ghosts == []


@pytest.mark.parametrize("wall", [True, False], ids=["wall", "floor alone"])
def test_it_is_cleared_once_what_is_behind_it_is_seen(
    pipeline: Pipeline, layer: ObstacleLayer, wall: bool
) -> None:
    layer.observe(seen(pipeline, scene(box=False, wall=wall)[0]), (0.0, 0.0))
    assert lethal(layer) == set()
    assert all(layer.cells[cell] == FREE for cell in front_of_box(layer))


def test_where_the_sensor_has_a_hole_nothing_is_cleared_or_marked(
    pipeline: Pipeline, layer: ObstacleLayer
) -> None:
    before = layer.cells.copy()
    _, shows = scene(box=True, wall=True)
    columns = np.flatnonzero(shows.any(axis=0))
    hole = np.zeros_like(shows)
    hole[:, columns[0] - 24 : columns[-1] + 25] = True
    layer.observe(seen(pipeline, scene(box=False, wall=True)[0], hole), (0.0, 0.0))
    np.testing.assert_array_equal(layer.cells, before)


def test_a_sensor_that_sees_nothing_behind_the_box_leaves_it(
    pipeline: Pipeline, layer: ObstacleLayer
) -> None:
    before = lethal(layer)
    depth, _ = scene(box=False, wall=False)
    depth[:] = np.inf
    depth[:, :20] = 3.6
    layer.observe(seen(pipeline, depth), (0.0, 0.0))
    assert lethal(layer) == before


def test_a_hole_is_unknown_from_the_first_frame_on(pipeline: Pipeline) -> None:
    depth, _ = scene(box=False, wall=True)
    hole = np.zeros(depth.shape, bool)
    hole[:, 100:200] = True
    layer = ObstacleLayer(10.0, SOURCES)
    layer.observe(seen(pipeline, depth, hole), (0.0, 0.0))
    assert lethal(layer) == set()
    ahead = layer.cell(2.0, 0.0)
    assert (layer.cells[ahead[0] :, ahead[1]] == UNKNOWN).all()
