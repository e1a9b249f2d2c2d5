"""`bridgenet process-bag` stopped by a signal, and continued."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tiny_bags import recording, write_bag

from bridgenet_ros.cli import main

pytestmark = pytest.mark.slow  # processes that load torch

WAIT_S = 120
PAIRS = 80
TORCH = "-p=model.backend:=torch"  # the quickest to load


def start(source: Path, target: Path, *options: str) -> subprocess.Popen[bytes]:
    # A suite that runs in the background hands on an ignored SIGINT.
    code = (
        "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "from bridgenet_ros.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    return subprocess.Popen(
        [
            sys.executable,
            "-c",
            code,
            "process-bag",
            str(source),
            "-o",
            str(target),
            TORCH,
            *options,
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        start_new_session=True,
    )


def stop(process: subprocess.Popen[bytes], folder: Path, pattern: str, number: int) -> str:
    """Send a signal once something is there, Ctrl-C to all workers too; what the process says."""
    deadline = time.monotonic() + WAIT_S
    try:
        while not list(folder.glob(pattern)):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.01)
        if number == signal.SIGINT:
            os.killpg(process.pid, number)
        else:
            process.send_signal(number)
        return process.communicate(timeout=WAIT_S)[1].decode()
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize(
    ("number", "code", "said"),
    [(signal.SIGINT, 130, "interrupted\n"), (signal.SIGTERM, 143, "terminated\n")],
)
def test_before_anything_is_finished_nothing_is_left(
    tmp_path: Path, number: int, code: int, said: str
) -> None:
    source = write_bag(tmp_path / "in.mcap", recording(PAIRS))
    process = start(source, tmp_path / "out.mcap", "--workers=1")
    assert stop(process, tmp_path, ".out.mcap.work/*/parts", number) == said
    assert process.returncode == code
    assert [p.name for p in tmp_path.iterdir()] == ["in.mcap"]


@pytest.mark.parametrize(
    ("number", "code", "word"),
    [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "terminated")],
)
def test_a_stopped_run_says_what_it_keeps_and_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], number: int, code: int, word: str
) -> None:
    source = write_bag(tmp_path / "in.mcap", recording(PAIRS))
    process = start(source, tmp_path / "out.mcap", "--workers=2", "--resume")
    said = stop(process, tmp_path, ".out.mcap.work/*/parts/*.json", number)
    assert (process.returncode, said.partition(";")[0]) == (code, word), said
    assert (
        f"finished parts are kept in {tmp_path}/.out.mcap.work; run it again with --resume" in said
    )
    assert said.count("\n") == 1
    assert sorted(p.name for p in tmp_path.iterdir()) == [".out.mcap.work", "in.mcap"]
    resume = ["process-bag", str(source), "-o", str(tmp_path / "out.mcap"), TORCH, "--resume"]
    assert main([*resume, "--workers=1"]) == 0
    assert "segments used again" in capsys.readouterr().out
    whole = tmp_path / "whole" / "out.mcap"
    whole.parent.mkdir()
    assert main(["process-bag", str(source), "-o", str(whole), TORCH, "--workers=1"]) == 0
    assert (tmp_path / "out.mcap").read_bytes() == whole.read_bytes()
    names = sorted(p.name for p in tmp_path.iterdir())
    assert names == ["in.mcap", "out.mcap", "out.mcap.manifest.json", "whole"]
    assert main(resume) == 0
    assert "was there already" in capsys.readouterr().out
