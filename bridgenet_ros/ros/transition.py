"""What keeps a mistake in a lifecycle transition from going unheard."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from traceback import format_exc
from typing import TypeVar

from rclpy.lifecycle import LifecycleNode, LifecycleState, TransitionCallbackReturn

N = TypeVar("N", bound=LifecycleNode)


def mistakes_logged(
    transition: Callable[[N, LifecycleState], TransitionCallbackReturn],
) -> Callable[[N, LifecycleState], TransitionCallbackReturn]:
    """The same transition, which logs what it raises: rclpy makes ``ERROR`` of it without a word.

    What the node holds is then for its ``on_error`` to let go.
    """

    @wraps(transition)
    def run(node: N, state: LifecycleState) -> TransitionCallbackReturn:
        try:
            return transition(node, state)
        except Exception:
            if node.context.ok():  # else a signal has ended ROS under it
                node.get_logger().error(f"a transition failed unexpectedly: {format_exc()}")
            raise

    return run
