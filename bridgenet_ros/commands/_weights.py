"""Which weights a command is about: a shipped preset, a file, or all that ship."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_weights_arguments(
    parser: argparse.ArgumentParser, *, required: bool, shipped: bool = False
) -> None:
    """Declare ``--preset``, ``--family`` and ``--weights``, with ``shipped`` also ``--shipped``."""
    which = parser.add_mutually_exclusive_group(required=required)
    which.add_argument("--preset", metavar="P", help="the shipped weights of this preset")
    which.add_argument("--weights", type=Path, metavar="F", help="a *.safetensors file")
    if shipped:
        which.add_argument(
            "--shipped",
            action="store_true",
            help="every trained weight file of models/; rows have the file's name without suffix",
        )
    parser.add_argument(
        "--family", metavar="F", help="of --preset: research (default) or procedural"
    )


def chosen_weights(args: argparse.Namespace) -> Path | None:
    """The file that ``--preset`` or ``--weights`` asks for; None where neither is given.

    Raises:
        ConfigError: there is no such preset, its weights are not installed, or there is a family
            without a preset.
    """
    from bridgenet_ros.config import NodeConfig, with_values
    from bridgenet_ros.errors import ConfigError
    from bridgenet_ros.preset_choice import weights_path

    if args.family is not None and args.preset is None:
        raise ConfigError(f"--family is {args.family!r}; expected --preset with it")
    if args.weights is not None:
        return Path(args.weights)
    if args.preset is None:
        return None
    chosen = {"model.preset": args.preset}
    if args.family is not None:
        chosen["model.family"] = args.family
    return weights_path(with_values(NodeConfig(), chosen).model)
