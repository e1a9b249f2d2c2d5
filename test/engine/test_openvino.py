"""OpenVINO gives torch's float32 results, at any size."""

from __future__ import annotations

import os
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
from bridgenet_ros.engine.openvino import CACHED_SIZES, OpenVinoNetwork
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


def test_the_network_is_traced_once_for_all_starts(
    trained: BridgeNet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """torch never frees what it has traced: a node that is activated again would grow."""
    frame, folder = inputs(64, 64), Artefacts(tmp_path)
    first = compile_network(trained, folder)(*frame, estimate=True)
    assert len(list(tmp_path.iterdir())) == 1

    def trace(*_: object, **__: object) -> None:
        pytest.fail("traced again")

    monkeypatch.setattr(torch.jit, "trace", trace)
    again = compile_network(trained, folder)(*frame, estimate=True)
    assert torch.equal(again.sr, first.sr)
    assert torch.equal(again.mde, first.mde)


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


def test_compiled_sizes_are_bounded_and_the_oldest_goes_first(compiled: OpenVinoNetwork) -> None:
    for i in range(CACHED_SIZES + 1):
        compiled(*inputs(32, 32 + 16 * i), estimate=False)
    assert [key.width for key in compiled._requests] == [48, 64, 80, 96]


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
    if capability not in openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        with pytest.raises(ConfigError, match="this CPU has no instructions for it"):
            compile_network(trained, artefacts, precision)
        return
    frame = inputs(64, 64)
    found = compile_network(trained, artefacts, precision)(*frame, estimate=False)
    with torch.inference_mode():
        assert 0 < (found.sr - trained(*frame, estimate=False).sr).abs().max() < 0.02
