"""OpenVINO gives torch's float32 results, at any size."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from weakref import ref

import pytest
import torch

pytest.importorskip("openvino", reason="openvino is not installed")

import openvino

from bridgenet_ros.engine.artefacts import Artefacts
from bridgenet_ros.engine.backend import BackendOptions, choose_backend
from bridgenet_ros.engine.openvino import CACHED_SIZES, OpenVinoNetwork, _Key, cpu_has
from bridgenet_ros.engine.precision import precision_name
from bridgenet_ros.errors import ConfigError
from bridgenet_ros.network.bridgenet import BridgeNet

TOLERANCE = 1e-5
"""Of the value range, which is 1."""


def inputs(height: int, width: int, seed: int = 0) -> tuple[torch.Tensor, ...]:
    draw = torch.Generator().manual_seed(seed)
    image = torch.rand(1, 3, height, width, generator=draw)
    depth = torch.rand(1, 1, height, width, generator=draw)
    return image, depth, (depth > 0.1).float()


def compile_network(
    network: BridgeNet, artefacts: Artefacts, precision: str = "float32"
) -> OpenVinoNetwork:
    options = BackendOptions(name="openvino", precision=precision, threads=1, artefacts=artefacts)
    compiled = choose_backend(network, torch.device("cpu"), options).network
    assert isinstance(compiled, OpenVinoNetwork)
    return compiled


@pytest.fixture
def compiled(trained: BridgeNet, artefacts: Artefacts) -> Iterator[OpenVinoNetwork]:
    before = torch.get_num_threads()
    yield compile_network(trained, artefacts)
    torch.set_num_threads(before)


def refuse(monkeypatch: pytest.MonkeyPatch, owner: object, *names: str) -> None:
    """Fail the test where one of these functions of ``owner`` is called from now on."""
    for name in names:

        def fail(*_: object, _name: str = name, **__: object) -> None:
            pytest.fail(f"{_name} is called again")

        monkeypatch.setattr(owner, name, fail)


def computed(network: OpenVinoNetwork, size: int = 48, *, estimate: bool = False) -> list[bytes]:
    outputs = network(*inputs(size, size), estimate=estimate)
    return [tensor.numpy().tobytes() for tensor in outputs if tensor is not None]


def test_the_network_is_traced_once_for_all_starts(
    trained: BridgeNet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """torch never frees what it has traced: a node that is activated again would grow."""
    computed(compile_network(trained, Artefacts(tmp_path)), 32)
    refuse(monkeypatch, torch.jit, "trace")
    computed(compile_network(trained, Artefacts(tmp_path)), 48)
    assert len(list(tmp_path.iterdir())) == 3  # the model, and a compiled one for each size


@pytest.mark.parametrize("estimate", [False, True])
def test_a_size_is_compiled_once_for_all_starts(
    trained: BridgeNet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, estimate: bool
) -> None:
    fresh = compile_network(trained, Artefacts(tmp_path))
    expected = computed(fresh, estimate=estimate)
    refuse(monkeypatch, openvino.Core, "compile_model", "read_model")
    kept = compile_network(trained, Artefacts(tmp_path))
    assert computed(kept, estimate=estimate) == expected
    assert len(expected) == 1 + estimate
    assert options_of(kept) == options_of(fresh)


def options_of(network: OpenVinoNetwork) -> dict[str, object]:
    """What its one compiled model says of itself."""
    (key,) = network._requests
    request = network._requests.get(key)
    assert request is not None
    model = request.get_compiled_model()
    return {name: model.get_property(name) for name in network._options}


def test_a_kept_model_computes_as_it_is_asked_to(trained: BridgeNet, tmp_path: Path) -> None:
    computed(compile_network(trained, Artefacts(tmp_path)))
    kept = compile_network(trained, Artefacts(tmp_path))
    computed(kept)
    assert options_of(kept) == {
        "PERFORMANCE_HINT": "LATENCY",
        "NUM_STREAMS": 1,
        "ENABLE_CPU_PINNING": False,
        "INFERENCE_PRECISION_HINT": openvino.Type.f32,
        "INFERENCE_NUM_THREADS": 1,
    }


def test_a_kept_model_is_named_by_all_that_it_depends_on(
    trained: BridgeNet, artefacts: Artefacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = _Key(48, 64, False)

    def name(key: _Key = size, threads: int = 1) -> frozenset[tuple[str, str]]:
        options = BackendOptions(name="openvino", threads=threads, artefacts=artefacts)
        network = choose_backend(trained, torch.device("cpu"), options).network
        assert isinstance(network, OpenVinoNetwork)
        return frozenset(network._description(key).items())

    assert name() == name()
    names = [name(), name(_Key(64, 48, False)), name(_Key(48, 64, True)), name(threads=2)]
    names.append(name(threads=0))
    with monkeypatch.context() as patch:
        patch.setattr(openvino, "__version__", "another")
        names.append(name())
    with monkeypatch.context() as patch:
        patch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "another")
        names.append(name())
    trained.get_parameter("dsr.out.weight").data[0, 0] += 1e-6
    names.append(name())
    assert len(set(names)) == len(names)
    assert dict(names[0])["INFERENCE_PRECISION_HINT"] == "f32"
    assert openvino.Core().get_property("CPU", "FULL_DEVICE_NAME") in dict(names[0]).values()


def test_a_kept_model_of_no_use_is_compiled_again(
    trained: BridgeNet, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    network = compile_network(trained, Artefacts(tmp_path))
    expected = computed(network)
    # As intact as a model of another CPU or of another OpenVINO is.
    Artefacts(tmp_path).keep(network._description(_Key(48, 48, False)), b"of no use")
    again = compile_network(trained, Artefacts(tmp_path))
    with caplog.at_level(logging.WARNING):
        assert computed(again) == expected
    (line,) = caplog.messages
    assert "48x48 on disk is of no use here and is compiled again" in line
    assert "\n" not in line
    caplog.clear()
    assert computed(compile_network(trained, Artefacts(tmp_path))) == expected
    assert not caplog.messages


def test_a_model_that_cannot_be_kept_runs(
    trained: BridgeNet,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("no\nexport")

    with monkeypatch.context() as patch:
        patch.setattr(openvino.CompiledModel, "export_model", fail)
        found = computed(compile_network(trained, Artefacts(tmp_path)))
    assert caplog.messages == ["the model for 48x48 is not kept for the next start: no export"]
    assert len(list(tmp_path.iterdir())) == 1
    assert found == computed(compile_network(trained, Artefacts(tmp_path)))


def test_its_memory_does_not_wait_for_the_collector(
    trained: BridgeNet, artefacts: Artefacts
) -> None:
    one = compile_network(trained, artefacts)
    one(*inputs(64, 64), estimate=False)
    gone, requests = ref(one), ref(one._requests)
    del one
    assert (gone(), requests()) == (None, None)


@pytest.mark.parametrize("size", [(64, 64), (48, 80), (16, 16), (240, 320)])
def test_both_outputs_agree_with_torch(
    trained: BridgeNet, compiled: OpenVinoNetwork, size: tuple[int, int]
) -> None:
    frame = inputs(*size)
    with torch.inference_mode():
        expected, found = trained(*frame, estimate=True), compiled(*frame, estimate=True)
    assert (found.sr - expected.sr).abs().max() < TOLERANCE
    assert (found.mde - expected.mde).abs().max() < TOLERANCE


def test_depth_alone_is_the_depth_of_both(compiled: OpenVinoNetwork) -> None:
    frame = inputs(64, 64)
    alone = compiled(*frame, estimate=False)
    assert alone.mde is None
    sr = alone.sr.clone()
    assert (compiled(*frame, estimate=True).sr - sr).abs().max() < TOLERANCE


def test_same_input_gives_the_same_bits(compiled: OpenVinoNetwork) -> None:
    frame = inputs(64, 64)
    first = compiled(*frame, estimate=False).sr.clone()
    compiled(*inputs(64, 64, seed=1), estimate=False)
    assert torch.equal(compiled(*frame, estimate=False).sr, first)


def test_compiled_sizes_are_bounded_in_memory_and_on_disk(
    trained: BridgeNet, tmp_path: Path
) -> None:
    """A stream whose sizes never repeat must not push everything else out of the folder."""
    network, folder = compile_network(trained, Artefacts(tmp_path)), Artefacts(tmp_path)
    widths = [32 + 16 * i for i in range(CACHED_SIZES + 1)]
    for width in widths:
        network(*inputs(32, width), estimate=False)
    assert [key.width for key in network._requests] == widths[1:]
    names = {width: network._description(_Key(32, width, False)) for width in widths}
    assert [w for w, name in names.items() if folder.find(name) is not None] == widths[:-1]


@pytest.mark.skipif(sys.platform != "linux", reason="looks at the threads in /proc")
@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="one core")
def test_no_thread_is_tied_to_one_core(compiled: OpenVinoNetwork) -> None:
    # Two processes of one thread each were both tied to the first core, and ran at half speed.
    frame, allowed = inputs(240, 320), os.sched_getaffinity(0)
    compiled(*frame, estimate=False)
    with ThreadPoolExecutor(1) as watcher:
        done = threading.Event()
        seen = watcher.submit(affinities, done)
        for _ in range(20):
            compiled(*frame, estimate=False)
        done.set()
    assert seen.result() == {frozenset(allowed)}


def affinities(done: threading.Event) -> set[frozenset[int]]:
    """The sets of cores that threads of this process were tied to, until ``done``."""
    found: set[frozenset[int]] = set()
    while not done.wait(0.002):
        for task in Path("/proc/self/task").iterdir():
            with suppress(ProcessLookupError):  # it ended meanwhile
                found.add(frozenset(os.sched_getaffinity(int(task.name))))
    return found


def test_a_network_freed_by_another_thread_leaves_signals_alone(tmp_path: Path) -> None:
    code = """
import signal, sys, threading
from pathlib import Path
from bridgenet_ros.engine.artefacts import Artefacts
from bridgenet_ros.engine.openvino import OpenVinoNetwork
from bridgenet_ros.network.bridgenet import BridgeNet
from bridgenet_ros.network.topology import PRESETS
network = BridgeNet(PRESETS["tiny"])
held = [OpenVinoNetwork(network, lambda estimate: b"", Artefacts(Path(sys.argv[1])), {}, 1)]
thread = threading.Thread(target=held.clear)
thread.start()
thread.join()
signal.signal(signal.SIGINT, lambda *_: print("handled"))
signal.raise_signal(signal.SIGINT)
"""
    words = [sys.executable, "-c", code, str(tmp_path)]
    root = str(Path(__file__).parents[2])
    ended = subprocess.run(
        words,
        env={**os.environ, "PYTHONPATH": root},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (0, "handled\n"), ended.stderr


def test_inputs_in_any_memory_format_are_accepted(compiled: OpenVinoNetwork) -> None:
    frame = inputs(64, 64)
    expected = compiled(*frame, estimate=False).sr.clone()
    other = [t.contiguous(memory_format=torch.channels_last) for t in frame]
    assert torch.equal(compiled(*other, estimate=False).sr, expected)


@pytest.mark.parametrize(
    ("dtype", "capability"), [(torch.bfloat16, "BF16"), (torch.float16, "FP16")]
)
def test_half_precision_is_for_cpus_that_have_it(
    trained: BridgeNet, artefacts: Artefacts, dtype: torch.dtype, capability: str
) -> None:
    precision = precision_name(dtype)
    present = capability in openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    assert cpu_has(dtype) == present
    if not present:
        with pytest.raises(ConfigError, match="this CPU has no instructions for it"):
            compile_network(trained, artefacts, precision)
        return
    frame = inputs(64, 64)
    found = compile_network(trained, artefacts, precision)(*frame, estimate=False)
    with torch.inference_mode():
        assert 0 < (found.sr - trained(*frame, estimate=False).sr).abs().max() < 0.02
