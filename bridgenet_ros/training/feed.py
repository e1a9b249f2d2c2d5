"""Batches made ahead in other processes, so that a GPU does not wait for patches."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import cv2
import torch
from torch.utils.data import DataLoader, Dataset

from bridgenet_ros.training.samples import Batch, PatchStream

AHEAD = 4
"""Batches that each worker keeps ready."""


class Feed:
    """The batch of a step, moved to the device; the same batch whatever the workers."""

    def __init__(self, stream: PatchStream, workers: int, device: torch.device) -> None:
        self._stream = stream
        self._workers = workers
        self._device = device
        self._ahead: Iterator[Batch] | None = None
        self._next = -1

    def batch(self, step: int) -> Batch:
        """The batch of ``step``; quick where steps follow each other."""
        if self._workers == 0:
            return self._stream.batch(step).to(self._device)
        if self._ahead is None or step != self._next:
            self._ahead = self._from(step)
        self._next = step + 1
        return next(self._ahead).to(self._device)

    def _from(self, step: int) -> Iterator[Batch]:
        loader = DataLoader(
            _Steps(self._stream),
            batch_size=None,
            sampler=range(step, sys.maxsize),
            num_workers=self._workers,
            collate_fn=_as_it_is,
            pin_memory=self._device.type == "cuda",
            worker_init_fn=_one_thread,
            prefetch_factor=AHEAD,
            # A fork of a process with threads (TensorBoard's, CUDA's) may stand still for ever.
            multiprocessing_context="forkserver",
        )
        return iter(loader)


class _Steps(Dataset[Batch]):
    def __init__(self, stream: PatchStream) -> None:
        self._stream = stream

    def __getitem__(self, step: int) -> Batch:
        return self._stream.batch(step)


def _as_it_is(batch: Any) -> Any:  # noqa: ANN401
    return batch


def _one_thread(_: int) -> None:
    cv2.setNumThreads(0)  # torch's threads are already one in a worker
