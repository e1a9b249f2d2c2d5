"""Which extras `make setup` installs where."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / ".ci" / "extras.py"
choose_extras = runpy.run_path(str(SCRIPT))["choose_extras"]


@pytest.mark.parametrize("version", [(3, 10), (3, 14)])
def test_pc_gets_the_ros_wheels(version: tuple[int, int]) -> None:
    assert choose_extras("", "Linux", "x86_64", version) == "ros,offline,onnx,openvino,train,dev"


@pytest.mark.parametrize(
    ("distribution", "system", "machine", "version", "reason"),
    [
        ("jazzy", "Linux", "x86_64", (3, 12), "ROS jazzy is sourced"),
        ("", "Linux", "aarch64", (3, 12), "no ROS wheels for Linux aarch64"),
        ("", "Darwin", "x86_64", (3, 12), "no ROS wheels for Darwin"),
        ("", "Linux", "x86_64", (3, 15), "Python 3.15"),
    ],
)
def test_others_do_without_and_learn_why(
    distribution: str,
    system: str,
    machine: str,
    version: tuple[int, int],
    reason: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert (
        choose_extras(distribution, system, machine, version) == "offline,onnx,openvino,train,dev"
    )
    assert reason in capsys.readouterr().err
