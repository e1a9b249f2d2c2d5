"""The live graph as the doctor sees it; a camera publishes from a thread of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from rclpy.qos import qos_profile_sensor_data
from ros_graph import HEIGHT, WIDTH, Graph, color_message, depth_message, make_header
from sensor_msgs.msg import CameraInfo, Image

from bridgenet_ros.config import NodeConfig, with_values
from bridgenet_ros.doctor.finding import Finding, Status, would_work
from bridgenet_ros.ros import survey as module
from bridgenet_ros.ros import survey_listener
from bridgenet_ros.ros.survey import Surveyed, survey
from bridgenet_ros.topic_choice import TopicNames

COLOR, DEPTH = "/cam/color/image_raw", "/cam/depth/image_raw"
PERIOD_S = 0.1


@contextmanager
def camera(graph: Graph, **changes: object) -> Iterator[None]:
    """A camera at 10 Hz; ``depth``: its pixels, ``frame``: depth's, ``info``: publish it."""
    peer = graph.peer
    publishers = [
        peer.create_publisher(Image, COLOR, 5),
        peer.create_publisher(Image, DEPTH, 5),
        peer.create_publisher(CameraInfo, "/cam/color/camera_info", 5),
    ]
    stop = threading.Event()

    def publish() -> None:
        while not stop.wait(PERIOD_S):
            stamp = time.time_ns()
            messages = [
                color_message(stamp),
                depth_message(
                    stamp + int(changes.get("ahead_ns", 0)),  # type: ignore[call-overload]
                    changes.get("depth"),  # type: ignore[arg-type]
                    str(changes.get("frame", "camera_color_optical_frame")),
                ),
                CameraInfo(header=make_header(stamp), width=WIDTH, height=HEIGHT, k=[50.0] * 9),
            ]
            for publisher, message in zip(publishers, messages, strict=True):
                publisher.publish(message)

    thread = threading.Thread(target=publish)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(10)


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A loaded machine discovers slowly."""
    monkeypatch.setattr(module, "DISCOVERY_S", 15.0)
    monkeypatch.setattr(survey_listener, "TRANSFORM_S", 0.3)


def look(seconds: float = 2.0, **values: object) -> Surveyed:
    config = with_values(NodeConfig(), values)
    return survey(TopicNames(), config, (8,), seconds, values)


def errors(surveyed: Surveyed) -> list[Finding]:
    return [finding for finding in surveyed.findings if finding.status is Status.ERROR]


def eventually(found: Callable[[Surveyed], bool]) -> Surveyed:
    """Look again for as long as a busy machine hides it."""
    for _ in range(5):
        surveyed = look()
        if found(surveyed):
            return surveyed
    raise AssertionError(surveyed)


def test_a_good_camera(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "which", lambda _: "/opt/ros/bin/ros2")
    with camera(graph):
        surveyed = eventually(lambda s: would_work(s.findings))
    assert surveyed.launch == (
        f"ros2 launch bridgenet_ros sr.launch.py rgb_topic:={COLOR} depth_topic:={DEPTH}"
    )
    told = " / ".join(finding.what for finding in surveyed.findings)
    for words in (
        f"{COLOR}: sensor_msgs/msg/Image, 1 publisher, read as reliable",
        "rgb8, 64x48",
        "16UC1, 8x6",
        "a factor of 8",
        "in the colour view",
        "/cam/color/camera_info fits 64x48",
    ):
        assert words in told


def test_depth_in_a_frame_that_nobody_knows(graph: Graph) -> None:
    with camera(graph, frame="depth_optical"):
        surveyed = eventually(lambda s: any("depth_optical" in f.what for f in errors(s)))
    advice = " ".join(finding.advice for finding in errors(surveyed))
    assert "register.mode" in advice


def test_depth_without_measurements(graph: Graph) -> None:
    with camera(graph, depth=np.zeros((6, 8), np.uint16)):
        surveyed = eventually(lambda s: any("0% of the pixels" in f.what for f in errors(s)))
    assert [finding.part for finding in errors(surveyed)] == ["depth"]


def test_no_camera(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "DISCOVERY_S", 0.3)
    surveyed = look()
    (error,) = errors(surveyed)
    assert error.what == (
        "no topic looks like the colour image; name it with --rgb-topic. Image topics: none"
    )
    assert "ROS_DOMAIN_ID" in error.advice
    assert surveyed.launch == ""


def test_a_publisher_that_sends_nothing(graph: Graph) -> None:
    graph.peer.create_publisher(Image, COLOR, 5)
    graph.peer.create_publisher(Image, DEPTH, 5)
    surveyed = look(0.5)
    told = {finding.part: finding.what for finding in errors(surveyed)}
    assert told["colour"].startswith(f"{COLOR} has 1 publisher and no message has come yet")
    assert told["depth"].startswith(f"{DEPTH} has 1 publisher and no message has come yet")


def test_an_offer_that_does_not_match(graph: Graph) -> None:
    graph.peer.create_publisher(Image, COLOR, qos_profile_sensor_data)
    graph.peer.create_publisher(Image, DEPTH, 5)
    surveyed = look(0.5, **{"input.qos": "reliable"})
    told = [finding for finding in errors(surveyed) if finding.part == "colour"]
    assert "is offered with reliability best_effort, asked for is reliable" in told[0].what
    assert told[0].advice.startswith("set input.qos to auto")
