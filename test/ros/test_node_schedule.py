"""The node with a slow network: what is published in its place, and who is told."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from rclpy.parameter import Parameter
from ros_graph import Camera, Graph
from sensor_msgs.msg import Image

from bridgenet_ros import deadline
from bridgenet_ros.engine.engine import EngineOutput
from bridgenet_ros.ros.node import BridgeNetNode

SLOW_S = 0.2
NETWORK_M, BICUBIC_M = 9.0, 1.5


class SlowEngine:
    """Takes its time, and gives a depth that bicubic upsampling never would."""

    device_name = "cpu"
    takes_units = False
    overlaps = False

    def submit(self, rgb: Any, depth: Any, *, estimate: bool, **_: Any) -> Any:
        return rgb.shape[:2], estimate

    def collect(self, ticket: Any) -> EngineOutput:
        time.sleep(SLOW_S)
        size, estimate = ticket
        depth_m = np.full(size, NETWORK_M, np.float32)
        return EngineOutput(sr_m=depth_m, mde_m=depth_m if estimate else None, elapsed_ms=1.0)

    def close(self) -> None:
        """Nothing is held."""


class Rig:
    """The node with a slow engine, a camera, and what comes out."""

    def __init__(self, graph: Graph, **overrides: object) -> None:
        self.graph = graph
        self.node: BridgeNetNode = graph.node(diagnostics__period=0.1, **overrides)
        assert self.node.trigger_configure().name == "SUCCESS"
        pipeline = self.node._pipeline
        assert pipeline is not None
        pipeline._keeper.built = replace(pipeline._keeper.built, engine=SlowEngine())
        assert self.node.trigger_activate().name == "SUCCESS"
        self.depths: list[float] = []
        self.estimates: list[Image] = []
        self.reports: list[DiagnosticStatus] = []
        peer = graph.peer
        peer.create_subscription(Image, "sr/depth/image", self._on_depth, 10)
        peer.create_subscription(Image, "mde/depth/image", self.estimates.append, 10)
        peer.create_subscription(DiagnosticArray, "/diagnostics", self._on_report, 10)
        self.camera = Camera(graph)
        self.camera.wait()
        self._find_each_other()

    def _find_each_other(self) -> None:
        """Send until results arrive: before that, some may go to nobody."""
        # It subscribes anew once it has seen what the camera offers.
        assert self.graph.spin_until(
            lambda: self.node._active.inputs.reliability == ("reliable", "reliable")
        )
        for sent in range(1, 21):
            self.camera.send(time.time_ns())
            assert self.graph.spin_until(lambda sent=sent: self.finished == sent)
            if self.graph.spin_until(lambda: bool(self.depths and self.estimates), 1.0):
                break
        self.graph.spin_until(lambda: False, 0.2)
        self.before = self.finished
        self.depths.clear()
        self.estimates.clear()

    @property
    def finished(self) -> int:
        """Frames that came out; none is dropped here."""
        assert self.node._active is not None
        session = self.node._active.session
        snapshot = session.snapshot()
        assert snapshot.drops == {}
        return snapshot.frames_out

    def _on_depth(self, message: Image) -> None:
        self.depths.append(float(np.frombuffer(message.data, np.float32)[0]))

    def _on_report(self, message: DiagnosticArray) -> None:
        self.reports.append(message.status[0])

    def values(self) -> dict[str, str]:
        return {kv.key: kv.value for kv in self.reports[-1].values}

    def send(self, count: int) -> None:
        """Frames, each after the result of the one before."""
        for _ in range(count):
            wanted = len(self.depths) + 1
            self.camera.send(time.time_ns())
            assert self.graph.spin_until(lambda wanted=wanted: len(self.depths) == wanted)

    def set(self, name: str, value: object) -> bool:
        (result,) = self.node.set_parameters([Parameter(name, value=value)])
        return bool(result.successful)


def test_a_frame_that_would_miss_its_deadline_is_bicubic_and_told(
    graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deadline, "PROBE_S", 1e9)
    rig = Rig(graph)
    rig.send(3)  # what the prediction rests on
    np.testing.assert_allclose(rig.depths, [NETWORK_M] * 3)
    assert graph.spin_until(lambda: len(rig.estimates) == 3)

    assert rig.set("schedule.budget_ms", SLOW_S * 500)  # half of what it takes
    rig.send(2)
    np.testing.assert_allclose(rig.depths[3:], [BICUBIC_M] * 2, atol=1e-4)
    assert graph.spin_until(lambda: rig.values()["frames_bicubic"] == "2")
    assert rig.reports[-1].level == DiagnosticStatus.WARN
    assert "bicubic frames in the last 10 s: 2" in rig.reports[-1].message
    assert rig.finished == rig.before + 5

    assert rig.set("schedule.budget_ms", float("inf"))
    rig.send(1)
    assert rig.depths[-1] == NETWORK_M
    assert graph.spin_until(lambda: len(rig.estimates) == 4)  # none for the two


def test_a_deadline_below_zero_is_refused(graph: Graph) -> None:
    rig = Rig(graph)
    assert not rig.set("schedule.budget_ms", -1.0)
    assert not rig.set("schedule.policy", "newest")
    assert rig.node.config.schedule.budget_ms == 0.0


def test_all_runs_frames_that_came_while_one_ran(graph: Graph) -> None:
    rig = Rig(graph, schedule__policy="all")
    for i in range(4):
        rig.camera.send(time.time_ns() + i * 30_000_000)
    assert graph.spin_until(lambda: len(rig.depths) == 4)
    assert rig.finished == rig.before + 4
