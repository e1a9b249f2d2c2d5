"""Lanes: no-ops on the CPU, ordered streams on a GPU."""

from __future__ import annotations

import threading

import pytest
import torch

from bridgenet_ros.engine.streams import CpuLanes, CudaLanes, is_integrated, lanes_for

LONG = 200_000_000
"""Clock cycles: about a tenth of a second."""


def test_the_device_decides() -> None:
    assert isinstance(lanes_for(torch.device("cpu")), CpuLanes)
    assert not is_integrated(torch.device("cpu"))


def test_every_cpu_lane_is_the_calling_thread() -> None:
    lanes = CpuLanes()
    seen = []
    for lane in (lanes.copy_in(), lanes.compute(), lanes.copy_out()):
        with lane:
            seen.append(threading.current_thread())
    lanes.mark().wait()
    lanes.synchronize()
    lanes.free_memory()
    assert seen == [threading.current_thread()] * 3


@pytest.mark.gpu
def test_a_gpu_gets_three_streams() -> None:
    lanes = lanes_for(torch.device("cuda"))
    assert isinstance(lanes, CudaLanes)
    streams = []
    for lane in (lanes.copy_in(), lanes.compute(), lanes.copy_out()):
        with lane:
            streams.append(torch.cuda.current_stream().cuda_stream)
    assert len(set(streams)) == 3


@pytest.mark.gpu
def test_each_lane_waits_for_the_one_before() -> None:
    lanes = CudaLanes(torch.device("cuda"))
    value = torch.zeros(1, device="cuda")
    host = torch.zeros(1).pin_memory()
    torch.cuda.synchronize()
    with lanes.copy_in():
        torch.cuda._sleep(LONG)
        value.fill_(1)
    with lanes.compute():
        torch.cuda._sleep(LONG)
        value.mul_(5)
    with lanes.copy_out():
        host.copy_(value, non_blocking=True)
    marker = lanes.mark()
    assert host.item() == 0  # nothing above has waited
    marker.wait()
    assert host.item() == 5


@pytest.mark.gpu
def test_synchronize_waits_for_every_lane() -> None:
    lanes = CudaLanes(torch.device("cuda"))
    value = torch.zeros(1, device="cuda")
    torch.cuda.synchronize()
    with lanes.compute():
        torch.cuda._sleep(LONG)
        value.fill_(3)
    lanes.synchronize()
    assert value.item() == 3
