"""What is said of topics that are not as they should be, by one that subscribes to them."""

from __future__ import annotations

from ros_graph import Graph
from sensor_msgs.msg import CompressedImage

from bridgenet_ros.config import NodeConfig
from bridgenet_ros.doctor.finding import Finding, Status
from bridgenet_ros.ros.survey_graph import open_graph
from bridgenet_ros.ros.survey_listener import SurveyListener

REMAPPED = ["rgb/image:=/cam/color", "depth/image:=/cam/depth"]


def heard(seconds: float) -> dict[str, Finding]:
    """The errors of each part."""
    with open_graph() as graph, graph.node("listener", REMAPPED) as node:
        graph.spin(20.0, lambda: node.count_publishers("/cam/color") > 0)
        found = SurveyListener(graph, node, NodeConfig()).listen(seconds, (8,))
    return {f.part: f for f in found if f.status is Status.ERROR}


def test_another_type_and_nobody_at_all(graph: Graph) -> None:
    graph.peer.create_publisher(CompressedImage, "/cam/color", 5)
    told = heard(0.5)
    assert told["colour"].what == (
        "/cam/color is published as sensor_msgs/msg/CompressedImage, expected sensor_msgs/msg/Image"
    )
    assert "rgb_image_transport" in told["colour"].advice
    assert told["depth"].what.startswith("nobody publishes /cam/depth")
