"""`bridgenet doctor`, with the packaged weights."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tiny_bags import MS, recording, write_bag

from bridgenet_ros.cli import main
from bridgenet_ros.doctor import machine


def report(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, dict[str, object]]:
    code = main(["doctor", "--json", *map(str, arguments)])
    return code, json.loads(capsys.readouterr().out)


def test_a_good_recording(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bag = write_bag(tmp_path / "in.mcap", recording(10))
    assert main(["doctor", str(bag)]) == 0
    printed = capsys.readouterr().out
    for words in ("machine", "colour", "depth", "pairs", "Python", "nothing stands in the way"):
        assert words in printed
    assert f"bridgenet process-bag {bag} -o in_sr.mcap" in printed


def test_a_recording_that_would_not_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bag = write_bag(tmp_path / "in.mcap", recording(5, depth_delay_ns=5000 * MS))
    code, found = report(capsys, bag)
    assert (code, found["would_work"]) == (1, False)
    code, found = report(capsys, bag, "--depth-topic=/nothing")
    assert code == 1
    assert "there is no topic /nothing" in str(found)
    code, found = report(capsys, tmp_path / "none.mcap")
    assert code == 1
    assert "no such file or directory" in str(found)


def test_parameters_count(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bag = write_bag(tmp_path / "in.mcap", recording(10, depth_delay_ns=500 * MS))
    code, found = report(capsys, bag, "-p", "sync.stamp_offset:=-0.5")
    assert code == 0
    assert "10 pairs of 10" in str(found)
    assert str(found["launch"]).endswith("-p sync.stamp_offset:=-0.5")
    assert main(["doctor", str(bag), "-p", "sync.slop:=2"]) == 2
    assert "sync.slop is 2" in capsys.readouterr().err


def test_without_ros(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "rclpy.py").write_text("raise ModuleNotFoundError(\"No module named 'rclpy'\")")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    code, found = report(capsys)
    assert code == 1
    last = found["findings"][-1]  # type: ignore[index]
    assert last == {
        "part": "ROS",
        "status": "error",
        "what": "ROS 2 cannot be used by this Python: ModuleNotFoundError: No module named 'rclpy'",
        "advice": machine.NO_ROS,
    }


def test_a_middleware_that_is_not_installed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("rclpy", reason="rclpy is not installed")
    monkeypatch.setenv("RMW_IMPLEMENTATION", "rmw_nothing")
    code, found = report(capsys)
    assert code == 1
    last = found["findings"][-1]  # type: ignore[index]
    assert "rmw_nothing" in last["what"]
    assert "RMW_IMPLEMENTATION" in last["advice"]
