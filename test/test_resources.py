"""Finding shared files in an ament prefix, a pip prefix and the source tree."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from bridgenet_ros import resources
from bridgenet_ros.errors import ConfigError


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The code in a site-packages folder, away from its sources; nothing shared yet."""
    code = tmp_path / "site-packages" / "bridgenet_ros" / "resources.py"
    monkeypatch.setattr(resources, "__file__", str(code))
    monkeypatch.delenv("AMENT_PREFIX_PATH", raising=False)
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "venv"))
    return tmp_path


def place(prefix: Path) -> Path:
    """A config file in the share folder of ``prefix``."""
    path = prefix / "share" / "bridgenet_ros" / "config" / "sr.yaml"
    path.parent.mkdir(parents=True)
    path.write_text("")
    return path


def test_source_tree_serves_an_editable_install() -> None:
    root = Path(__file__).resolve().parents[1]
    assert resources.find_share_file("package.xml") == root / "package.xml"


def test_pip_prefix(installed: Path) -> None:
    path = place(installed / "venv")
    assert resources.find_share_file("config/sr.yaml") == path


def test_ament_prefixes_come_in_order(installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    overlay, underlay = installed / "overlay", installed / "underlay"
    monkeypatch.setenv("AMENT_PREFIX_PATH", os.pathsep.join(map(str, (overlay, underlay))))
    place(installed / "venv")
    below = place(underlay)
    assert resources.find_share_file("config/sr.yaml") == below
    above = place(overlay)
    assert resources.find_share_file("config/sr.yaml") == above


def test_missing_file_lists_where_it_was_looked_for(installed: Path) -> None:
    with pytest.raises(ConfigError, match=r"config/none\.yaml") as error:
        resources.find_share_file("config/none.yaml")
    assert str(installed / "venv") in str(error.value)


@pytest.mark.parametrize(
    ("environment", "variable"),
    [
        ({"ROS_DISTRO": "humble"}, "FASTRTPS_DEFAULT_PROFILES_FILE"),
        ({"ROS_DISTRO": "jazzy"}, "FASTRTPS_DEFAULT_PROFILES_FILE"),
        ({"ROS_DISTRO": "kilted"}, "FASTDDS_DEFAULT_PROFILES_FILE"),
        ({}, "FASTDDS_DEFAULT_PROFILES_FILE"),
    ],
)
def test_each_ros_gets_the_variable_that_it_reads(
    environment: dict[str, str], variable: str
) -> None:
    assert resources.dds_profile_variable(environment) == variable
