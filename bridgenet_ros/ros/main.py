"""``bridgenet_node``: starts the node, spins it, and leaves cleanly on one or two SIGINTs."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import ExitStack

# Waiting OpenMP threads must sleep: spinning ones take the cores that ROS needs. Read once, when
# torch loads its OpenMP runtime, so it is set before anything imports torch.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import rclpy
from rclpy.executors import Executor, ExternalShutdownException, SingleThreadedExecutor
from rclpy.lifecycle import TransitionCallbackReturn
from rclpy.logging import get_logger
from rclpy.signals import SignalHandlerOptions, install_signal_handlers

from bridgenet_ros.allocator import keep_freed_memory
from bridgenet_ros.errors import ConfigError
from bridgenet_ros.interface import NODE_NAME
from bridgenet_ros.ros.node import BridgeNetNode
from bridgenet_ros.ros.shutdown import UntilShutdown

EXIT_USAGE = 2
SPIN_S = 1.0


def main(args: list[str] | None = None) -> int:
    """Run the node until it is told to stop; returns the exit code."""
    keep_freed_memory()
    # While the node is made, a SIGINT must raise KeyboardInterrupt and leave the context valid.
    rclpy.init(args=args, signal_handler_options=SignalHandlerOptions.NO)
    with ExitStack() as at_end:
        at_end.callback(rclpy.try_shutdown)
        try:
            node = BridgeNetNode()
            at_end.callback(node.destroy_node)
            executor = make_executor(node.config.executor)
            at_end.callback(executor.shutdown)
            # `ros2 launch` delivers SIGINT twice; a second one must not interrupt the clean-up.
            at_end.callback(ignore_signals)
            install_signal_handlers()
            with UntilShutdown(node.context):
                return run(node, executor)
            return 0
        except ConfigError as error:
            get_logger(NODE_NAME).fatal(str(error))
            return EXIT_USAGE
        except (KeyboardInterrupt, ExternalShutdownException):
            return 0


def run(node: BridgeNetNode, executor: Executor) -> int:
    """Start the node and spin it until its context is shut down; returns the exit code."""
    executor.add_node(node)
    if node.config.autostart and not autostart(node):
        return EXIT_USAGE if rclpy.ok() else 0  # a signal ends a start that is under way
    while rclpy.ok():
        # Not `spin`: the events executor of wheels for an old C library never waits there.
        executor.spin_once(timeout_sec=SPIN_S)
    return 0


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


def autostart(node: BridgeNetNode) -> bool:
    """Configure and activate; False, with the reason in the log, when either fails."""
    return (
        node.trigger_configure() == TransitionCallbackReturn.SUCCESS
        and node.trigger_activate() == TransitionCallbackReturn.SUCCESS
    )


if __name__ == "__main__":
    sys.exit(main())
