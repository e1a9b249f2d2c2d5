from __future__ import annotations

import pytest

pytest.importorskip("rclpy")
from frames import make_result
from rclpy.parameter import Parameter
from ros_graph import Graph, status_of_a_frame

from bridgenet_ros.interface import MDE_FIT
from bridgenet_ros.ros import frame_status
from bridgenet_ros.ros.frame_status import FrameStatusOutput


@pytest.mark.parametrize(("listeners", "values"), [(0, {"a": "b"}), (1, {})])
def test_nothing_is_made_while_nobody_listens_or_there_is_nothing_to_say(
    graph: Graph, monkeypatch: pytest.MonkeyPatch, listeners: int, values: dict[str, str]
) -> None:
    class Publisher:
        def get_subscription_count(self) -> int:
            return listeners

    made: list[str] = []
    monkeypatch.setattr(frame_status, "DiagnosticArray", lambda **_: made.append("message"))
    output = FrameStatusOutput.__new__(FrameStatusOutput)
    output._node = graph.peer
    output._values = lambda _: values
    output._publisher = Publisher()

    output.publish(make_result())

    assert made == []


def test_the_node_says_how_each_estimate_was_fitted(graph: Graph) -> None:
    values = status_of_a_frame(graph, MDE_FIT, mde__enable=True)
    # Untrained: the mean depth of 2.8 m everywhere; the camera sees 1.5 m.
    assert float(values["scale"]) == pytest.approx(1.5 / 2.8, abs=1e-3)
    assert float(values["shift_m"]) == 0
    assert (values["fitted"], values["pixels"], values["agreeing"]) == ("true", "48", "1.000")
    assert values["problem"].startswith("no offset")


def test_fitting_is_switched_off_while_the_node_runs(graph: Graph) -> None:
    node = graph.start()
    assert node._pipeline is not None
    assert node._pipeline.settings.align is not None
    (done,) = node.set_parameters([Parameter("mde.align.mode", value="off")])
    assert done.successful
    assert node._pipeline.settings.align is None
