"""The process: starts by itself, ends with code 0 on one or two SIGINTs, and says why it cannot."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

START_S = 60.0


class Child:
    """``bridgenet_node`` in a process of its own."""

    def __init__(self, log: Path, *arguments: str) -> None:
        self.log = log
        with log.open("wb") as stream:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "bridgenet_ros.ros.main", "--ros-args", *arguments],
                stdout=stream,
                stderr=subprocess.STDOUT,
                env=os.environ | {"PYTHONUNBUFFERED": "1"},
            )

    def text(self) -> str:
        return self.log.read_text(errors="replace")

    def wait_for(self, text: str) -> None:
        end = time.monotonic() + START_S
        while text not in self.text():
            assert self.process.poll() is None, self.text()
            assert time.monotonic() < end, self.text()
            time.sleep(0.05)


@pytest.fixture
def children(tmp_path: Path) -> Iterator[list[Child]]:
    made: list[Child] = []
    yield made
    for child in made:
        child.process.kill()
        child.process.wait()


@pytest.mark.parametrize("interrupts", [1, 2])
def test_sigint_once_or_twice_ends_with_code_zero(
    tmp_path: Path, children: list[Child], weights_file: Path, interrupts: int
) -> None:
    child = Child(tmp_path / "log", "-p", f"model.weights:={weights_file}", "-p", "model.warmup:=0")
    children.append(child)
    child.wait_for("untrained weights")
    time.sleep(0.5)
    for _ in range(interrupts):
        child.process.send_signal(signal.SIGINT)
        time.sleep(0.05)
    assert child.process.wait(START_S) == 0, child.text()
    assert "Traceback" not in child.text()


@pytest.mark.parametrize(
    ("parameter", "told"),
    [
        ("model.weights:=nowhere.safetensors", "nowhere.safetensors does not exist"),
        ("output.encoding:=mono8", "output.encoding is 'mono8'; expected one of 32FC1, 16UC1"),
        ("sync.slop:=3.5", "sync.slop"),
    ],
)
def test_unusable_settings_end_with_one_line_and_code_two(
    tmp_path: Path, children: list[Child], parameter: str, told: str
) -> None:
    child = Child(tmp_path / "log", "-p", parameter)
    children.append(child)
    assert child.process.wait(START_S) == 2, child.text()
    assert told in child.text()
    assert "Traceback" not in child.text()
