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
ATTEMPTS = 15
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

    def values() -> dict[str, str]:
        return {kv.key: kv.value for kv in reports[-1].status[0].values} if reports else {}

    def came(start: int) -> bool:
        return any(start <= stamp_to_ns(i.header.stamp) < start + 5 * S for i in images)

    for again in range(3):
        start = T0 - again * 10 * S
        for attempt in range(ATTEMPTS):  # what is sent before all have found each other is lost
            camera.send(start + attempt * FRAME)
            if graph.spin_until(lambda start=start: came(start), 1.0):
                break
        else:
            pytest.fail(f"nothing came out of pass {again}")
        end = start + 5 * S  # colour whose depth was lost fills its queue
        for i in range(3):
            camera.color.publish(color_message(end + i * FRAME))
        stamps = node._active.inputs.color.meter.stamps_ns
        assert graph.spin_until(lambda end=end, seen=stamps: end + 2 * FRAME in seen)
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
