"""Which weights a command is about: a shipped preset, or a file."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_weights_arguments(parser: argparse.ArgumentParser, *, required: bool) -> None:
    """Declare ``--preset``, ``--family`` and ``--weights``."""
    which = parser.add_mutually_exclusive_group(required=required)
    which.add_argument("--preset", metavar="P", help="the shipped weights of this preset")
    which.add_argument("--weights", type=Path, metavar="F", help="a *.safetensors file")
    parser.add_argument(
        "--family", metavar="F", help="of --preset: research (default) or procedural"
    )


def chosen_weights(args: argparse.Namespace) -> Path | None:
    """The file that the arguments ask for; None where they ask for none.

    Raises:
        ConfigError: there is no such preset, or its weights are not installed.
    """
    from bridgenet_ros.config import NodeConfig, with_values
    from bridgenet_ros.preset_choice import weights_path

    if args.weights is not None:
        return Path(args.weights)
    if args.preset is None:
        return None
    chosen = {"model.preset": args.preset}
    if args.family is not None:
        chosen["model.family"] = args.family
    return weights_path(with_values(NodeConfig(), chosen).model)
