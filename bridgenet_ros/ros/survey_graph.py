"""A context and an executor apart from the process's own, for nodes that come and go."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

import rclpy
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions

SPIN_S = 0.05


class SurveyGraph:
    """Makes nodes and spins them all; see `open_graph`."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._executor = SingleThreadedExecutor(context=context)

    @contextmanager
    def node(self, name: str, remappings: list[str]) -> Iterator[Node]:
        """A node while the block runs.

        Args:
            name: of the node.
            remappings: rules such as ``rgb/image:=/camera/color/image_raw``.
        """
        arguments = ["--ros-args", *(part for rule in remappings for part in ("-r", rule))]
        node = Node(name, context=self._context, cli_args=arguments, use_global_arguments=False)
        self._executor.add_node(node)
        try:
            yield node
        finally:
            self._executor.remove_node(node)
            node.destroy_node()

    def spin(self, seconds: float, done: Callable[[], bool] = lambda: False) -> None:
        """Spin until ``done``, which is asked at least once, or the time is over."""
        end_s = monotonic() + seconds
        while not done() and monotonic() < end_s:
            self._executor.spin_once(timeout_sec=SPIN_S)

    def close(self) -> None:
        """Free the executor."""
        self._executor.shutdown()


@contextmanager
def open_graph() -> Iterator[SurveyGraph]:
    """A graph while the block runs; the process's signal handlers stay as they are."""
    context = Context()
    rclpy.init(args=[], context=context, signal_handler_options=SignalHandlerOptions.NO)
    try:
        graph = SurveyGraph(context)
        try:
            yield graph
        finally:
            graph.close()
    finally:
        rclpy.try_shutdown(context=context)
