"""Which of two programs runs."""

from __future__ import annotations

from typing import Any

import torch

from bridgenet_ros.engine.handover import Handover
from bridgenet_ros.engine.program import ProgramOutput


class Constant:
    """A program that says which it is."""

    def __init__(self, value: float) -> None:
        self.value = value
        self.options: dict[str, Any] = {}

    def __call__(self, rgb: torch.Tensor, depth: torch.Tensor, **options: Any) -> ProgramOutput:
        self.options = options
        return ProgramOutput(torch.full(rgb.shape[:2], self.value), None)


def test_the_fast_program_runs_as_soon_as_it_is_ready() -> None:
    asked: list[tuple[tuple[int, int], bool]] = []

    def ready(size: tuple[int, int], estimate: bool) -> bool:
        asked.append((size, estimate))
        return len(asked) > 1

    fast = Constant(1.0)
    program = Handover(fast, Constant(2.0), ready)
    rgb, depth = torch.zeros(4, 6, 3, dtype=torch.uint8), torch.ones(2, 3)
    outputs = [program(rgb, depth, estimate=True, fill_holes=False).sr_m for _ in range(2)]
    assert [o.unique().item() for o in outputs] == [2.0, 1.0]
    assert asked == [((4, 6), True)] * 2
    assert fast.options == {"estimate": True, "fill_holes": False, "units": None}
