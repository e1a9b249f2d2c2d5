"""A transition that raises is logged, with the place, and raises all the same."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("rclpy")
from rclpy.lifecycle import LifecycleState, TransitionCallbackReturn

from bridgenet_ros.ros.transition import mistakes_logged

STATE = LifecycleState(label="inactive", state_id=2)


class Node:
    """Keeps what is logged as an error."""

    def __init__(self, *, ok: bool = True) -> None:
        self.lines: list[str] = []
        self.context = SimpleNamespace(ok=lambda: ok)

    def get_logger(self) -> Any:
        return SimpleNamespace(error=self.lines.append)

    @mistakes_logged  # type: ignore[type-var]
    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Divide by zero unless the state is ``inactive``."""
        1 // int(state.label == "inactive")
        return TransitionCallbackReturn.SUCCESS


def test_success_is_passed_on_without_a_word() -> None:
    node = Node()
    assert node.on_activate(STATE) == TransitionCallbackReturn.SUCCESS
    assert node.lines == []


def test_a_mistake_is_logged_with_its_place_and_raised() -> None:
    node = Node()
    with pytest.raises(ZeroDivisionError):
        node.on_activate(LifecycleState(label="active", state_id=3))
    (line,) = node.lines
    assert "in on_activate" in line
    assert line.rstrip().endswith("ZeroDivisionError: integer division or modulo by zero")


def test_a_shutdown_under_it_is_no_mistake() -> None:
    node = Node(ok=False)
    with pytest.raises(ZeroDivisionError):
        node.on_activate(LifecycleState(label="active", state_id=3))
    assert node.lines == []
