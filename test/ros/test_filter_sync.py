"""message_filters' synchronisers when a recording is played again, here doubles of them.

As theirs, they keep the latest stamps when a queue is full, and forget none.
"""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from diagnostic_msgs.msg import DiagnosticArray
from ros_graph import Camera, Graph, color_message, depth_message
from sensor_msgs.msg import Image

from bridgenet_ros.ros import inputs
from bridgenet_ros.ros.filter_sync import FilterSync
from bridgenet_ros.ros.messages import stamp_to_ns

S = 10**9
FRAME = 33_333_333
T0 = 1_700_000_000_000_000_000


class ApproximateTime:
    """``ApproximateTimeSynchronizer(filters, queue_size, slop)``."""

    def __init__(self, filters: list[Any], queue_size: int, slop: float = 0.0) -> None:
        self.queues: list[dict[int, Image]] = [{}, {}]
        self.size, self.slop_ns = queue_size, int(slop * 1e9)
        self.callback: Callable[[Image, Image], None] | None = None
        for made, queue in zip(filters, self.queues, strict=True):
            made.registerCallback(self.add, queue)

    def registerCallback(self, callback: Callable[[Image, Image], None]) -> None:  # noqa: N802
        self.callback = callback

    def add(self, message: Image, queue: dict[int, Image]) -> None:
        queue[stamp_to_ns(message.header.stamp)] = message
        while len(queue) > self.size:
            del queue[min(queue)]
        color, depth = self.queues
        for c in sorted(color):
            for d in sorted(depth):
                if abs(c - d) <= self.slop_ns:
                    assert self.callback is not None
                    self.callback(color.pop(c), depth.pop(d))
                    return


class Subscriber:
    """``message_filters.Subscriber(node, type, topic, …)``."""

    def __init__(self, node: Any, kind: type, topic: str, **arguments: Any) -> None:
        self.callbacks: list[tuple[Any, tuple[Any, ...]]] = []
        self.sub = node.create_subscription(kind, topic, self._signal, **arguments)

    def registerCallback(self, callback: Any, *arguments: Any) -> None:  # noqa: N802
        self.callbacks.append((callback, arguments))

    def _signal(self, message: Image) -> None:
        for callback, arguments in self.callbacks:
            callback(message, *arguments)


@pytest.fixture(params=["approximate", "exact"])
def policy(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    double = SimpleNamespace(
        Subscriber=Subscriber,
        TimeSynchronizer=ApproximateTime,
        ApproximateTimeSynchronizer=ApproximateTime,
    )
    monkeypatch.setattr(inputs, "message_filters", double)
    return str(request.param)


def test_the_node_goes_on_when_a_recording_is_played_again(graph: Graph, policy: str) -> None:
    node = graph.start(sync__policy=policy, sync__queue_size=2, diagnostics__period=0.1)
    images: list[Image] = []
    reports: list[DiagnosticArray] = []
    graph.peer.create_subscription(Image, "sr/depth/image", images.append, 10)
    graph.peer.create_subscription(DiagnosticArray, "/diagnostics", reports.append, 1)
    camera = Camera(graph)
    assert graph.spin_until(lambda: node._inputs.reliability == ("reliable",) * 2)
    camera.wait()
    assert graph.spin_until(lambda: node.count_subscribers("sr/depth/image") > 0)

    def values() -> dict[str, str]:
        return {kv.key: kv.value for kv in reports[-1].status[0].values} if reports else {}

    received = 0
    for again in range(3):
        start = T0 - again * S
        camera.send(start)
        assert graph.spin_until(lambda again=again: len(images) == again + 1)
        assert stamp_to_ns(images[-1].header.stamp) == start
        for i in range(1, 4):  # colour whose depth was lost fills its queue
            camera.color.publish(color_message(start + i * FRAME))
        received += 4
        topic = node._inputs.color
        assert graph.spin_until(lambda topic=topic, n=received: topic.meter.count == n)
    assert graph.spin_until(lambda: values().get("time_jumps") == "2")


def test_the_end_of_a_pass_and_what_has_no_stamp_are_left_out_and_counted() -> None:
    told: list[str] = []
    pairs: list[tuple[int, int]] = []

    def pair(color: Image, depth: Image) -> None:
        pairs.append((stamp_to_ns(color.header.stamp), stamp_to_ns(depth.header.stamp)))

    sync = FilterSync(
        lambda sources: ApproximateTime(sources, 10, 0.02),
        20_000_000,
        on_pair=pair,
        on_jump=lambda: told.append("jump"),
        on_drop=told.append,
    )
    early = T0 - 5 * S
    sync.depth(depth_message(T0))
    sync.color(color_message(T0))
    sync.color(color_message(0))
    sync.color(color_message(early))
    sync.depth(depth_message(T0 + FRAME))
    sync.depth(depth_message(early + 5_000_000))
    sync.color(color_message(T0))  # time may go forward as far as it likes
    assert pairs == [(T0, T0), (early, early + 5_000_000)]
    assert told == ["invalid_stamp", "jump", "time_jump"]
