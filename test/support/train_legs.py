"""Runs a command that trains, and kills it at random moments; then lets it end.

``python train_legs.py OUT.json KILLS train CONFIG ...`` writes, for each leg, the first and the
number of finished steps, the newest checkpoint at its end, and the exit code. Each leg is a fork,
so torch is loaded once.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from pathlib import Path

import rich.progress  # noqa: F401 - loaded once, before the forks

import bridgenet_ros.training.observer  # noqa: F401 - likewise
from bridgenet_ros import cli
from bridgenet_ros.training.checkpoint import list_checkpoints
from bridgenet_ros.training.train import StepReport, Trainer

MOST_STEPS = 4
"""Of a leg that is killed; it is killed somewhere between two of them, mostly while it saves."""
train_step = Trainer.train_step


def run_leg(arguments: list[str], kill: random.Random | None) -> dict[str, int]:
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:

        def tell(self: Trainer) -> StepReport:
            report = train_step(self)
            os.write(writer, f"{self.folder}\t{report.step}\n".encode())
            return report

        Trainer.train_step = tell
        os._exit(cli.main(arguments))
    os.close(writer)
    told = b""
    if kill is not None:
        steps = kill.randint(2, MOST_STEPS)
        times = [time.monotonic()]
        while told.count(b"\n") < steps:
            told += os.read(reader, 1 << 16)
            times.append(time.monotonic())
        # However busy the machine is: up to the time that a step and its checkpoint took.
        time.sleep(kill.uniform(0, times[-1] - times[-2]))
        os.kill(child, signal.SIGKILL)
    while more := os.read(reader, 1 << 16):
        told += more
    exit_code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    lines = [line.split("\t") for line in told.decode().splitlines()]
    newest = list_checkpoints(Path(lines[0][0]))
    return {
        "first": int(lines[0][1]),
        "finished": int(lines[-1][1]) + 1,
        "newest": int(newest[-1].name.removeprefix("step-")) if newest else 0,
        "exit": exit_code,
    }


if __name__ == "__main__":
    chance = random.Random(4)
    kills = int(sys.argv[2])
    legs = [run_leg(sys.argv[3:], chance if i < kills else None) for i in range(kills + 1)]
    Path(sys.argv[1]).write_text(json.dumps(legs), encoding="utf-8")
