"""Freed memory stays with the process, in glibc."""

from __future__ import annotations

import os
import platform
import subprocess
import sys

import pytest

glibc_only = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="needs glibc")

FAULTS = """
import resource
def churn():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(20):
        images = [bytearray(4 << 20) for _ in range(4)]
        del images
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
churn()
"""
KEEP = "from bridgenet_ros.allocator import keep_freed_memory; keep_freed_memory();"
CHILD = (
    "import subprocess, sys; print(subprocess.check_output([sys.executable, '-c', {!r}]).decode())"
)


def run(code: str, **environment: str) -> int:
    """What the code prints, run in a process without settings of the allocator."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("MALLOC_")}
    output = subprocess.run(
        [sys.executable, "-c", code],
        env={**clean, **environment},
        capture_output=True,
        check=True,
        timeout=60,
    )
    return int(output.stdout)


@glibc_only
def test_memory_that_is_freed_costs_no_page_faults_the_next_time() -> None:
    # 80 blocks of 1024 pages each: without it every page faults anew.
    assert run(f"{KEEP}{FAULTS}print(churn())") < run(f"{FAULTS}print(churn())") / 10


@glibc_only
def test_a_process_that_is_started_later_keeps_memory_too() -> None:
    assert run(KEEP + CHILD.format(f"{FAULTS}print(churn())")) < 1000


@glibc_only
def test_settings_of_the_environment_stay() -> None:
    code = f"{KEEP} import os; print(os.environ['MALLOC_TRIM_THRESHOLD_'])"
    assert run(code, MALLOC_TRIM_THRESHOLD_="65536") == 65536


def test_elsewhere_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    from bridgenet_ros.allocator import keep_freed_memory

    for name in ("MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(platform, "libc_ver", lambda: ("", ""))
    keep_freed_memory()
    assert "MALLOC_TRIM_THRESHOLD_" not in os.environ
