"""A short campaign of damaged recordings; `mutations.py` says how to run the long one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
MUTANTS = 60


def test_damage_is_one_clear_line() -> None:
    script = Path(__file__).with_name("mutations.py")
    done = subprocess.run(
        [sys.executable, str(script), f"--count={MUTANTS}"],
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'test' / 'support'}"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    counts = json.loads(done.stdout.splitlines()[-1])["counts"]
    assert counts["processed"] + counts["refused with one line"] == MUTANTS
    assert counts["refused with one line"] > MUTANTS // 3
