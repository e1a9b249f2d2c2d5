"""What `pip install` places: every module, and the shared files where resources.py looks."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytest.importorskip("setuptools", minversion="64", reason="setuptools is not installed")

BUILDERS = ("setuptools.command.bdist_wheel", "wheel")  # before 70.1 a package of its own
if not any(importlib.util.find_spec(name) for name in BUILDERS):
    pytest.skip("no bdist_wheel is installed", allow_module_level=True)

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("bridgenet_ros", "launch", "config", "models", "resource")
FILES = ("setup.py", "setup.cfg", "pyproject.toml", "package.xml", "LICENSE", "README.md")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel, built from a copy: setuptools leaves files beside the sources."""
    source = tmp_path_factory.mktemp("source")
    for name in FOLDERS:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, source / name, ignore=ignored)
    for name in FILES:
        shutil.copy(ROOT / name, source)
    code = "from setuptools import build_meta; build_meta.build_wheel('dist')"
    command = [sys.executable, "-c", code]
    done = subprocess.run(
        command, cwd=source, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return zipfile.ZipFile(next((source / "dist").glob("*.whl")))


def test_every_module_is_in_the_wheel(wheel: zipfile.ZipFile) -> None:
    modules = {str(path.relative_to(ROOT)) for path in (ROOT / "bridgenet_ros").rglob("*.py")}
    packed = {name for name in wheel.namelist() if name.endswith(".py")}
    assert {name for name in packed if name.startswith("bridgenet_ros/")} == modules
    assert "bridgenet_ros/py.typed" in wheel.namelist()


def test_no_other_package_is_in_the_wheel(wheel: zipfile.ZipFile) -> None:
    tops = {name.split("/")[0].split("-")[0] for name in wheel.namelist()}
    assert tops == {"bridgenet_ros"}


def test_shared_files_are_in_the_wheel(wheel: zipfile.ZipFile) -> None:
    shared = {name.partition(".data/data/share/")[2] for name in wheel.namelist()} - {""}
    assert shared >= {
        "ament_index/resource_index/packages/bridgenet_ros",
        "bridgenet_ros/package.xml",
        "bridgenet_ros/launch/sr.launch.py",
        "bridgenet_ros/launch/rtabmap.launch.py",
        "bridgenet_ros/launch/nav2.launch.py",
        "bridgenet_ros/launch/multi_camera.launch.py",
        "bridgenet_ros/config/sr.yaml",
        "bridgenet_ros/config/sr.rviz",
        "bridgenet_ros/config/fastdds_shm.xml",
        "bridgenet_ros/config/nav2_costmap.yaml",
        "bridgenet_ros/config/cameras/realsense.yaml",
        "bridgenet_ros/config/consumers/rtabmap.yaml",
        "bridgenet_ros/models/tiny.safetensors",
        "bridgenet_ros/models/tiny.yaml",
    }


def test_wheel_has_both_commands(wheel: zipfile.ZipFile) -> None:
    entry = next(name for name in wheel.namelist() if name.endswith("entry_points.txt"))
    text = wheel.read(entry).decode()
    assert "bridgenet = bridgenet_ros.cli:main" in text
    assert "bridgenet_node = bridgenet_ros.ros.main:main" in text
