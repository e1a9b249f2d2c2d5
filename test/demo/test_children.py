from __future__ import annotations

import os
import sys
from pathlib import Path
from time import monotonic

import pytest

from bridgenet_ros.demo import children
from bridgenet_ros.demo.children import Child, ChildError, module

POLITE = """
import signal, sys, time
signal.signal(signal.SIGINT, lambda *_: sys.exit(0))
print("ready", flush=True)
time.sleep(60)
"""
DEAF = """
import signal, time
signal.signal(signal.SIGINT, signal.SIG_IGN)
print("ready", flush=True)
time.sleep(60)
"""


def child(folder: Path, code: str, name: str = "helper") -> Child:
    return Child(name, [sys.executable, "-c", code], os.environ, folder)


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_line_is_awaited_and_the_process_finishes_when_asked(tmp_path: Path) -> None:
    with child(tmp_path, POLITE) as process:
        process.wait_for_line("ready", 20)
        process.check_running()
        process.finish(20)
        pid = process.pid

    assert gone(pid)
    assert (tmp_path / "helper.log").read_text() == "ready\n"


def test_deaf_process_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "GRACE_S", 0.3)
    with child(tmp_path, DEAF) as process:
        process.wait_for_line("ready", 20)
        pid = process.pid

    assert gone(pid)


def test_failure_shows_the_end_of_the_log(tmp_path: Path) -> None:
    code = "print('first'); print('the reason'); raise SystemExit(3)"
    with child(tmp_path, code) as process:
        with pytest.raises(ChildError, match=r"code 3 before it said 'ready'(.|\n)*the reason"):
            process.wait_for_line("ready", 20)
        with pytest.raises(ChildError, match="ended with code 3"):
            process.wait(20)
        with pytest.raises(ChildError, match="too early"):
            process.check_running()


def test_limits_are_kept(tmp_path: Path) -> None:
    start = monotonic()
    with child(tmp_path, POLITE) as process:
        process.wait_for_line("ready", 20)
        with pytest.raises(ChildError, match=r"did not say 'never' in 0\.2 s"):
            process.wait_for_line("never", 0.2)
        with pytest.raises(ChildError, match=r"did not finish in 0.2 s"):
            process.wait(0.2)
    assert monotonic() - start < 20


def test_waiting_notices_that_another_process_died(tmp_path: Path) -> None:
    with (
        child(tmp_path, "print('lost it'); raise SystemExit(1)", "other") as other,
        child(tmp_path, POLITE) as process,
        pytest.raises(ChildError, match=r"other process ended with code 1 too early(.|\n)*lost it"),
    ):
        process.wait(20, [other])


def test_module_runs_with_this_python() -> None:
    assert module("json.tool", "x") == [sys.executable, "-m", "json.tool", "x"]
