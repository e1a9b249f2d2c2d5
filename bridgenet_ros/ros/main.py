"""``bridgenet_node``: starts the node, spins it, and leaves cleanly on one or two SIGINTs."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import ExitStack
from threading import Event

# Waiting OpenMP threads must sleep: spinning ones take the cores that ROS needs. Read once, when
# torch loads its OpenMP runtime, so it is set before anything imports torch.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import rclpy
from rclpy.executors import Executor, ExternalShutdownException, SingleThreadedExecutor
from rclpy.lifecycle import TransitionCallbackReturn
from rclpy.logging import get_logger
from rclpy.signals import SignalHandlerOptions

from bridgenet_ros.allocator import keep_freed_memory
from bridgenet_ros.errors import ConfigError
from bridgenet_ros.interface import NODE_NAME
from bridgenet_ros.ros.node import BridgeNetNode
from bridgenet_ros.ros.shutdown import UntilShutdown

EXIT_USAGE = 2
SPIN_S = 0.1
"""After so long a signal is seen."""


def main(args: list[str] | None = None) -> int:
    """Run the node until it is told to stop; returns the exit code."""
    keep_freed_memory()
    # rclpy's handlers would end the context under the node: the frame in hand would be lost, and
    # to destroy a subscription while images arrive then crashes in one of fifteen times. While the
    # node is made, a SIGINT raises KeyboardInterrupt.
    rclpy.init(args=args, signal_handler_options=SignalHandlerOptions.NO)
    with ExitStack() as at_end:
        at_end.callback(rclpy.try_shutdown)
        try:
            node = BridgeNetNode()
            at_end.callback(node.destroy_node)
            executor = make_executor(node.config.executor)
            at_end.callback(executor.shutdown)
            # `ros2 launch` delivers SIGINT twice; a second one must not interrupt the clean-up, nor
            # the end of Python, which takes away the handlers that are functions.
            at_end.callback(ignore_signals)
            stop = stop_signals()
            with UntilShutdown(node.context):
                return run(node, executor, stop)
            return 0
        except ConfigError as error:
            get_logger(NODE_NAME).fatal(str(error))
            return EXIT_USAGE
        except (KeyboardInterrupt, ExternalShutdownException):
            return 0


def run(node: BridgeNetNode, executor: Executor, stop: Event) -> int:
    """Start the node and spin it until it is to stop; returns the exit code."""
    executor.add_node(node)
    if node.config.autostart and not autostart(node, stop):
        return 0 if stop.is_set() else EXIT_USAGE
    while rclpy.ok() and not stop.is_set():
        # Not `spin`: the events executor of wheels for an old C library never waits there.
        executor.spin_once(timeout_sec=SPIN_S)
    return 0


def stop_signals() -> Event:
    """What SIGINT and SIGTERM set from now on."""
    stop = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    return stop


def ignore_signals() -> None:
    """Let nothing interrupt what follows."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


def make_executor(kind: str) -> Executor:
    """What runs the node's callbacks, all on one thread: ``single_threaded`` or ``events``.

    Never `rclpy.executors.MultiThreadedExecutor`: its threads share one interpreter lock.

    Raises:
        ConfigError: this rclpy has no executor of that kind.
    """
    if kind == "single_threaded":
        return SingleThreadedExecutor()
    try:
        from rclpy.experimental import EventsExecutor
    except ImportError as error:
        raise ConfigError(
            f"executor is {kind!r}, which this rclpy does not have; expected 'single_threaded'"
        ) from error
    return EventsExecutor()


def autostart(node: BridgeNetNode, stop: Event) -> bool:
    """Configure and activate; False, with the reason in the log, when either fails.

    Also False when a signal has come while the model was loaded.
    """
    return (
        node.trigger_configure() == TransitionCallbackReturn.SUCCESS
        and not stop.is_set()
        and node.trigger_activate() == TransitionCallbackReturn.SUCCESS
    )


if __name__ == "__main__":
    sys.exit(main())
