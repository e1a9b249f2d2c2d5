from __future__ import annotations

import numpy as np
import pytest

from bridgenet_ros.demo.account import drops, growth, halves
from bridgenet_ros.demo.live import LiveReport, LoadSample
from bridgenet_ros.evaluation.process_load import Load


def report(node: dict[str, str]) -> LiveReport:
    """Six frames sent, three results received."""
    return LiveReport(
        sent={k: k for k in range(6)},
        received_ns=[0, 1, 2],
        latencies_ms=[40.0, 41.0, 42.0],
        estimates=0,
        node=node,
    )


def test_drops_join_the_nodes_with_those_on_the_way() -> None:
    node = {"frames_in": "5", "frames_out": "3", "drops": "2", "drops.replaced_by_newer": "2"}
    assert drops(report(node)) == {"replaced_by_newer": 2, "lost_before_node": 1}
    assert drops(report({**node, "frames_out": "4"}))["lost_after_node"] == 1
    assert drops(report({})) == {}


def test_halves_of_the_latency() -> None:
    assert halves([1.0, 2.0, 3.0, 10.0, 20.0, 30.0]) == (2.0, 20.0)
    assert np.isnan(halves([])).all()


def test_memory_of_the_first_seconds_is_no_growth() -> None:
    memory_mb = [100.0, 200.0, 250.0, 260.0, 270.0, 280.0, 283.0]
    loads = [LoadSample(k + 0.01, Load(mb, mb, 0.0)) for k, mb in enumerate(memory_mb)]
    assert growth(loads) == pytest.approx(3.0)
    assert np.isnan(growth(loads[:2]))
