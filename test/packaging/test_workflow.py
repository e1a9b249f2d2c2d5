"""The workflow that tests beside ROS: its distributions, and commands that are there."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / ".github" / "workflows" / "ros.yml"
OF_THE_IMAGE = {"apt-get", "rosdep", "git", "echo", "source", "make"}


def job() -> dict[str, Any]:
    made: dict[str, Any] = yaml.safe_load(FILE.read_text("utf-8"))["jobs"]["colcon"]
    return made


def commands() -> list[list[str]]:
    lines = [line for step in job()["steps"] for line in step.get("run", "").splitlines()]
    return [shlex.split(line) for line in lines]


def test_every_supported_distribution_has_a_container() -> None:
    assert job()["strategy"]["matrix"]["distro"] == ["jazzy", "kilted"]
    assert job()["container"] == "ros:${{ matrix.distro }}"
    assert job()["timeout-minutes"] <= 120


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_command_is_there(words: list[str]) -> None:
    assert words[0] in OF_THE_IMAGE or os.access(ROOT / words[0], os.X_OK)


def test_make_has_the_targets_and_variables() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    (given,) = [words[1:] for words in commands() if words[0] == "make"]
    for word in given:
        name, is_variable, value = word.partition("=")
        pattern = rf"^{name} \?=" if is_variable else rf"^{name}:"
        assert re.search(pattern, makefile, re.MULTILINE), word
        if name == "TORCH":
            (default,) = re.findall(r"^TORCH \?= (\S+)$", makefile, re.MULTILINE)
            assert value == f"{default}+cpu"


def test_colcon_and_the_tests_are_among_what_is_run() -> None:
    assert [".ci/run"] in commands()
    told = (ROOT / ".ci" / "run").read_text("utf-8")
    assert {"make test", "make colcon"} <= set(told.splitlines())
