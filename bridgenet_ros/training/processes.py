"""The processes that ``torchrun`` starts: which one this is, and what they share.

Every process holds the whole network and its own share of the batches. Gradients, and the running
statistics of the norms, are averaged after each backward, so all networks stay identical. A
process that runs alone shares with nobody: every method then returns at once.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import torch
import torch.distributed as dist
from torch import Tensor

from bridgenet_ros.engine_build import choose_device
from bridgenet_ros.errors import ConfigError

PATIENCE = timedelta(hours=1)
"""How long a process waits for the others: the first one decodes data and validates."""
CPU = torch.device("cpu")


@dataclass(frozen=True, kw_only=True, slots=True)
class Processes:
    """This process among the others. Make it with `join`."""

    rank: int = 0
    count: int = 1
    local_rank: int = 0
    """Rank among the processes of this machine."""
    device: torch.device = CPU
    """Where this process computes."""

    @property
    def is_first(self) -> bool:
        """Whether this process writes checkpoints, pictures and progress."""
        return self.rank == 0

    def average_(self, tensors: Iterable[Tensor]) -> None:
        """Replace each tensor by its mean over the processes.

        Every process passes as many float32 tensors of the same shapes in the same order.
        """
        mine = list(tensors)
        if self.count == 1:
            return
        flat = torch.cat([t.reshape(-1) for t in mine])  # one message in place of hundreds
        dist.all_reduce(flat)
        flat /= self.count
        for t, part in zip(mine, flat.split([t.numel() for t in mine]), strict=True):
            t.copy_(part.view_as(t))

    def copy_first_(self, tensors: Iterable[Tensor]) -> None:
        """Replace each tensor by the first process's."""
        if self.count == 1:
            return
        for t in tensors:
            value = t.contiguous()  # NCCL takes no channels_last
            dist.broadcast(value, 0)
            t.copy_(value)

    def mean(self, value: float) -> float:
        """The mean of a number; NaN or infinite on all processes if it is so on one."""
        if self.count == 1:
            return value
        shared = self._number(value)
        dist.all_reduce(shared)
        return shared.item() / self.count

    def all_agree(self, mine: bool) -> bool:
        """Whether every process passes True."""
        return self.mean(float(mine)) == 1.0

    def from_first(self, value: float) -> float:
        """The first process's number."""
        if self.count == 1:
            return value
        shared = self._number(value)
        dist.broadcast(shared, 0)
        return shared.item()

    @contextmanager
    def first_on_machine_first(self) -> Iterator[None]:
        """The others of this machine enter when its first process is through."""
        if self.count > 1 and self.local_rank != 0:
            dist.barrier()
        yield
        if self.count > 1 and self.local_rank == 0:
            dist.barrier()

    def _number(self, value: float) -> Tensor:
        return torch.tensor(value, dtype=torch.float64, device=self.device)


@contextmanager
def join(device: str) -> Iterator[Processes]:
    """Meet the other processes, where ``torchrun`` says there are some; leave them at the end.

    On ``cuda`` each process of a machine takes the GPU of its local rank.

    Raises:
        ConfigError: the device is not there, or the processes cannot meet.
    """
    try:
        count = int(os.environ.get("WORLD_SIZE", "1"))
        local_rank = int(os.environ.get("LOCAL_RANK", "0"))
    except ValueError as error:
        raise ConfigError(f"WORLD_SIZE and LOCAL_RANK must be numbers: {error}") from error
    if count == 1:
        yield Processes(device=choose_device(device, "device"))
        return
    own = _own_device(device, local_rank)
    _meet(own)
    try:
        yield Processes(rank=dist.get_rank(), count=count, local_rank=local_rank, device=own)
    finally:
        dist.destroy_process_group()


def _own_device(name: str, local_rank: int) -> torch.device:
    chosen = choose_device(name, "device")
    if chosen.type != "cuda":
        return chosen
    if ":" in name:
        raise ConfigError(f"device is {name!r}; several processes need cuda, without a number")
    own = choose_device(f"cuda:{local_rank}", "device")
    torch.cuda.set_device(own)
    return own


def _meet(own: torch.device) -> None:
    try:
        if own.type == "cuda":
            dist.init_process_group("nccl", timeout=PATIENCE, device_id=own)
        else:
            dist.init_process_group("gloo", timeout=PATIENCE)
    except (ValueError, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        raise ConfigError(
            f"the processes cannot meet; start them with torchrun: {reason}"
        ) from error
