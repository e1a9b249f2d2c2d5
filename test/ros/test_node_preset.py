"""The node with model.preset auto: what is chosen, and who is told."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pytest
from diagnostic_msgs.msg import DiagnosticArray
from ros_graph import Camera, Graph

from bridgenet_ros import engine_build
from bridgenet_ros.errors import EngineError
from bridgenet_ros.preset_choice import shipped_presets

SMALL = {
    "model__weights": "",
    "model__preset": "auto",
    "model__backend": "torch",  # compiles nothing
    "model__width": 64,
    "model__height": 48,
}


def report(graph: Graph) -> tuple[str, dict[str, str]]:
    """The message and the values of the next report."""
    reports: list[DiagnosticArray] = []
    subscription = graph.peer.create_subscription(
        DiagnosticArray, "/diagnostics", reports.append, 1
    )
    assert graph.spin_until(lambda: bool(reports))
    graph.peer.destroy_subscription(subscription)
    status = reports[-1].status[0]
    return status.message, {kv.key: kv.value for kv in status.values}


def test_the_choice_is_measured_and_in_the_diagnostics(graph: Graph) -> None:
    graph.start(model__rate=0.1, diagnostics__period=0.1, **SMALL)
    message, values = report(graph)
    assert message == "active"
    assert values["preset_choice"].startswith(f"{values['preset']} takes ")
    assert "of the 7000.0 ms (70% of a frame at 0.1 Hz)" in values["preset_choice"]


def test_a_rate_that_nothing_holds_is_a_warning(
    graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_build, "time_engine", lambda *_, **__: 100.0)
    graph.start(model__rate=20.0, diagnostics__period=0.1, **SMALL)
    message, values = report(graph)
    smallest = shipped_presets()[-1]
    assert message.startswith(
        f"no preset keeps up: {smallest} takes 100.0 ms a frame, and not the 35.0 ms"
    )
    assert values["preset"] == smallest


def test_the_rate_is_thirty_until_the_camera_has_been_seen(
    graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_build, "time_engine", lambda *_, **__: 1e-3)
    node = graph.start(**SMALL)
    assert node._pipeline is not None
    assert node._pipeline.choice is not None
    assert "at 30 Hz" in node._pipeline.choice.reason

    camera = Camera(graph)
    camera.wait()
    assert node._active is not None
    session = node._active.session
    for i in range(3):
        camera.send(time.time_ns())
        assert graph.spin_until(lambda i=i: session.snapshot().frames_in == i + 1)
    assert node.trigger_deactivate().name == "SUCCESS"
    assert node.trigger_cleanup().name == "SUCCESS"
    assert node.trigger_configure().name == "SUCCESS"
    assert node._color_hz > 0
    assert node._pipeline is not None
    assert node._pipeline.choice is not None
    assert f"at {node._color_hz:g} Hz" in node._pipeline.choice.reason


class Full:
    """An engine without memory for a frame."""

    device_name = "cpu"
    takes_units = False
    overlaps = False

    def submit(self, *_: Any, **__: Any) -> Any:
        raise EngineError("cpu is out of memory", "memory")

    def close(self) -> None:
        """Nothing is held."""


def test_a_chosen_preset_steps_down_and_the_choice_is_no_longer_claimed(graph: Graph) -> None:
    node = graph.start(model__rate=0.1, diagnostics__period=0.1, **SMALL)
    pipeline = node._pipeline
    assert pipeline is not None
    model = pipeline._keeper.built.model
    assert model.preset == shipped_presets()[0]  # definite, so that there is a step below
    pipeline._keeper.built = replace(
        pipeline._keeper.built, engine=Full(), model=replace(model, preset="full", device="cpu")
    )
    camera = Camera(graph)
    camera.wait()
    for _ in range(2):
        before = finished(graph)
        camera.send(time.time_ns())
        assert graph.spin_until(lambda before=before: finished(graph) > before)
    message, values = report(graph)
    assert message.startswith("cpu is out of memory; now ")
    assert "preset_choice" not in values


def finished(graph: Graph) -> int:
    """Frames that came out or were dropped."""
    assert graph.nodes[0]._active is not None
    session = graph.nodes[0]._active.session
    snapshot = session.snapshot()
    return snapshot.frames_out + sum(snapshot.drops.values())
