"""A short campaign of kills; `kills.py` says how to run the long one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
KILLS = 8


def test_nothing_is_lost_by_kills() -> None:
    script = Path(__file__).with_name("kills.py")
    command = [sys.executable, "-W", "error::ResourceWarning", str(script), f"--count={KILLS}"]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'test' / 'support'}"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    counts = json.loads(done.stdout.splitlines()[-1])["counts"]
    assert counts["kills"] >= KILLS
    assert counts["resumed to the same bytes"] >= 1
