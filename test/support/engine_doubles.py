"""Stand-ins for what only a GPU has: graphs and lanes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import torch

from bridgenet_ros.engine.graphs import Recording
from bridgenet_ros.engine.program import ProgramOutput


class FakeRecorder:
    """A replay runs the program again on the inputs it was recorded with, into one output."""

    def __init__(self) -> None:
        self.recorded = 0
        self.replayed = 0

    def record(self, run: Callable[[], ProgramOutput]) -> Recording:
        self.recorded += 1
        output = ProgramOutput(*(None if t is None else torch.zeros_like(t) for t in run()))

        def replay() -> None:
            self.replayed += 1
            for target, value in zip(output, run(), strict=True):
                if target is not None:
                    target.copy_(value)

        return Recording(replay, output)


class FakeLanes:
    """Notes what is issued where and who waits; fails where it is told to."""

    def __init__(self) -> None:
        self.events: list[str] = []
        self.fails_at = ""

    def copy_in(self) -> AbstractContextManager[object]:
        return self._lane("in")

    def compute(self) -> AbstractContextManager[object]:
        return self._lane("compute")

    def copy_out(self) -> AbstractContextManager[object]:
        return self._lane("out")

    def mark(self) -> FakeLanes:
        return self

    def wait(self) -> None:
        self._note("wait")

    def synchronize(self) -> None:
        self._note("synchronize")

    def free_memory(self) -> None:
        self._note("free")

    def _note(self, what: str) -> None:
        self.events.append(what)
        if what == self.fails_at:
            raise RuntimeError("CUDA error: the launch timed out")

    @contextmanager
    def _lane(self, name: str) -> Iterator[None]:
        self._note(name)
        yield
