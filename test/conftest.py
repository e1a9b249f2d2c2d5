"""What every test shares: seeds, threads, a tiny frame, the data folder, a ROS domain."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from ros_domain import claim_domain

# Before torch, numpy or a ROS middleware read them. One thread is repeatable and leaves room
# for the processes that some tests start; the domain keeps tests away from a running robot.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ["ROS_DOMAIN_ID"] = str(claim_domain())
os.environ["ROS_AUTOMATIC_DISCOVERY_RANGE"] = "LOCALHOST"
# Compiled networks: a user's own are not to make room for those of the tests.
os.environ["XDG_CACHE_HOME"] = f"{tempfile.gettempdir()}/bridgenet_ros_tests_{os.getuid()}"

import hypothesis
import numpy as np
import pytest
from frames import make_frame

from bridgenet_ros.frame import RgbdFrame

SEED = 7

# Time limits of single examples fail on a busy machine without anything being wrong.
hypothesis.settings.register_profile(
    "bridgenet",
    deadline=None,
    derandomize="CI" in os.environ,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("bridgenet")


# Their processes and DDS discovery wait for a scheduler that no test controls.
SECOND_CHANCE = ("ros", "demo", "launch")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip the tests marked ``gpu`` where torch finds no CUDA device.

    Tests of live processes are run a second time when they fail, where the plugin is installed;
    the summary counts such reruns.
    """
    if config.pluginmanager.hasplugin("rerunfailures"):
        here = Path(__file__).resolve().parent
        for item in items:
            if item.path.is_relative_to(here) and item.path.relative_to(here).parts[0] in (
                SECOND_CHANCE
            ):
                item.add_marker(pytest.mark.flaky(reruns=1))
    marked = [item for item in items if item.get_closest_marker("gpu")]
    if marked and not _has_gpu():
        for item in marked:
            item.add_marker(pytest.mark.skip(reason="no CUDA device"))


def _has_gpu() -> bool:
    import torch

    return torch.cuda.is_available()


@pytest.fixture(autouse=True)
def _seed() -> None:
    """Seed torch, where a test has loaded it; numpy is seeded by `rng`."""
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(SEED)


@pytest.fixture
def torch_threads() -> Iterator[None]:
    """Give torch the threads back that it had before the test."""
    import torch

    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.fixture
def rng() -> np.random.Generator:
    """A seeded random generator."""
    return np.random.default_rng(SEED)


@pytest.fixture
def tiny_frame(rng: np.random.Generator) -> RgbdFrame:
    """Colour 32x24 and depth 8x6 in millimetres: a slope from 1 to 2 m with one hole."""
    depth = np.linspace(1000, 2000, 48).reshape(6, 8).astype(np.uint16)
    depth[2, 3] = 0
    rgb = rng.integers(0, 256, (24, 32, 3), dtype=np.uint8)
    frame_id = "camera_color_optical_frame"
    return make_frame(rgb, depth, stamp_ns=1_000_000_000, frame_id=frame_id)


@pytest.fixture
def data_folder() -> Path:
    """The folder of real data: ``BRIDGENET_DATA``, or ``shared/data`` beside the repository."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = Path(os.environ.get("BRIDGENET_DATA", beside))
    if not folder.is_dir():
        pytest.skip(f"no real data in {folder}; set BRIDGENET_DATA")
    return folder
