"""setup.py, setup.cfg and package.xml: what pip, colcon and ROS read from them."""

from __future__ import annotations

import configparser
import os
import re
import subprocess
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

import bridgenet_ros

setuptools = pytest.importorskip("setuptools", reason="setuptools is not installed")

ROOT = Path(__file__).resolve().parents[2]
ROS_DEPENDENCIES = {
    "rclpy",
    "sensor_msgs",
    "std_msgs",
    "std_srvs",
    "diagnostic_msgs",
    "message_filters",
    "cv_bridge",
    "tf_transformations",
    "launch",
    "launch_ros",
}


@pytest.fixture(scope="module")
def metadata() -> setuptools.Distribution:
    """What setup.py hands to setuptools."""
    from distutils.core import run_setup  # setuptools' own copy where the library lacks it

    here = Path.cwd()
    os.chdir(ROOT)
    try:
        return run_setup("setup.py", stop_after="init")
    finally:
        os.chdir(here)


@pytest.fixture(scope="module")
def manifest() -> ET.Element:
    """The root of package.xml."""
    return ET.parse(ROOT / "package.xml").getroot()


def test_requirements_are_never_ros_wheels(metadata: setuptools.Distribution) -> None:
    required = {re.split(r"[<>=]", name)[0] for name in metadata.install_requires}
    assert required == {"numpy", "torch", "PyYAML", "safetensors", "transforms3d"}
    with_ros = [
        extra
        for extra, names in metadata.extras_require.items()
        if any(name.startswith("ros-") for name in names)
    ]
    assert with_ros == ["ros"]


def test_ros_wheels_are_pinned_once(metadata: setuptools.Distribution) -> None:
    wheels = [name for name in metadata.extras_require["ros"] if name.startswith("ros-")]
    assert wheels
    assert all("==" in name for name in wheels)
    command = ["git", "grep", "-l", "--untracked", "ros-rclpy" + "=="]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if found.returncode > 1:
        pytest.skip("the tree is not a git checkout")
    assert found.stdout.split() == ["setup.py"]


def test_every_package_is_installed(metadata: setuptools.Distribution) -> None:
    folders = {path.parent for path in (ROOT / "bridgenet_ros").rglob("*.py")}
    expected = {".".join(folder.relative_to(ROOT).parts) for folder in folders}
    assert set(metadata.packages) == expected


def test_shared_files_are_installed(metadata: setuptools.Distribution) -> None:
    placed = dict(metadata.data_files)
    index = "share/ament_index/resource_index/packages"
    assert placed[index] == ["resource/bridgenet_ros"]
    assert placed["share/bridgenet_ros"] == ["package.xml"]
    for folder in ("launch", "config", "config/cameras", "config/consumers", "models"):
        here = {str(path.relative_to(ROOT)) for path in (ROOT / folder).glob("[!._]*.*")}
        assert here
        assert set(placed[f"share/bridgenet_ros/{folder}"]) == here


def test_colcon_will_run_pytest(metadata: setuptools.Distribution) -> None:
    assert any(name.startswith("pytest") for name in metadata.extras_require["test"])


def test_executables_go_where_ros_looks() -> None:
    options = configparser.ConfigParser()
    options.read(ROOT / "setup.cfg")
    folder = "$base/lib/bridgenet_ros"
    assert options["develop"]["script_dir"] == options["install"]["install_scripts"] == folder
    assert options["build_scripts"]["executable"] == "/usr/bin/env python3"


def test_manifest_names_every_dependency(manifest: ET.Element) -> None:
    assert manifest.get("format") == "3"
    assert manifest.findtext("export/build_type") == "ament_python"
    assert manifest.findtext("license") == "Apache-2.0"
    declared = {element.text for element in manifest.iter("exec_depend")}
    assert declared >= ROS_DEPENDENCIES


def test_manifest_is_valid() -> None:
    package = pytest.importorskip("catkin_pkg.package", reason="catkin_pkg is not installed")
    warnings: list[str] = []
    text = (ROOT / "package.xml").read_text("utf-8")
    package.parse_package_string(text, str(ROOT / "package.xml"), warnings=warnings).validate(
        warnings=warnings
    )
    assert warnings == []


def test_version_is_the_same_everywhere(
    metadata: setuptools.Distribution, manifest: ET.Element
) -> None:
    citation = (ROOT / "CITATION.cff").read_text("utf-8")
    cited = re.findall(r'^version: "?([\d.]+)"?$', citation, re.MULTILINE)
    versions = {metadata.get_version(), manifest.findtext("version"), *cited}
    assert versions == {bridgenet_ros.__version__}
    assert f"## {bridgenet_ros.__version__}" in (ROOT / "CHANGELOG.md").read_text("utf-8")
