"""`bridgenet train`, each process of which also writes what it ended with; for ``torchrun``.

``python -m torch.distributed.run ... train_rank.py FOLDER train CONFIG ...``
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from typing import Any

import torch

from bridgenet_ros import cli
from bridgenet_ros.training.train import Trainer

run = Trainer.run


def digest(trainer: Trainer) -> str:
    """Of every weight, buffer, average and optimiser state."""
    found = hashlib.sha256()
    states = [o.state_dict()["state"] for o in trainer.optimisers.values()]
    tensors = [*trainer.network.state_dict().values(), *trainer.average.values.values()]
    tensors += [t for s in states for p in s.values() for t in p.values()]
    for tensor in tensors:
        found.update(tensor.detach().contiguous().numpy().tobytes())
    return found.hexdigest()


def run_and_tell(self: Trainer, *args: Any, **kwargs: Any) -> None:
    run(self, *args, **kwargs)
    rank = self.processes.rank
    mean = torch.full((2, 2), float(rank))
    self.processes.average_([mean, torch.ones(3)])
    number = self.processes.mean(rank)
    first = self.processes.from_first(rank + 5)
    text = f"{digest(self)} {mean.unique().tolist()} {number} {first}"
    Path(sys.argv[1], f"rank{rank}.txt").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    Trainer.run = run_and_tell
    sys.exit(cli.main(sys.argv[2:]))
