"""The `bridgenet` command line: parse, run one command, turn errors into one line."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from pkgutil import iter_modules
from types import ModuleType

from bridgenet_ros import __version__, commands
from bridgenet_ros.errors import BridgeNetError

COMMANDS = tuple(module.name for module in iter_modules(commands.__path__))
"""Each module of `bridgenet_ros.commands` is a command."""

EXIT_ERROR = 2
EXIT_INTERRUPTED = 130  # what a shell reports for SIGINT

# What to install for a module that a command could not import.
_PIP_NAMES = {
    "apsw": "bridgenet_ros[offline]",
    "backports": "bridgenet_ros[offline]",
    "cv2": "bridgenet_ros[offline]",
    "h5py": "bridgenet_ros[train]",
    "matplotlib": "bridgenet_ros[offline]",
    "rich": "bridgenet_ros[offline]",
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
    """Run the command line and return its exit code: 0, 2 after an error, 130 after SIGINT."""
    args = build_parser().parse_args(argv)
    # Read when torch loads its OpenMP runtime. Threads that wait by spinning make a frame take ten
    # times as long as soon as anything else wants a core.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    try:
        return int(args.run(args))
    except BridgeNetError as error:
        return _fail(str(error))
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package not in _PIP_NAMES:
            raise
        return _fail(f"{package} is not installed; run: pip install '{_PIP_NAMES[package]}'")
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return EXIT_INTERRUPTED


def build_parser() -> argparse.ArgumentParser:
    """The parser with every command; imports nothing heavy."""
    parser = argparse.ArgumentParser(
        prog="bridgenet", description="Depth super-resolution with BridgeNet: bags, demo, training."
    )
    parser.add_argument("--version", action="version", version=f"bridgenet {__version__}")
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for module in map(_command, COMMANDS):
        sub = subparsers.add_parser(module.NAME, help=module.HELP, description=module.HELP)
        module.add_arguments(sub)
        sub.set_defaults(run=module.run)
    return parser


def _command(name: str) -> ModuleType:
    return importlib.import_module(f"bridgenet_ros.commands.{name}")


def _fail(message: str) -> int:
    print(f"bridgenet: {message}", file=sys.stderr)
    return EXIT_ERROR
