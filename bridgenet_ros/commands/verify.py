"""`bridgenet verify`: whether an output of `process-bag` is whole and as its manifest says."""

from __future__ import annotations

import argparse
from pathlib import Path

NAME = "verify"
HELP = "check a recording that process-bag wrote against its manifest"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("target", type=Path, metavar="OUT", help="what process-bag wrote")
    parser.add_argument(
        "--source", type=Path, metavar="IN", help="also check that OUT was made of this recording"
    )


def run(args: argparse.Namespace) -> int:
    """Check, print what was found, and return the exit code.

    Raises:
        BagError: see `bridgenet_ros.offline.verify.verify`.
    """
    from bridgenet_ros.offline.verify import verify

    manifest = verify(args.target, args.source)
    size = sum(file.size for file in manifest.output)
    print(
        f"{args.target}: whole, {size} bytes, {sum(manifest.topics.values())} messages, "
        f"{manifest.summary['results']} results from {manifest.source}; "
        f"bridgenet {manifest.tool}, key {manifest.key[:12]}"
    )
    return 0
