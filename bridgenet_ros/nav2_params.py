"""A Nav2 parameter file with our cloud observed by its costmaps."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from bridgenet_ros.errors import ConfigError

_LAYERS = ("ObstacleLayer", "VoxelLayer")


def with_costmap_sources(
    params: Mapping[str, Any], sources: Mapping[str, Mapping[str, Any]], topic: str
) -> dict[str, Any]:
    """A copy of ``params`` whose obstacle and voxel layers observe ``topic`` too.

    The sources that a layer has stay; one of the same name is replaced.

    Args:
        params: content of a Nav2 parameter file.
        sources: settings of observation sources (nav2_costmap_2d), without their topic, by name.
        topic: full name of the cloud.

    Raises:
        ConfigError: there is no such layer.
    """
    result = copy.deepcopy(dict(params))
    layers = list(_layers(result))
    if not layers:
        raise ConfigError(
            "the Nav2 parameters have no layer of type nav2_costmap_2d::ObstacleLayer or "
            "nav2_costmap_2d::VoxelLayer; add one to local_costmap"
        )
    for layer in layers:
        names = str(layer.get("observation_sources", "")).split()
        layer["observation_sources"] = " ".join(dict.fromkeys([*names, *sources]))
        layer |= {name: {"topic": topic, **source} for name, source in sources.items()}
    return result


def _layers(tree: dict[str, Any]) -> Iterator[dict[str, Any]]:
    plugin = str(tree.get("plugin", ""))
    if plugin.startswith("nav2_costmap_2d") and plugin.endswith(_LAYERS):
        yield tree
    for value in tree.values():
        if isinstance(value, dict):
            yield from _layers(value)
