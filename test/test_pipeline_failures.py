"""What becomes of frames when the engine fails, and of depth that it takes as it is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from untrained import SETTINGS, untrained_card

from bridgenet_ros.depth_units import DepthUnits
from bridgenet_ros.engine.engine import EngineOutput
from bridgenet_ros.engine_build import BuiltEngine
from bridgenet_ros.errors import EngineError
from bridgenet_ros.frame import RgbdFrame
from bridgenet_ros.pipeline import Pipeline

CARD = untrained_card(4, 8)


class Failing:
    """An engine that does what it is told, then fails."""

    takes_units = False
    overlaps = False

    def __init__(self, name: str, reason: str = "", at: str = "submit") -> None:
        self.device_name = name
        self.reason = reason
        self.at = at
        self.units: list[DepthUnits | None] = []

    def submit(self, rgb: Any, depth: Any, *, units: DepthUnits | None = None, **_: Any) -> Any:
        self.units.append(units)
        self._fail("submit")
        return rgb.shape[:2], depth.dtype

    def collect(self, ticket: Any) -> EngineOutput:
        self._fail("collect")
        return EngineOutput(sr_m=np.ones(ticket[0], np.float32), mde_m=None, elapsed_ms=1.0)

    def close(self) -> None:
        self.reason, self.at = "use", "collect"

    def _fail(self, at: str) -> None:
        if self.reason and at == self.at:
            raise EngineError(f"{self.device_name} is broken", self.reason)


def on(
    engine: Failing, below: Failing | None = None, **changes: Any
) -> tuple[Pipeline, list[tuple[str, str]]]:
    """A pipeline, and what it was given to replace."""
    failed: list[tuple[str, str]] = []

    def replacement(built: BuiltEngine, reason: str) -> BuiltEngine | None:
        failed.append((built.engine.device_name, reason))
        if below is None:
            return None
        built.engine.close()
        return BuiltEngine(engine=below, card=CARD, precision="float32")

    made = BuiltEngine(engine=engine, card=CARD, precision="float16")
    return Pipeline(made, replace(SETTINGS, **changes), replacement), failed


@pytest.mark.parametrize("at", ["submit", "collect"])
@pytest.mark.parametrize("reason", ["memory", "device"])
def test_after_a_failure_the_next_frame_runs_one_step_below(
    tiny_frame: RgbdFrame, at: str, reason: str
) -> None:
    pipeline, failed = on(Failing("cuda:0", reason, at), Failing("cpu"))
    told = "cuda:0 is broken; now tiny runs on cpu"
    with pytest.raises(EngineError, match=told) as caught:
        pipeline.process(tiny_frame)
    assert caught.value.reason == reason
    assert failed == [("cuda:0", reason)]
    assert (pipeline.device_name, pipeline.precision) == ("cpu", "float32")
    assert pipeline.fault == "cuda:0 is broken"

    assert pipeline.process(tiny_frame).sr_m.shape == (24, 32)
    assert (pipeline.fault, pipeline.degraded) == ("", told)


def test_a_frame_in_flight_on_the_failed_engine_is_lost_alone(tiny_frame: RgbdFrame) -> None:
    first = Failing("cuda:0")
    pipeline, failed = on(first, Failing("cpu"))
    pending = pipeline.submit(tiny_frame)
    first.reason = "device"
    with pytest.raises(EngineError, match="now tiny runs on cpu"):
        pipeline.submit(tiny_frame)
    later = pipeline.submit(tiny_frame)
    first.reason, first.at = "device", "collect"  # it is not closed, it just fails again
    with pytest.raises(EngineError, match="cuda:0 is broken"):
        pipeline.collect(pending)
    assert pipeline.collect(later).sr_m.shape == (24, 32)
    assert len(failed) == 1


def test_where_nothing_is_below_the_same_engine_goes_on(tiny_frame: RgbdFrame) -> None:
    engine = Failing("cpu", "memory")
    pipeline, failed = on(engine)
    for _ in range(2):
        with pytest.raises(EngineError, match="cpu is broken"):
            pipeline.process(tiny_frame)
    assert len(failed) == 2
    engine.reason = ""
    assert pipeline.process(tiny_frame).sr_m.shape == (24, 32)
    assert (pipeline.fault, pipeline.degraded) == ("", "")


def test_a_mistake_in_the_order_of_calls_replaces_nothing(tiny_frame: RgbdFrame) -> None:
    pipeline, failed = on(Failing("cuda:0", "use"), Failing("cpu"))
    with pytest.raises(EngineError, match="cuda:0 is broken"):
        pipeline.process(tiny_frame)
    assert failed == []


def test_warming_up_goes_one_step_below_and_on() -> None:
    pipeline, failed = on(Failing("cuda:0", "memory"), Failing("cpu"))
    pipeline.warm_up(1, (32, 40))
    assert failed == [("cuda:0", "memory")]
    assert pipeline.device_name == "cpu"

    alone, _ = on(Failing("cpu", "memory"))
    with pytest.raises(EngineError, match="cpu is broken"):
        alone.warm_up(1, (32, 40))


def test_uint16_goes_as_it_is_to_an_engine_that_takes_it(tiny_frame: RgbdFrame) -> None:
    engine = Failing("cuda:0")
    engine.takes_units = True
    pipeline, _ = on(engine, depth_scale_m=0.0005)
    result = pipeline.process(tiny_frame)
    assert engine.units == [DepthUnits(scale_m=0.0005, min_m=0.1, max_m=10.0)]
    assert result.sensor_m.max() == 1.0
    pipeline.process(replace(tiny_frame, depth=np.full((6, 8), 2.0, np.float32)))
    assert engine.units[1] is None
