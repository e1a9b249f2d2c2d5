"""`bridgenet params`: the node's parameters as a ROS parameter file or as Markdown."""

from __future__ import annotations

import argparse
from pathlib import Path

NAME = "params"
HELP = "print every parameter of the node, its default, range and meaning"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    form = parser.add_mutually_exclusive_group(required=True)
    form.add_argument("--yaml", action="store_true", help="as a ROS parameter file")
    form.add_argument("--markdown", action="store_true", help="as Markdown tables, with the topics")
    form.add_argument(
        "--update",
        type=Path,
        metavar="FOLDER",
        help="renew config/sr.yaml and docs/interface.md in this source tree",
    )


def run(args: argparse.Namespace) -> int:
    """Print or write; returns the exit code.

    Raises:
        ConfigError: FOLDER is no source tree of this package.
    """
    from bridgenet_ros import reference

    if args.yaml:
        print(reference.params_yaml(), end="")
    elif args.markdown:
        print("\n".join(render() for render in reference.SECTIONS.values()), end="")
    else:
        update(args.update)
    return 0


def update(source_tree: Path) -> None:
    """Write the generated texts into ``source_tree``.

    Raises:
        ConfigError: there is no docs/interface.md with the generated sections.
    """
    from bridgenet_ros import reference
    from bridgenet_ros.errors import ConfigError

    tables = source_tree / "docs" / "interface.md"
    if not tables.is_file():
        raise ConfigError(f"{tables} is not there; expected the source tree of bridgenet_ros")
    tables.write_text(reference.update_sections(tables.read_text("utf-8")), "utf-8")
    config = source_tree / "config"
    config.mkdir(exist_ok=True)
    (config / "sr.yaml").write_text(reference.params_yaml(), "utf-8")
