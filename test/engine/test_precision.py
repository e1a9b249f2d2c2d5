"""The number type, and what half precision does to the answer."""

from __future__ import annotations

import pytest
import torch

from bridgenet_ros.engine.optimise import optimise_for_inference
from bridgenet_ros.engine.precision import PRECISIONS, choose_precision, precision_name
from bridgenet_ros.errors import ConfigError
from bridgenet_ros.network.bridgenet import BridgeNet

CPU, GPU = torch.device("cpu"), torch.device("cuda", 0)


@pytest.mark.parametrize(
    ("name", "capability", "chosen"),
    [
        ("auto", (6, 1), torch.float32),
        ("auto", (7, 2), torch.float16),
        ("auto", (9, 0), torch.float16),
        ("float32", (9, 0), torch.float32),
        ("float16", (6, 1), torch.float16),
        ("bfloat16", (8, 7), torch.bfloat16),
    ],
)
def test_a_gpu_s_generation_decides(
    monkeypatch: pytest.MonkeyPatch, name: str, capability: tuple[int, int], chosen: torch.dtype
) -> None:
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _: capability)
    assert choose_precision(name, GPU) is chosen


def test_bfloat16_on_a_gpu_without_it_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _: (7, 5))
    with pytest.raises(ConfigError, match=r"compute capability 7\.5; expected 8\.0 or later"):
        choose_precision("bfloat16", GPU)


def test_a_cpu_computes_in_float32_unless_told() -> None:
    assert choose_precision("auto", CPU) is torch.float32
    assert choose_precision("bfloat16", CPU) is torch.bfloat16


def test_an_unknown_precision_is_named() -> None:
    with pytest.raises(ConfigError, match="'int4'; expected one of auto, float32, float16"):
        choose_precision("int4", CPU)


@pytest.mark.parametrize("name", ["auto", "int8"])
def test_weights_that_have_learnt_int8_compute_in_it(name: str) -> None:
    assert choose_precision(name, CPU, int8_weights=True) is torch.int8


@pytest.mark.parametrize(
    ("name", "device", "learnt", "problem"),
    [
        ("int8", CPU, False, "'int8', which these weights have not learnt; expected auto or flo"),
        ("float32", CPU, True, "'float32', and these weights compute in int8; expected auto or"),
        ("int8", GPU, True, "'int8', which is for CPUs; the device is cuda:0"),
    ],
)
def test_int8_needs_weights_and_a_cpu(
    name: str, device: torch.device, learnt: bool, problem: str
) -> None:
    with pytest.raises(ConfigError, match=problem):
        choose_precision(name, device, int8_weights=learnt)


def test_names_come_back() -> None:
    chosen = [choose_precision(n, CPU, int8_weights=n == "int8") for n in PRECISIONS[1:]]
    assert [precision_name(dtype) for dtype in chosen] == list(PRECISIONS[1:])


@torch.inference_mode()
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_rounds_only_what_is_added_to_the_input(
    trained: BridgeNet, dtype: torch.dtype
) -> None:
    depth = torch.linspace(0.1, 0.9, 64 * 64).reshape(1, 1, 64, 64)
    frame = torch.rand(1, 3, 64, 64), depth, torch.ones_like(depth)
    half = optimise_for_inference(trained, dtype)
    expected, found = trained(*frame, estimate=True), half(*frame, estimate=True)
    assert found.sr.dtype is found.mde.dtype is torch.float32
    assert half.dtype is dtype
    correction = (expected.sr - depth).abs().max()
    error = (found.sr - expected.sr).abs().max()
    # The input itself would lose half a step of 1 near 0.9: 2.4e-4, or 2e-3 in bfloat16.
    assert 0 < error < 0.1 * correction
    assert (found.mde - expected.mde).abs().max() < 0.02
