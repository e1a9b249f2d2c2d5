"""Transforms through doubles of tf2_ros and of the message of /tf_static."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from fake_node import FakeNode
from geometry_msgs.msg import Quaternion, Transform, TransformStamped, Vector3
from ros_graph import Graph
from std_msgs.msg import Header

from bridgenet_ros.ros import tf


def stamped(parent: str, child: str, x: float, w: float = 1.0) -> TransformStamped:
    return TransformStamped(
        header=Header(frame_id=parent),
        child_frame_id=child,
        transform=Transform(translation=Vector3(x=x), rotation=Quaternion(w=w)),
    )


@pytest.fixture
def node(monkeypatch: pytest.MonkeyPatch) -> FakeNode:
    monkeypatch.setattr(tf, "tf2_ros", None)
    monkeypatch.setattr(tf, "TFMessage", SimpleNamespace)
    return FakeNode()


def test_the_topic_is_read_where_its_message_is_installed(node: FakeNode) -> None:
    transforms = tf.open_transforms(node)
    assert transforms is not None
    assert transforms.lookup("color", "depth") is None
    message = SimpleNamespace(transforms=[stamped("link", "depth", 0.1)])
    node.subscriptions["/tf_static"](message)
    assert transforms.lookup("color", "depth") is None
    node.subscriptions["/tf_static"](SimpleNamespace(transforms=[stamped("link", "color", 0.4)]))
    found = transforms.lookup("color", "depth")
    assert found is not None
    assert found.translation == pytest.approx((-0.3, 0.0, 0.0))
    transforms.close()
    assert node.subscriptions == {}


def test_what_is_no_transform_is_told_and_left_out(node: FakeNode) -> None:
    transforms = tf.open_transforms(node)
    assert transforms is not None
    bad, good = stamped("link", "depth", 0.1, w=0.0), stamped("link", "color", 0.4)
    node.subscriptions["/tf_static"](SimpleNamespace(transforms=[bad, good]))
    assert transforms.lookup("link", "depth") is None
    assert transforms.lookup("link", "color") is not None
    (warning,) = node.warnings
    assert "from depth to link" in warning
    assert "unit quaternion" in warning


class Buffer:
    """``tf2_ros.Buffer`` as far as it is used."""

    def __init__(self) -> None:
        self.known: dict[tuple[str, str], TransformStamped] = {}

    def can_transform(self, target: str, source: str, time: Any) -> bool:
        return (target, source) in self.known

    def lookup_transform(self, target: str, source: str, time: Any) -> TransformStamped:
        return self.known[target, source]


def test_tf2_is_used_where_it_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    listeners: list[Any] = []

    class Listener:
        def __init__(self, buffer: Buffer, node: Any) -> None:
            self.buffer, self.node, self.listening = buffer, node, True
            listeners.append(self)

        def unregister(self) -> None:
            self.listening = False

    double = SimpleNamespace(Buffer=Buffer, TransformListener=Listener)
    monkeypatch.setattr(tf, "tf2_ros", double)
    node = FakeNode()
    transforms = tf.open_transforms(node)
    assert transforms is not None
    (listener,) = listeners
    assert listener.node is node
    assert transforms.lookup("color", "depth") is None
    listener.buffer.known["color", "depth"] = stamped("color", "depth", 0.5)
    found = transforms.lookup("color", "depth")
    assert found is not None
    assert found.translation == (0.5, 0.0, 0.0)
    transforms.close()
    assert not listener.listening


def test_without_either_there_are_no_transforms(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tf, "tf2_ros", None)
    monkeypatch.setattr(tf, "TFMessage", None)
    assert tf.open_transforms(FakeNode()) is None
    assert not tf.is_available()


def test_the_profile_gets_what_was_published_before(
    graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A single transform stands in for the message, which PyPI lacks."""
    monkeypatch.setattr(tf, "tf2_ros", None)
    monkeypatch.setattr(tf, "TFMessage", TransformStamped)
    publisher = graph.peer.create_publisher(TransformStamped, "/tf_static", tf.LATCHED)
    publisher.publish(stamped("color", "depth", 0.1))
    seen: list[TransformStamped] = []
    monkeypatch.setattr(tf.TopicTransforms, "_on_message", lambda self, m: seen.append(m))
    transforms = tf.open_transforms(graph.peer)
    assert transforms is not None
    assert graph.spin_until(lambda: bool(seen))
    transforms.close()
