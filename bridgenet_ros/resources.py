"""Finds the files that ship beside the code: config/, models/, launch/.

They lie under ``share/bridgenet_ros`` of an ament prefix after ``colcon build``, under
``<prefix>/share/bridgenet_ros`` after a pip install, and in the source tree otherwise. pip
alone leaves AMENT_PREFIX_PATH unset, so ament's own index cannot be relied on.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from bridgenet_ros.errors import ConfigError

PACKAGE = "bridgenet_ros"
DDS_PROFILE_VARIABLES = ("FASTDDS_DEFAULT_PROFILES_FILE", "FASTRTPS_DEFAULT_PROFILES_FILE")
"""Name the file of profiles to Fast DDS: since Kilted, and before. Fast DDS 3 warns of the old one
and Fast DDS 2 does not read the new one."""
_BEFORE_KILTED = {"humble", "iron", "jazzy"}


def share_roots() -> list[Path]:
    """Folders that may hold the package's shared files, best first.

    The source tree comes first where the code runs from it (editable installs place no data
    files, and an older installed copy must not shadow it).
    """
    source = Path(__file__).resolve().parent.parent
    roots = [source] if (source / "package.xml").is_file() else []
    prefixes = [p for p in os.environ.get("AMENT_PREFIX_PATH", "").split(os.pathsep) if p]
    roots += [Path(p) / "share" / PACKAGE for p in [*prefixes, sys.prefix]]
    return roots


def find_share_file(relative: str) -> Path:
    """The shared file ``relative``, such as ``config/sr.yaml``.

    Raises:
        ConfigError: no root has it; the message lists where it was looked for.
    """
    roots = share_roots()
    for root in roots:
        candidate = root / relative
        if candidate.exists():
            return candidate
    looked = ", ".join(str(root) for root in roots)
    raise ConfigError(f"{relative} is not installed; looked in {looked}")


def dds_profile_variable(environment: Mapping[str, str]) -> str:
    """Which of `DDS_PROFILE_VARIABLES` the ROS of an environment, such as ``os.environ``, reads."""
    new, old = DDS_PROFILE_VARIABLES
    return old if environment.get("ROS_DISTRO") in _BEFORE_KILTED else new
