"""Extrinsics that are given as parameters."""

from __future__ import annotations

import math

import pytest

from bridgenet_ros.config import NodeConfig, with_values
from bridgenet_ros.errors import ConfigError

HALF = math.sqrt(0.5)


def test_without_a_rotation_no_extrinsics_are_given() -> None:
    assert NodeConfig().register.extrinsics() is None
    moved = with_values(NodeConfig(), {"register.translation": [0.1, 0.0, 0.0]})
    assert moved.register.extrinsics() is None


def test_translation_and_rotation_are_a_transform() -> None:
    config = with_values(
        NodeConfig(),
        {"register.translation": [0.015, 0, 0], "register.rotation": [0.0, 0.0, HALF, HALF]},
    )
    given = config.register.extrinsics()
    assert given is not None
    assert given.translation == (0.015, 0.0, 0.0)
    assert given.matrix @ [1, 0, 0] == pytest.approx([0, 1, 0])


def test_what_is_no_rotation_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"register\.rotation: .* has length 2"):
        with_values(NodeConfig(), {"register.rotation": [1.0, 1.0, 1.0, 1.0]})
