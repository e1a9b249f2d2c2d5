"""The `bridgenet` command line: parse, run one command, turn errors into one line."""

from __future__ import annotations

import argparse
import importlib
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pkgutil import iter_modules
from types import ModuleType
from typing import NoReturn

from bridgenet_ros import __version__, commands
from bridgenet_ros.allocator import keep_freed_memory
from bridgenet_ros.errors import BridgeNetError, Terminated

COMMANDS = tuple(
    module.name for module in iter_modules(commands.__path__) if not module.name.startswith("_")
)
"""Each module of `bridgenet_ros.commands` is a command, but for those that several share."""

EXIT_ERROR = 2
EXIT_INTERRUPTED = 130  # what a shell reports for SIGINT
EXIT_TERMINATED = 143  # and for SIGTERM

# What to install for a module that a command could not import.
_PIP_NAMES = {
    "apsw": "bridgenet_ros[offline]",
    "OpenEXR": "bridgenet_ros[exr]",
    "backports": "bridgenet_ros[offline]",
    "cv2": "bridgenet_ros[offline]",
    "h5py": "bridgenet_ros[train]",
    "matplotlib": "bridgenet_ros[offline]",
    "rich": "bridgenet_ros[offline]",
    "ray": "bridgenet_ros[fleet]",
    "rosbags": "bridgenet_ros[offline]",
    "diagnostic_msgs": "bridgenet_ros[ros]",
    "rclpy": "bridgenet_ros[ros]",
    "sensor_msgs": "bridgenet_ros[ros]",
    "std_srvs": "bridgenet_ros[ros]",
    "safetensors": "safetensors",
    "tensorboard": "bridgenet_ros[train]",
    "torch": "torch",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code.

    That is 0, 2 after an error, 130 after SIGINT and 143 after SIGTERM.
    """
    args = build_parser().parse_args(argv)
    # Read when torch loads its OpenMP runtime. Threads that wait by spinning make a frame take ten
    # times as long as soon as anything else wants a core.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    keep_freed_memory()
    try:
        with _terminable():
            return int(args.run(args))
    except BridgeNetError as error:
        return _fail(str(error))
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package not in _PIP_NAMES:
            raise
        return _fail(f"{package} is not installed; run: pip install '{_PIP_NAMES[package]}'")
    except Terminated as stop:
        print(str(stop) or "terminated", file=sys.stderr)
        return EXIT_TERMINATED
    except KeyboardInterrupt as stop:
        print(str(stop) or "interrupted", file=sys.stderr)
        return EXIT_INTERRUPTED


def doctor() -> int:
    """The executable ``doctor``: ``bridgenet doctor`` with the same arguments."""
    return main(["doctor", *sys.argv[1:]])


def build_parser() -> argparse.ArgumentParser:
    """The parser with every command; imports nothing heavy."""
    parser = _Parser(
        prog="bridgenet", description="Depth super-resolution with BridgeNet: bags, demo, training."
    )
    parser.add_argument("--version", action="version", version=f"bridgenet {__version__}")
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for module in map(_command, COMMANDS):
        sub = subparsers.add_parser(module.NAME, help=module.HELP, description=module.HELP)
        module.add_arguments(sub)
        sub.set_defaults(run=module.run)
    return parser


class _Parser(argparse.ArgumentParser):
    """Says what is wrong with a command line in one line, as every other error is said."""

    def error(self, message: str) -> NoReturn:
        self.exit(EXIT_ERROR, f"{self.prog}: {message}; see {self.prog} --help\n")


@contextmanager
def _terminable() -> Iterator[None]:
    """Let SIGTERM end the block as Ctrl-C does, so that nothing unfinished is left behind."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def terminate(_signal: int, _frame: object) -> None:
        raise Terminated

    before = signal.signal(signal.SIGTERM, terminate)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _command(name: str) -> ModuleType:
    return importlib.import_module(f"bridgenet_ros.commands.{name}")


def _fail(message: str) -> int:
    print(f"bridgenet: {message}", file=sys.stderr)
    return EXIT_ERROR
