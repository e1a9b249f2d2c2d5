"""The life of a small ROS process: one node, signals that only ask it to stop, a clean exit."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from time import monotonic

import rclpy
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions


@contextmanager
def ros_process(name: str) -> Iterator[tuple[Node, Event]]:
    """A node, and an event that SIGINT and SIGTERM set.

    rclpy's own handlers are left out: they would shut the context down in the middle of a write.
    """
    stop = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    rclpy.init(args=[], signal_handler_options=SignalHandlerOptions.NO)
    node = rclpy.create_node(name)
    try:
        yield node, stop
    finally:
        node.destroy_node()
        rclpy.try_shutdown()


class Deadline:
    """Counts down from ``seconds``."""

    def __init__(self, seconds: float) -> None:
        self._end_s = monotonic() + seconds

    @property
    def passed(self) -> bool:
        """True once the time is over."""
        return monotonic() >= self._end_s
