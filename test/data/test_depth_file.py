"""Depth images as files: what is written is read back."""

from __future__ import annotations

import struct
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from bridgenet_ros.data.depth_file import read_exr, read_npy, write_depth
from bridgenet_ros.data.folder import read_plane
from bridgenet_ros.errors import DatasetError

NAN, INF = float("nan"), float("inf")
DEPTH = np.array([[1.0, 0.0004, NAN], [65.535, 70.0, INF]], np.float32)


@pytest.mark.parametrize(
    ("unit_m", "steps", "lost"),
    [(0.001, [[1000, 0, 0], [65535, 0, 0]], 2), (0.0002, [[5000, 2, 0], [0, 0, 0]], 2)],
)
def test_png_holds_steps_and_counts_what_it_cannot_hold(
    tmp_path: Path, unit_m: float, steps: list[list[int]], lost: int
) -> None:
    path = tmp_path / "a.png"
    assert write_depth(path, DEPTH, unit_m) == lost
    stored = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    assert stored.dtype == np.uint16
    assert stored.tolist() == steps


@pytest.mark.parametrize("kind", ["npy", "exr"])
def test_float_files_hold_metres_bit_for_bit(tmp_path: Path, kind: str) -> None:
    if kind == "exr":
        pytest.importorskip("OpenEXR", reason="OpenEXR is not installed")
    path = tmp_path / f"a.{kind}"
    assert write_depth(path, DEPTH, 0.001) == 0
    stored = read_plane(path)
    assert stored.dtype == np.float32
    expected = np.array([[1.0, 0.0004, 0.0], [65.535, 70.0, 0.0]], np.float32)
    assert stored.tobytes() == expected.tobytes()


def test_an_exr_has_one_channel_named_z(tmp_path: Path) -> None:
    exr = pytest.importorskip("OpenEXR", reason="OpenEXR is not installed")
    write_depth(tmp_path / "a.exr", DEPTH, 0.001)
    with exr.File(str(tmp_path / "a.exr")) as file:
        assert list(file.channels()) == ["Z"]
    magic, version = struct.unpack("<II", (tmp_path / "a.exr").read_bytes()[:8])
    assert (magic, version & 0xFF) == (20000630, 2)


@given(arrays(np.uint16, (3, 4)))
def test_every_step_of_a_png_survives(steps: np.ndarray) -> None:
    for unit_m in (0.001, 0.0002, 0.01):
        with TemporaryDirectory() as folder:
            path = Path(folder) / "a.png"
            assert write_depth(path, steps.astype(np.float32) * np.float32(unit_m), unit_m) == 0
            np.testing.assert_array_equal(read_plane(path), steps)


@pytest.mark.filterwarnings("ignore:Data type alias:DeprecationWarning")
@given(st.integers(0, 127), st.integers(0, 255))
def test_a_damaged_header_is_one_error_or_an_array(place: int, value: int) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.npy"
        write_depth(path, DEPTH, 0.001)
        damaged = bytearray(path.read_bytes())
        damaged[place] = value
        path.write_bytes(damaged)
        try:
            assert read_npy(path).nbytes <= 24
        except DatasetError as error:
            assert "a.npy: " in str(error)  # noqa: PT017 - either is right


def test_cut_and_absurd_arrays_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    write_depth(path, DEPTH, 0.001)
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    with pytest.raises(DatasetError, match="not a NumPy array"):
        read_npy(path)
    path.write_bytes(whole.replace(b"(2, 3), }" + b" " * 10, b"(222222, 333333), }"))
    with pytest.raises(DatasetError, match="not a NumPy array"):
        read_npy(path)
    np.save(path, np.array(["text"]))
    with pytest.raises(DatasetError, match="array of numbers"):
        read_npy(path)


def test_a_cut_or_coloured_exr_is_refused(tmp_path: Path) -> None:
    exr = pytest.importorskip("OpenEXR", reason="OpenEXR is not installed")
    path = tmp_path / "a.exr"
    write_depth(path, np.ones((40, 40), np.float32), 0.001)
    path.write_bytes(path.read_bytes()[:150])
    with pytest.raises(DatasetError, match="not an EXR image"):
        read_exr(path)
    header = {"compression": exr.ZIP_COMPRESSION, "type": exr.scanlineimage}
    planes = {name: np.ones((2, 2), np.float32) for name in "AZ"}
    exr.File(header, planes).write(str(path))
    with pytest.raises(DatasetError, match="has channels A, Z; expected one"):
        read_exr(path)


def test_a_target_that_cannot_be_written_is_an_oserror(tmp_path: Path) -> None:
    pytest.importorskip("OpenEXR", reason="OpenEXR is not installed")
    for kind in ("png", "npy", "exr"):
        with pytest.raises(OSError, match="No such file or directory"):
            write_depth(tmp_path / "nothing" / f"a.{kind}", DEPTH, 0.001)
