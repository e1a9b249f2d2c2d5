"""Kills runs of process-bag at random moments, continues them, and counts what was lost.

    PYTHONPATH=.:test/support python test/campaigns/kills.py --count 200

Every round processes a small recording in a process of its own, kills that at a random moment of
the run, checks what lies there, and goes on with `resume` until it is done, being killed again
half of the times. Every second round replaces an older output. Prints one line of JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from processors import Constant
from tiny_bags import recording, write_bag

from bridgenet_ros.cli import _terminable
from bridgenet_ros.errors import BridgeNetError
from bridgenet_ros.frame import DepthResult, RgbdFrame
from bridgenet_ros.offline import process_bag as process_bag_module
from bridgenet_ros.offline.manifest import stored_files
from bridgenet_ros.offline.options import ProcessOptions, RunOptions
from bridgenet_ros.offline.process_bag import process_bag
from bridgenet_ros.offline.verify import verify

PAIRS = 30
OPTIONS = ProcessOptions(segment=2)
OLD = ProcessOptions(segment=2, encoding="16UC1")
SIGNALS = (*(signal.SIGKILL,) * 8, signal.SIGTERM, signal.SIGINT)
ROUND_S = 300.0


class Brief(Constant):
    """Takes 5 ms a frame, so that a kill finds something to interrupt."""

    def process(self, frame: RgbdFrame, *, estimate: bool = False) -> DepthResult:
        time.sleep(0.005)
        return super().process(frame, estimate=estimate)


@dataclass(frozen=True)
class Case:
    """A layout of input and output, and how many work."""

    source: str
    target: str
    workers: int


CASES = (
    Case("in.mcap", "out.mcap", 1),
    Case("in.db3", "out.db3", 1),
    Case("in", "out", 1),
    Case("in.mcap", "out", 1),
    Case("in.mcap", "out.mcap", 2),
)


def start(case: Case, folder: Path, how: RunOptions, options: ProcessOptions = OPTIONS) -> int:
    """Process in a fork; returns its pid once it runs."""
    ready, running = os.pipe()
    pid = os.fork()
    if pid:
        os.close(running)
        os.read(ready, 1)
        os.close(ready)
        return pid
    code = 1
    try:
        os.close(ready)
        sys.stderr = Path(os.devnull).open("w")  # noqa: SIM115 - to the end of the process
        with _terminable():
            os.write(running, b".")
            process_bag_module._LONG = -1  # workers start while the input is hashed
            process_bag(folder / case.source, folder / case.target, Brief, options, how)
        code = 0
    except KeyboardInterrupt:
        code = 130
    except BridgeNetError:
        code = 2
    finally:
        os._exit(code)


def wait_for(pid: int, limit_s: float = ROUND_S) -> int | None:
    """The exit status, negative for a signal; None when it hangs, and is then killed."""
    deadline = time.monotonic() + limit_s
    while time.monotonic() < deadline:
        found, status = os.waitpid(pid, os.WNOHANG)
        if found:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.002)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return None


def digests(recording_path: Path) -> list[str]:
    """What the files of a recording are."""
    return [file.sha256 for file in stored_files(recording_path)]


class Campaign:
    """Rounds of kills, and counts of what came of them."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder = folder
        self.random = random.Random(seed)
        self.counts: Counter[str] = Counter()
        self.problems: list[str] = []
        self._references: dict[tuple[Case, str], tuple[list[str], float]] = {}

    def run(self, rounds: int) -> None:
        """Kill ``rounds`` times at least."""
        number = 0
        while self.counts["kills"] < rounds:
            case = CASES[number % len(CASES)]
            self._round(case, self.folder / f"round{number}", replace=bool(number % 2))
            number += 1

    def _reference(self, case: Case, options: ProcessOptions) -> tuple[list[str], float]:
        """The bytes of an unbroken run and the seconds it takes."""
        key = (case, options.encoding)
        if key not in self._references:
            folder = self.folder / f"reference{len(self._references)}"
            folder.mkdir()
            write_bag(folder / case.source, recording(PAIRS))
            started = time.monotonic()
            code = wait_for(start(case, folder, RunOptions(workers=case.workers), options))
            seconds = time.monotonic() - started
            if code != 0:
                raise SystemExit(f"an unbroken run ended with {code}")
            self._references[key] = digests(folder / case.target), seconds
        return self._references[key]

    def _round(self, case: Case, folder: Path, *, replace: bool) -> None:
        expected, seconds = self._reference(case, OPTIONS)
        old = self._reference(case, OLD)[0] if replace else None
        folder.mkdir()
        source, target = folder / case.source, folder / case.target
        write_bag(source, recording(PAIRS))
        before = digests(source)
        if replace and wait_for(start(case, folder, RunOptions(), OLD)) != 0:
            raise SystemExit("the older output could not be made")
        how = RunOptions(workers=case.workers, resume=True, overwrite=replace)
        while True:
            chosen = self.random.choice(SIGNALS)
            pid = start(case, folder, how)
            time.sleep(self.random.uniform(0, seconds * 1.1))
            if os.waitpid(pid, os.WNOHANG)[0]:
                self.counts["finished before the kill"] += 1
                break
            os.kill(pid, chosen)
            code = wait_for(pid)
            self.counts["kills"] += 1
            self.counts[chosen.name] += 1
            self._check_killed(code, source, before, target, [old, expected])
            if self.random.random() < 0.5:
                break
        if wait_for(start(case, folder, how)) != 0:
            self._problem("failed resumes", f"{folder}: could not be resumed")
        self._check_whole(source, target, expected)
        shutil.rmtree(folder)

    def _check_killed(
        self,
        code: int | None,
        source: Path,
        before: list[str],
        target: Path,
        allowed: list[list[str] | None],
    ) -> None:
        if code is None:
            self._problem("hangs", f"{target}: hung")
        if digests(source) != before:
            self._problem("lost inputs", f"{source}: changed")
        if target.exists() and digests(target) not in allowed:
            self._problem("corrupt outputs", f"{target}: is neither the old nor the new output")

    def _check_whole(self, source: Path, target: Path, expected: list[str]) -> None:
        if not target.exists() or digests(target) != expected:
            self._problem("other bytes", f"{target}: differs from an unbroken run")
            return
        verify(target, source)
        self.counts["resumed to the same bytes"] += 1
        left = {path.name for path in target.parent.iterdir()}
        if left != {source.name, target.name, f"{target.name}.manifest.json"}:
            self._problem("left-overs", f"{target.parent}: holds {sorted(left)}")

    def _problem(self, kind: str, text: str) -> None:
        self.counts[kind] += 1
        self.problems.append(text)


def main() -> int:
    """Run the campaign; 0 when nothing was lost."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=200, help="kills")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    with TemporaryDirectory(prefix="kills_") as folder:
        campaign = Campaign(Path(folder), args.seed)
        campaign.run(args.count)
    sys.stdout.write(json.dumps({"counts": campaign.counts, "problems": campaign.problems}) + "\n")
    return 1 if campaign.problems else 0


if __name__ == "__main__":
    sys.exit(main())
