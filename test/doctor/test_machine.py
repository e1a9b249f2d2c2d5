"""What the machine is found to have, here with doubles for what it may lack."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from untrained import untrained_card

from bridgenet_ros.config import ModelConfig
from bridgenet_ros.doctor import machine
from bridgenet_ros.doctor.finding import Status
from bridgenet_ros.doctor.machine import (
    check_backend,
    check_device,
    check_middleware,
    check_python,
    check_weights,
)
from bridgenet_ros.network.bridgenet import BridgeNet
from bridgenet_ros.network.topology import PRESETS
from bridgenet_ros.network.weights import save_weights


def test_python_and_torch() -> None:
    (python,) = check_python(lambda _: True)
    assert python.status is Status.OK
    _, missing = check_python(lambda name: name != "torch")
    assert (missing.status, missing.what) == (
        Status.ERROR,
        "torch is not installed for this Python",
    )


def test_a_cpu(tmp_path: Path) -> None:
    (found,) = check_device(ModelConfig(device="cpu"), tmp_path)
    assert found.status is Status.OK
    assert found.what.endswith("on the CPU")


@pytest.mark.skipif(torch.cuda.is_available(), reason="torch sees a GPU")
def test_a_gpu_that_torch_does_not_see(tmp_path: Path) -> None:
    (found,) = check_device(ModelConfig(), tmp_path)
    assert found.status is Status.WARNING
    assert found.what.endswith("though there is an NVIDIA driver")
    (found,) = check_device(ModelConfig(), tmp_path / "none")
    assert found.status is Status.OK


def test_a_device_that_is_not_there() -> None:
    (found,) = check_device(ModelConfig(device="cuda:99"))
    assert found.status is Status.ERROR
    assert "model.device is 'cuda:99'" in found.what
    (found,) = check_backend(ModelConfig(device="cuda:99"))
    assert found.status is Status.ERROR


def test_back_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    (found,) = check_backend(ModelConfig(device="cpu", backend="torch"))
    assert found.status is Status.NOTE
    assert found.what.startswith("back end torch; installed: torch")
    (found,) = check_backend(ModelConfig(device="cpu", backend="tensorrt"))
    assert found.status is Status.ERROR


@pytest.fixture
def untrained(tmp_path: Path) -> Path:
    path = tmp_path / "mine.safetensors"
    card = untrained_card(4, 8)
    save_weights(path, BridgeNet(PRESETS["tiny"]), card)
    return path


def test_weights(untrained: Path) -> None:
    (found,), scales = check_weights(ModelConfig(weights=str(untrained)))
    assert found.status is Status.WARNING
    assert found.what == (
        "weights tiny (mine.safetensors), sha256 as its card says, licence: Apache-2.0, not trained"
    )
    assert scales == (4, 8)


def test_damaged_weights(untrained: Path) -> None:
    untrained.write_bytes(untrained.read_bytes()[:-1] + b"?")
    (found,), scales = check_weights(ModelConfig(weights=str(untrained)))
    assert (found.status, scales) == (Status.ERROR, ())
    assert "its card expects" in found.what


def test_middleware(tmp_path: Path) -> None:
    buffer = tmp_path / "rmem_max"
    buffer.write_text("212992\n")
    environment = {"ROS_DISTRO": "jazzy", "ROS_DOMAIN_ID": "7"}
    where, shared_memory, sockets = check_middleware("rmw_fastrtps_cpp", environment, buffer)
    assert where.what == "ROS 2 jazzy, rmw_fastrtps_cpp, domain 7, discovery SUBNET"
    assert "FASTRTPS_DEFAULT_PROFILES_FILE" in shared_memory.advice
    assert sockets.what == "sockets buffer 212992 bytes at most (net.core.rmem_max)"


def test_middleware_with_nothing_to_say(tmp_path: Path) -> None:
    environment = {"ROS_LOCALHOST_ONLY": "1"}
    (found,) = check_middleware("rmw_cyclonedds_cpp", environment, tmp_path / "none")
    assert found.what == (
        "ROS 2 from Python wheels, rmw_cyclonedds_cpp, domain 0, discovery LOCALHOST"
    )
    assert machine.LEAST_BUFFER > 212992
