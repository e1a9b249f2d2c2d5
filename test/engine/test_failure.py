"""What failed decides what can be done about it."""

from __future__ import annotations

import pytest
import torch

from bridgenet_ros.engine.failure import engine_error


@pytest.mark.parametrize(
    ("error", "reason", "told"),
    [
        (torch.OutOfMemoryError("CUDA out of memory.\n  Tried"), "memory", "cuda:0 is out of mem"),
        (MemoryError(), "memory", "cuda:0 is out of memory: MemoryError"),
        (
            RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried"),
            "memory",
            "can't allocate memory",
        ),
        (
            RuntimeError("CUDA error: unspecified launch failure\nCompile with"),
            "device",
            "the network failed on cuda:0: CUDA error: unspecified launch failure Compile with",
        ),
    ],
)
def test_reason_and_one_line(error: Exception, reason: str, told: str) -> None:
    made = engine_error(error, "cuda:0")
    assert made.reason == reason
    assert told in str(made)
    assert "\n" not in str(made)


def test_a_real_failure_to_allocate_on_the_cpu_is_one_of_memory() -> None:
    with pytest.raises(RuntimeError) as caught:
        torch.empty(2**60, dtype=torch.uint8)
    assert engine_error(caught.value, "cpu").reason == "memory"
