"""No GPU without asking torch: what torch is built for, and whether the driver is there."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from bridgenet_ros.engine import no_gpu
from bridgenet_ros.engine.no_gpu import surely_no_gpu

DRIVER = "libc.so.6"
"""A library that loads, in place of the driver's."""


@pytest.fixture
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The ``version.py`` of a torch that is found in place of the installed one."""

    class Spec:
        submodule_search_locations = (str(tmp_path),)

    monkeypatch.setattr(no_gpu, "find_spec", lambda _: Spec)
    monkeypatch.setattr(no_gpu.sys, "platform", "linux")
    return tmp_path / "version.py"


def test_it_agrees_with_torch() -> None:
    assert not (surely_no_gpu() and torch.cuda.is_available())


@pytest.mark.parametrize(
    ("constants", "driver", "expected"),
    [
        ("cuda = None\nhip = None", DRIVER, True),
        ("cuda = '13.0'\nhip = None", DRIVER, False),
        ("cuda = '13.0'\nhip = None", "libnone-such.so.1", True),
        ("cuda = None\nhip = '7.0'", "libnone-such.so.1", False),
        ("cuda = None", "libnone-such.so.1", False),
        ("hip = None", "libnone-such.so.1", False),
    ],
)
def test_builds_for_no_gpu_and_a_missing_driver_are_told(
    build: Path, monkeypatch: pytest.MonkeyPatch, constants: str, driver: str, expected: bool
) -> None:
    build.write_text(constants)
    monkeypatch.setattr(no_gpu, "_DRIVER", driver)
    assert surely_no_gpu() is expected


def test_elsewhere_than_on_linux_the_driver_has_other_names(
    build: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build.write_text("cuda = '13.0'\nhip = None")
    monkeypatch.setattr(no_gpu, "_DRIVER", "libnone-such.so.1")
    monkeypatch.setattr(no_gpu.sys, "platform", "win32")
    assert not surely_no_gpu()


def test_a_torch_that_says_nothing_or_is_missing_is_left_to_torch(
    build: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not build.exists()
    assert not surely_no_gpu()
    monkeypatch.setattr(no_gpu, "find_spec", lambda _: None)
    assert not surely_no_gpu()
