from __future__ import annotations

import os
import subprocess
import sys
from math import isnan
from pathlib import Path
from time import process_time

import pytest

from bridgenet_ros.evaluation.process_load import load_of

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="there is no /proc")


def test_memory_and_time_of_this_process() -> None:
    end = process_time() + 0.05
    while process_time() < end:
        pass

    load = load_of(os.getpid())

    assert 1 < load.memory_mb <= load.peak_mb
    assert 0 < load.cpu_s <= process_time() + 0.1


def test_peak_remembers_what_was_freed_until_told_to_forget() -> None:
    # In a process of its own: this one may have had a higher peak long before.
    code = """
import os
from bridgenet_ros.evaluation.process_load import forget_peak, load_of
block = bytearray(200_000_000)
for i in range(0, len(block), 4096):
    block[i] = 1
del block
before = load_of(os.getpid())
done = forget_peak()
after = load_of(os.getpid())
print(done, before.peak_mb - before.memory_mb > 150, after.peak_mb - after.memory_mb < 50)
"""
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    ).stdout.split()
    assert found in (["True", "True", "True"], ["False", "True", "False"])


def test_a_process_that_has_ended_has_no_figures() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait(60)
    assert all(isnan(value) for value in load_of(child.pid))
