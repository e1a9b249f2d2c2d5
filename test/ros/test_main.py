"""The process: starts by itself, ends with code 0 on one or two SIGINTs, and says why it cannot."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest
import rclpy
from rclpy.executors import Executor

import bridgenet_ros.ros.main as main_module
from bridgenet_ros.errors import ConfigError
from bridgenet_ros.ros.main import make_executor
from bridgenet_ros.ros.node import BridgeNetNode

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


def test_sigint_while_the_node_is_made_ends_with_code_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    # It ended in a traceback.
    def interrupted() -> BridgeNetNode:
        signal.raise_signal(signal.SIGINT)
        raise AssertionError("the signal was lost")

    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # may be ignored here
    monkeypatch.setattr(main_module, "BridgeNetNode", interrupted)
    try:
        assert main_module.main([]) == 0
        assert not rclpy.ok()
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_callback_that_a_shutdown_overtakes_ends_with_code_zero(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # What rclpy raises of a context that is gone ended the process with a traceback.
    def overtaken(node: BridgeNetNode, executor: Executor, stop: Event) -> int:
        node.context.shutdown()
        raise AssertionError(f"{node.count_publishers('a')} publishers")

    monkeypatch.setattr(main_module, "run", overtaken)
    assert main_module.main([]) == 0


def test_events_executor_runs_timers_and_ends_with_code_zero(
    tmp_path: Path, children: list[Child], weights_file: Path
) -> None:
    pytest.importorskip("rclpy.experimental", reason="this rclpy has no EventsExecutor")
    given = [f"model.weights:={weights_file}", "model.warmup:=0", "executor:=events"]
    given.append("watchdog.timeout_s:=1.0")
    child = Child(tmp_path / "log", *(word for value in given for word in ("-p", value)))
    children.append(child)
    child.wait_for("nobody publishes")  # said by a timer
    child.process.send_signal(signal.SIGINT)
    assert child.process.wait(START_S) == 0, child.text()
    assert "Traceback" not in child.text()


def test_an_rclpy_without_the_events_executor_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rclpy.experimental", None)
    with pytest.raises(ConfigError, match=r"executor is 'events', which this rclpy does not have"):
        make_executor("events")


@pytest.mark.parametrize(
    ("parameter", "told"),
    [
        ("model.weights:=nowhere.safetensors", "nowhere.safetensors does not exist"),
        ("output.encoding:=mono8", "output.encoding is 'mono8'; expected one of 32FC1, 16UC1"),
        ("sync.slop:=3.5", "sync.slop"),
        ("executor:=many", "executor is 'many'; expected one of single_threaded, events"),
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
