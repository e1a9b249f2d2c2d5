"""The node end to end in one process: topics, lifecycle, bad input, services, diagnostics."""

from __future__ import annotations

import numpy as np
import pytest
from diagnostic_msgs.msg import DiagnosticArray
from rclpy.qos import QoSProfile, ReliabilityPolicy
from ros_graph import (
    HEIGHT,
    OPTICAL,
    WIDTH,
    Camera,
    Graph,
    color_message,
    depth_message,
    make_header,
)
from sensor_msgs.msg import CameraInfo, Image
from std_srvs.srv import SetBool

from bridgenet_ros.errors import ConfigError

T0 = 1_700_000_000_123_456_789


class Recorder:
    """Collects what the node publishes."""

    def __init__(self, graph: Graph, *, mde: bool = False) -> None:
        self.images: list[Image] = []
        self.infos: list[CameraInfo] = []
        self.estimates: list[Image] = []
        self.reports: list[DiagnosticArray] = []
        peer = graph.peer
        peer.create_subscription(Image, "sr/depth/image", self.images.append, 10)
        peer.create_subscription(CameraInfo, "sr/depth/camera_info", self.infos.append, 10)
        peer.create_subscription(DiagnosticArray, "/diagnostics", self.reports.append, 10)
        if mde:
            peer.create_subscription(Image, "mde/depth/image", self.estimates.append, 10)

    def values(self) -> dict[str, str]:
        """The newest report as a mapping."""
        return {kv.key: kv.value for kv in self.reports[-1].status[0].values}


def matched(graph: Graph, camera: Camera, recorder: Recorder) -> None:
    """Wait until camera, node and recorder have found each other."""
    camera.wait()
    node = graph.nodes[-1]
    assert graph.spin_until(
        lambda: (
            graph.peer.count_publishers("sr/depth/image") > 0
            and node.count_subscribers("sr/depth/image") > 0
        )
    )


def pixels(message: Image) -> np.ndarray:
    """32FC1 or 16UC1 to numpy."""
    dtype = np.float32 if message.encoding == "32FC1" else np.uint16
    return np.frombuffer(message.data, dtype).reshape(message.height, message.width)


def test_output_has_the_colour_stamp_frame_and_size(graph: Graph) -> None:
    graph.start()
    camera, recorder = Camera(graph), Recorder(graph)
    matched(graph, camera, recorder)
    camera.send(T0)
    assert graph.spin_until(lambda: bool(recorder.images and recorder.infos))
    image, info = recorder.images[0], recorder.infos[0]
    assert image.header == make_header(T0)
    assert info.header == make_header(T0)
    assert (image.width, image.height, image.encoding) == (WIDTH, HEIGHT, "32FC1")
    assert image.step == WIDTH * 4
    assert (info.width, info.height, list(info.k)) == (WIDTH, HEIGHT, [50.0] * 9)
    np.testing.assert_allclose(pixels(image), 1.5, atol=1e-4)


def test_estimate_is_published_only_while_someone_subscribes(graph: Graph) -> None:
    graph.start()
    camera, recorder = Camera(graph), Recorder(graph)
    matched(graph, camera, recorder)
    assert not graph.nodes[0]._results.wants_estimate()
    recorder_with_mde = Recorder(graph, mde=True)
    assert graph.spin_until(graph.nodes[0]._results.wants_estimate)
    camera.send(T0)
    assert graph.spin_until(lambda: bool(recorder_with_mde.estimates))
    estimate = recorder_with_mde.estimates[0]
    assert estimate.header == make_header(T0)
    # Untrained, it is the mean depth of 2.8 m; the camera sees 1.5 m.
    np.testing.assert_allclose(pixels(estimate), 1.5, atol=1e-3)


def test_millimetres_have_zero_where_invalid(graph: Graph) -> None:
    graph.start(output__encoding="16UC1")
    camera, recorder = Camera(graph), Recorder(graph)
    matched(graph, camera, recorder)
    depth = np.full((6, 8), 1500, np.uint16)
    depth[0, 0] = 0
    camera.send(T0, depth)
    assert graph.spin_until(lambda: bool(recorder.images))
    result = pixels(recorder.images[0])
    assert result.dtype == np.uint16
    assert (result[:8, :8] == 0).all()
    assert (result[8:] == 1500).all()


@pytest.mark.parametrize("reliability", ["RELIABLE", "BEST_EFFORT"])
def test_subscription_follows_a_publisher_that_appears_later(
    graph: Graph, reliability: str
) -> None:
    node = graph.start()
    camera = Camera(graph, reliability)
    wanted = (reliability.lower(),) * 2
    assert graph.spin_until(lambda: node._active.inputs.reliability == wanted)
    recorder = Recorder(graph)
    matched(graph, camera, recorder)
    camera.send(T0)
    assert graph.spin_until(lambda: bool(recorder.images))


def test_publisher_that_comes_back_with_another_profile_is_followed(graph: Graph) -> None:
    node = graph.start()
    first = Camera(graph, "RELIABLE")
    assert graph.spin_until(lambda: node._active.inputs.reliability == ("reliable",) * 2)
    for publisher in (first.color, first.depth, first.info):
        graph.peer.destroy_publisher(publisher)
    second = Camera(graph, "BEST_EFFORT")
    assert graph.spin_until(lambda: node._active.inputs.reliability == ("best_effort",) * 2)
    recorder = Recorder(graph)
    matched(graph, second, recorder)
    second.send(T0)
    assert graph.spin_until(lambda: bool(recorder.images))


def bad_encoding() -> tuple[Image, Image]:
    return color_message(T0, encoding="8UC3"), depth_message(T0)


def bad_step() -> tuple[Image, Image]:
    color = color_message(T0)
    color.step = 10
    return color, depth_message(T0)


def truncated() -> tuple[Image, Image]:
    color = color_message(T0)
    color.data = color.data[: len(color.data) // 2]
    return color, depth_message(T0)


def zero_size() -> tuple[Image, Image]:
    depth = depth_message(T0)
    depth.width = 0
    return color_message(T0), depth


def all_invalid() -> tuple[Image, Image]:
    return color_message(T0), depth_message(T0, np.zeros((6, 8), np.uint16))


def larger_than_colour() -> tuple[Image, Image]:
    return color_message(T0), depth_message(T0, np.full((96, 128), 1000, np.uint16))


def other_frame() -> tuple[Image, Image]:
    return color_message(T0), depth_message(T0, frame_id="camera_depth_optical_frame")


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (bad_encoding, "encoding"),
        (bad_step, "step"),
        (truncated, "truncated"),
        (zero_size, "size"),
        (all_invalid, "all_invalid"),
        (larger_than_colour, "size"),
        (other_frame, "frame_id"),
    ],
)
def test_bad_frame_is_dropped_and_counted_and_the_node_lives_on(
    graph: Graph, make: object, reason: str
) -> None:
    graph.start(diagnostics__period=0.1)
    camera, recorder = Camera(graph), Recorder(graph)
    matched(graph, camera, recorder)
    color, depth = make()  # type: ignore[operator]
    camera.depth.publish(depth)
    camera.color.publish(color)
    assert graph.spin_until(
        lambda: bool(recorder.reports) and recorder.values().get(f"drops.{reason}") == "1"
    )
    assert not recorder.images
    camera.send(T0 + 1_000_000_000)
    assert graph.spin_until(lambda: bool(recorder.images))


def test_size_change_mid_stream(graph: Graph) -> None:
    graph.start()
    camera, recorder = Camera(graph), Recorder(graph)
    matched(graph, camera, recorder)
    for i, shape in enumerate([(6, 8), (12, 16), (48, 64), (5, 7)]):
        camera.send(T0 + i * 10**8, np.full(shape, 2000, np.uint16))
        assert graph.spin_until(lambda i=i: len(recorder.images) == i + 1)
        np.testing.assert_allclose(pixels(recorder.images[-1]), 2.0, atol=1e-4)


def test_stamp_at_zero_is_counted_and_a_backward_jump_starts_anew(graph: Graph) -> None:
    graph.start(diagnostics__period=0.1)
    camera, recorder = Camera(graph), Recorder(graph)
    matched(graph, camera, recorder)
    camera.send(0)
    assert graph.spin_until(
        lambda: bool(recorder.reports) and recorder.values().get("drops.invalid_stamp") == "2"
    )
    camera.send(T0)
    assert graph.spin_until(lambda: len(recorder.images) == 1)
    camera.send(T0 - 3600 * 10**9)
    assert graph.spin_until(lambda: len(recorder.images) == 2)
    assert recorder.images[1].header == make_header(T0 - 3600 * 10**9)


def test_enable_service_pauses_and_resumes(graph: Graph) -> None:
    graph.start(diagnostics__period=0.1)
    camera, recorder = Camera(graph), Recorder(graph)
    matched(graph, camera, recorder)
    client = graph.peer.create_client(SetBool, "enable")
    assert graph.spin_until(client.service_is_ready)
    paused = client.call_async(SetBool.Request(data=False))
    assert graph.spin_until(paused.done)
    assert paused.result().message == "paused"
    camera.send(T0)
    assert graph.spin_until(
        lambda: bool(recorder.reports) and recorder.values().get("drops.disabled") == "1"
    )
    resumed = client.call_async(SetBool.Request(data=True))
    assert graph.spin_until(resumed.done)
    camera.send(T0 + 10**9)
    assert graph.spin_until(lambda: bool(recorder.images))
    assert recorder.images[0].header == make_header(T0 + 10**9)


def test_diagnostics_say_what_runs_and_that_it_is_untrained(graph: Graph) -> None:
    graph.start(diagnostics__period=0.1)
    camera, recorder = Camera(graph), Recorder(graph)
    matched(graph, camera, recorder)
    camera.send(T0)
    assert graph.spin_until(
        lambda: bool(recorder.reports) and recorder.values().get("frames_out") == "1"
    )
    status, values = recorder.reports[-1].status[0], recorder.values()
    assert status.name == "bridgenet: depth"
    assert "untrained" in status.message
    assert status.level == status.WARN
    assert values["state"] == "active"
    assert values["preset"] == "tiny"
    assert values["trained"] == "false"
    assert values["device"] == "cpu"
    assert values["frames_in"] == "1"
    assert values["drops"] == "0"
    assert float(values["latency_ms_p50"]) > 0
    assert float(values["latency_ms_p99"]) >= float(values["latency_ms_p50"])


def test_lifecycle_round_trip_and_second_life(graph: Graph) -> None:
    node = graph.start()
    assert node.trigger_deactivate().name == "SUCCESS"
    assert node.trigger_cleanup().name == "SUCCESS"
    assert node._pipeline is None
    assert node.trigger_configure().name == "SUCCESS"
    assert node.trigger_activate().name == "SUCCESS"
    camera, recorder = Camera(graph), Recorder(graph)
    matched(graph, camera, recorder)
    camera.send(T0)
    assert graph.spin_until(lambda: bool(recorder.images))


def test_inactive_node_publishes_nothing(graph: Graph) -> None:
    node = graph.start()
    camera, recorder = Camera(graph), Recorder(graph)
    matched(graph, camera, recorder)
    node.trigger_deactivate()
    camera.send(T0)
    assert not graph.spin_until(lambda: bool(recorder.images), deadline_s=0.5)


@pytest.mark.parametrize(
    ("overrides", "state_after"),
    [
        ({"model__weights": "/does/not/exist.safetensors"}, None),
        ({"model__device": "toaster"}, None),
        ({"model__scale": 4}, None),
        ({"model__sha256": "0" * 64}, None),
    ],
)
def test_unusable_model_leaves_the_node_unconfigured(
    graph: Graph, overrides: dict[str, object], state_after: None
) -> None:
    node = graph.node(**overrides)
    assert node.trigger_configure().name == "FAILURE"
    assert node._pipeline is state_after


def test_message_filters_policy_without_message_filters_is_refused(graph: Graph) -> None:
    pytest.importorskip("rclpy")
    try:
        import message_filters  # noqa: F401
    except ImportError:
        node = graph.node(sync__policy="approximate")
        assert node.trigger_configure().name == "SUCCESS"
        assert node.trigger_activate().name == "FAILURE"
    else:
        pytest.skip("message_filters is installed")


@pytest.mark.parametrize(
    "overrides",
    [
        {"sync__slop": 3.0},
        {"sync__slop": "wide"},
        {"output__encoding": "mono8"},
        {"input__depth": 0},
        {"input__min_depth": 5.0, "input__max_depth": 1.0},
    ],
)
def test_parameter_outside_its_range_is_refused_at_the_start(
    graph: Graph, overrides: dict[str, object]
) -> None:
    with pytest.raises(ConfigError, match=next(iter(overrides)).replace("__", ".")):
        graph.node(**overrides)


def test_outputs_are_reliable_and_inputs_keep_five(graph: Graph) -> None:
    node = graph.start()
    camera, recorder = Camera(graph), Recorder(graph)
    matched(graph, camera, recorder)
    (offer,) = node.get_publishers_info_by_topic("/sr/depth/image")
    assert offer.qos_profile.reliability == ReliabilityPolicy.RELIABLE
    assert camera_frame(recorder, camera, graph) == OPTICAL
    assert isinstance(offer.qos_profile, QoSProfile)


def camera_frame(recorder: Recorder, camera: Camera, graph: Graph) -> str:
    """The frame of the next output."""
    camera.send(T0)
    assert graph.spin_until(lambda: bool(recorder.images))
    return str(recorder.images[-1].header.frame_id)
