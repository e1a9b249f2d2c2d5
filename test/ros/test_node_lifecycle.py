"""What the node holds in each state, and what a transition that fails leaves behind."""

from __future__ import annotations

import gc
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from weakref import ref

import numpy as np
import pytest
import torch
from diagnostic_msgs.msg import DiagnosticArray
from rclpy.parameter import Parameter
from ros_graph import Camera, Graph
from sensor_msgs.msg import Image

from bridgenet_ros import live_worker
from bridgenet_ros.frame import DepthResult
from bridgenet_ros.pipeline import PendingFrame, Pipeline
from bridgenet_ros.ros import activation
from bridgenet_ros.ros.messages import stamp_to_ns
from bridgenet_ros.ros.node import BridgeNetNode
from bridgenet_ros.ros.results import Results

T0 = 1_700_000_000_123_456_789
FRAME = 33_333_333
ATTEMPTS = 20
PATIENCE_S = 20.0
MODELS = Path(__file__).resolve().parents[2] / "models"


@pytest.fixture
def trained(tmp_path: Path) -> Path:
    """Weights whose depth depends on all of them, and that a test may take away."""
    for file in MODELS.glob("tiny.*"):
        shutil.copy(file, tmp_path)
    return tmp_path / "tiny.safetensors"


class Peers:
    """A camera, and what the node publishes."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.images: list[Image] = []
        self.reports: list[DiagnosticArray] = []
        graph.peer.create_subscription(Image, "sr/depth/image", self.images.append, 10)
        graph.peer.create_subscription(DiagnosticArray, "/diagnostics", self.reports.append, 1)
        self.camera = Camera(graph)

    def depth(self, stamp_ns: int) -> bytes:
        """What comes out for one frame, always the same one.

        It is sent until something comes: what is sent to a subscription that has just been
        replaced is lost.
        """
        depth = np.random.default_rng(0).integers(1000, 4000, (6, 8)).astype(np.uint16)
        for attempt in range(ATTEMPTS):
            self.camera.send(stamp_ns + attempt * FRAME, depth)
            if self.graph.spin_until(lambda: self._newest_ns() >= stamp_ns, 1.0):
                return bytes(self.images[-1].data)
        pytest.fail("nothing came out")

    def _newest_ns(self) -> int:
        return stamp_to_ns(self.images[-1].header.stamp) if self.images else 0

    def told(self, state: str) -> bool:
        """Whether the reports come to say so; one of before may still be under way."""
        return self.graph.spin_until(lambda: self._values().get("state") == state)

    def _values(self) -> dict[str, str]:
        if not self.reports:
            return {}
        values = {kv.key: kv.value for kv in self.reports[-1].status[0].values}
        assert values["preset"] == "tiny"  # known whether it is loaded or not
        return values


def weights_of(node: BridgeNetNode) -> list[ref[torch.Tensor]]:
    """The tensors of the network that the node holds."""
    assert node._pipeline is not None
    program = node._pipeline._keeper.built.engine._program  # type: ignore[attr-defined]
    return [] if program is None else [ref(p) for p in program.parameters()]


def test_deactivating_frees_the_model_and_activating_brings_it_back(
    graph: Graph, trained: Path
) -> None:
    node = graph.start(model__weights=str(trained), diagnostics__period=0.1)
    peers = Peers(graph)
    expected = peers.depth(T0)
    for i in (1, 2):
        tensors = weights_of(node)
        assert len(tensors) > 50
        assert node.trigger_deactivate().name == "SUCCESS"
        gc.collect()
        assert [t for t in tensors if t() is not None] == []
        assert peers.told("inactive")
        assert node.trigger_activate().name == "SUCCESS"
        assert peers.told("active")
        assert peers.depth(T0 + i * 10**9) == expected


def test_configuring_loads_the_model_for_the_first_activation(graph: Graph) -> None:
    node = graph.node()
    assert node.trigger_configure().name == "SUCCESS"
    tensors = weights_of(node)
    assert len(tensors) > 50
    assert node.trigger_activate().name == "SUCCESS"
    assert [t() for t in weights_of(node)] == [t() for t in tensors]


def test_a_model_that_cannot_be_loaded_again_leaves_the_node_inactive(
    graph: Graph, trained: Path
) -> None:
    node = graph.start(model__weights=str(trained), diagnostics__period=0.1)
    peers = Peers(graph)
    expected = peers.depth(T0)
    assert node.trigger_deactivate().name == "SUCCESS"
    away = trained.rename(trained.with_suffix(".away"))
    for _ in range(2):
        assert node.trigger_activate().name == "FAILURE"
        assert peers.told("inactive")
        assert node._active is None
    away.rename(trained)
    assert node.trigger_activate().name == "SUCCESS"
    assert peers.depth(T0 + 10**9) == expected


def test_an_activation_that_fails_later_frees_the_model_too(graph: Graph) -> None:
    node = graph.node(**{"qos_overrides./rgb/image.subscription.reliability": "sometimes"})
    assert node.trigger_configure().name == "SUCCESS"
    for _ in range(2):
        tensors = weights_of(node)
        assert node.trigger_activate().name == "FAILURE"
        gc.collect()
        assert [t for t in tensors if t() is not None] == []
        assert node._active is None


def test_settings_of_the_model_stay_fixed_while_it_is_freed(graph: Graph) -> None:
    node = graph.start()
    assert node.trigger_deactivate().name == "SUCCESS"
    (refused,) = node.set_parameters([Parameter("model.device", value="cuda")])
    assert not refused.successful
    assert "clean it up first" in refused.reason
    (live,) = node.set_parameters([Parameter("edge.enable", value=False)])
    assert live.successful
    assert node._pipeline is not None
    assert node._pipeline.settings.edge_threshold == 0
    assert node.trigger_activate().name == "SUCCESS"
    assert node._pipeline.settings.edge_threshold == 0


@pytest.mark.gpu
def test_deactivating_gives_the_gpu_its_memory_back(graph: Graph, trained: Path) -> None:
    node = graph.start(model__weights=str(trained), model__device="cuda")
    peers = Peers(graph)
    peers.depth(T0)
    held = torch.cuda.memory_allocated()
    weights = sum(p.nbytes for t in weights_of(node) if (p := t()) is not None)
    assert node.trigger_deactivate().name == "SUCCESS"
    gc.collect()
    assert held - torch.cuda.memory_allocated() >= weights > 0
    assert node.trigger_activate().name == "SUCCESS"
    assert peers.depth(T0 + 10**9)


@pytest.mark.parametrize(
    ("transition", "owner", "name"),
    [("configure", Results, "open"), ("activate", activation, "Watch")],
)
def test_a_mistake_in_a_transition_is_logged_and_the_node_can_be_configured_again(
    graph: Graph,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    transition: str,
    owner: object,
    name: str,
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("a mistake in the code")

    node = graph.node()
    publishers = len(list(node.publishers))
    with monkeypatch.context() as patched:
        patched.setattr(owner, name, fail)
        results = [node.trigger_configure().name]
        if transition == "activate":
            results.append(node.trigger_activate().name)
    assert results[-1] == "ERROR"
    logged = capfd.readouterr().err
    assert "ZeroDivisionError: a mistake in the code" in logged
    assert "in fail" in logged  # where
    assert (node._active, node._pipeline) == (None, None)
    assert len(list(node.publishers)) == publishers
    assert node.trigger_configure().name == "SUCCESS"
    assert node.trigger_activate().name == "SUCCESS"


class Hang:
    """A network whose first frame ends when the test says so."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.end = threading.Event()

    def wait(self) -> None:
        """The first frame's turn."""
        if not self.begun.is_set():
            self.begun.set()
            assert self.end.wait(PATIENCE_S)


@pytest.fixture
def hang(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hang]:
    """For which nobody waits long."""
    hanging, collect = Hang(), Pipeline.collect

    def collect_late(pipeline: Pipeline, pending: PendingFrame) -> DepthResult:
        hanging.wait()
        return collect(pipeline, pending)

    monkeypatch.setattr(Pipeline, "collect", collect_late)
    monkeypatch.setattr(live_worker, "JOIN_S", 0.05)
    yield hanging
    hanging.end.set()


def workers() -> int:
    return sum(thread.name == "bridgenet-worker" for thread in threading.enumerate())


def test_a_frame_that_does_not_end_is_told_and_keeps_its_model_to_itself(
    graph: Graph, hang: Hang, capfd: pytest.CaptureFixture[str]
) -> None:
    node = graph.start()
    peers = Peers(graph)
    peers.camera.wait()
    peers.camera.send(T0)
    assert graph.spin_until(hang.begun.is_set)
    assert node.trigger_deactivate().name == "SUCCESS"
    assert "has not finished its frame within 60 s" in capfd.readouterr().err
    assert len(weights_of(node)) > 50  # it is being used
    assert node.trigger_activate().name == "FAILURE"
    assert "still computes a frame" in capfd.readouterr().err
    tensors = weights_of(node)
    hang.end.set()
    assert graph.spin_until(lambda: workers() == 0)
    gc.collect()
    assert [t for t in tensors if t() is not None] == []
    assert node.trigger_activate().name == "SUCCESS"
    assert peers.depth(T0 + 10**9)
    assert T0 not in [stamp_to_ns(image.header.stamp) for image in peers.images]
    assert "Traceback" not in capfd.readouterr().err


def test_another_model_runs_beside_a_frame_that_does_not_end(graph: Graph, hang: Hang) -> None:
    node = graph.start()
    peers = Peers(graph)
    peers.camera.wait()
    peers.camera.send(T0)
    assert graph.spin_until(hang.begun.is_set)
    assert node.trigger_deactivate().name == "SUCCESS"
    assert node.trigger_cleanup().name == "SUCCESS"
    assert node.trigger_configure().name == "SUCCESS"
    assert node.trigger_activate().name == "SUCCESS"
    assert peers.depth(T0 + 10**9)
    hang.end.set()
    assert graph.spin_until(lambda: workers() == 1)
    assert peers.depth(T0 + 2 * 10**9)
    assert T0 not in [stamp_to_ns(image.header.stamp) for image in peers.images]


def test_a_node_can_be_destroyed_under_a_frame_that_does_not_end(
    graph: Graph, hang: Hang, capfd: pytest.CaptureFixture[str]
) -> None:
    node = graph.start()
    camera = Camera(graph)
    camera.wait()
    camera.send(T0)
    assert graph.spin_until(hang.begun.is_set)
    graph.executor.remove_node(node)
    node.destroy_node()
    hang.end.set()
    assert graph.spin_until(lambda: workers() == 0)
    logged = capfd.readouterr().err
    assert "has not finished its frame within 60 s" in logged
    assert "Traceback" not in logged
