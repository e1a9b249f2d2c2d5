"""Prints the extras that `make setup` installs on this machine; `--check` tests the Python.

The ROS wheels exist for glibc Linux on x86_64 and Python 3.10 to 3.14. Where a ROS
distribution is sourced, it provides rclpy and the wheels would shadow it.
"""

from __future__ import annotations

import os
import platform
import sys

EXTRAS = ("offline", "onnx", "openvino", "train", "dev")
OLDEST = (3, 10)
NEWEST_WITH_ROS_WHEELS = (3, 14)


def choose_extras(distribution: str, system: str, machine: str, version: tuple[int, int]) -> str:
    """The extras, comma-separated; says on stderr why ``ros`` is left out."""
    name = f"{system} {machine}, Python {version[0]}.{version[1]}"
    if distribution:
        print(f"ROS {distribution} is sourced; its own rclpy is used", file=sys.stderr)
    elif (system, machine) != ("Linux", "x86_64") or version > NEWEST_WITH_ROS_WHEELS:
        print(
            f"no ROS wheels for {name}; the offline tools work, the live node needs a ROS "
            "distribution: source one, remove .venv and run make setup again",
            file=sys.stderr,
        )
    else:
        return ",".join(("ros", *EXTRAS))
    return ",".join(EXTRAS)


def main() -> int:
    """Print the extras, or with ``--check`` refuse an old Python; returns the exit code."""
    version = sys.version_info[:2]
    if version < OLDEST:
        print(
            f"Python {version[0]}.{version[1]} is too old; expected 3.10 or later, as in "
            "make PYTHON=python3.11",
            file=sys.stderr,
        )
        return 1
    if "--check" not in sys.argv:
        distribution = os.environ.get("ROS_DISTRO", "")
        print(choose_extras(distribution, platform.system(), platform.machine(), version))
    return 0


if __name__ == "__main__":
    sys.exit(main())
