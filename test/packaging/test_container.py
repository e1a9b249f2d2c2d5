"""The container recipe: what it copies is there, what it installs is declared, nobody is root."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINES = re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text("utf-8")).splitlines()
PACKED = ("setup.py", "setup.cfg", "pyproject.toml", "package.xml", "resource/bridgenet_ros")


def told(instruction: str) -> list[str]:
    return [line.partition(" ")[2] for line in LINES if line.startswith(f"{instruction} ")]


def copied() -> list[str]:
    return [source for line in told("COPY") for source in line.split()[:-1]]


def pip_names(line: str) -> list[str]:
    """The distributions of the ``pip install`` commands of a line."""
    found = []
    for command in re.findall(r"pip install ([^&|]+)", line):
        words = re.sub(r"--index-url \S+", "", command).split()
        found += [word for word in words if not word.startswith("-")]
    return found


@pytest.mark.parametrize("path", copied())
def test_what_it_copies_is_there(path: str) -> None:
    assert (ROOT / path).exists()


def test_what_the_package_is_made_of_is_copied() -> None:
    sources = set(copied())
    assert {Path(path).parts[0] for path in PACKED} <= sources
    assert {"bridgenet_ros", "launch", "config", "models"} <= sources
    ignored = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    assert ignored[0] == "**"
    assert {line[1:] for line in ignored if line.startswith("!")} == sources


def test_what_pip_installs_is_declared(declared: set[str]) -> None:
    names = [name for line in told("RUN") for name in pip_names(line)]
    assert "torch" in names
    assert set(names) <= declared


def test_environment_sees_ros_and_comes_first() -> None:
    assert any("-m venv --system-site-packages /opt/venv" in line for line in told("RUN"))
    assert told("ENV") == ["PATH=/opt/venv/bin:$PATH"]


def test_torch_is_for_cpus_unless_asked_for() -> None:
    assert "TORCH_INDEX=https://download.pytorch.org/whl/cpu" in told("ARG")


def test_it_runs_as_a_user_and_fetches_nothing_at_a_start() -> None:
    assert told("USER") == ["ubuntu"]
    after = LINES[LINES.index("USER ubuntu") :]
    assert not any(word in line for line in after for word in ("pip", "apt", "curl", "rosdep"))
    assert told("CMD") == ['["ros2", "launch", "bridgenet_ros", "sr.launch.py"]']


def test_the_recipe_names_the_arguments_of_the_file() -> None:
    text = (ROOT / "docs" / "recipes.md").read_text("utf-8")
    named = set(re.findall(r"--build-arg (\w+)=", text))
    assert named == {"ROS_DISTRO", "TORCH_INDEX"}
    assert named == {argument.partition("=")[0] for argument in told("ARG")}
