"""Running single frames, and comparing what comes back."""

from __future__ import annotations

from bridgenet_ros.engine.engine import EngineOutput, Ticket, TorchEngine
from bridgenet_ros.frame import FloatArray, UInt8Array


def submit(
    engine: TorchEngine, arrays: tuple[UInt8Array, FloatArray], *, estimate: bool = False
) -> Ticket:
    return engine.submit(*arrays, estimate=estimate, fill_holes=True)


def run(
    engine: TorchEngine, arrays: tuple[UInt8Array, FloatArray], *, estimate: bool = False
) -> EngineOutput:
    return engine.collect(submit(engine, arrays, estimate=estimate))


def same(first: FloatArray | None, second: FloatArray | None) -> bool:
    """Equal to the bit, NaN included."""
    return first is not None and second is not None and first.tobytes() == second.tobytes()
