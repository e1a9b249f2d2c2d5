"""Float maps, in both byte orders and with any scale."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from tiny_datasets import pfm_bytes

from bridgenet_ros.data.pfm import read_pfm
from bridgenet_ros.errors import DatasetError


@pytest.mark.parametrize(("scale", "order"), [("-0.003922", "<"), ("1", ">"), ("-1.000000", "<")])
def test_the_lower_row_comes_first_and_the_scale_changes_nothing(
    tmp_path: Path, scale: str, order: str
) -> None:
    pixels = struct.pack(f"{order}6f", 1, 2, 3, 4, 5, float("inf"))
    (tmp_path / "a.pfm").write_bytes(f"Pf\n3 2\n{scale}\n".encode() + pixels)
    values = read_pfm(tmp_path / "a.pfm")
    assert values.dtype == np.float32
    assert values.tolist() == [[4, 5, np.inf], [1, 2, 3]]


@given(
    values=arrays.arrays(
        np.float32,
        arrays.array_shapes(min_dims=2, max_dims=2, max_side=5),
        elements=st.floats(width=32),
    ),
    scale=st.sampled_from(["-1", "1.0", "-3.9e-3", "+0.5"]),
)
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, values: np.ndarray, scale: str
) -> None:
    path = tmp_path_factory.mktemp("pfm") / "a.pfm"
    path.write_bytes(pfm_bytes(values, scale))
    np.testing.assert_array_equal(read_pfm(path), values)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"PF\n1 1\n-1\n" + bytes(12), "expected the header of a one-channel PFM"),
        (b"Pf\n1 x\n-1\n" + bytes(4), "expected the header"),
        (b"", "starts with b''"),
        (b"Pf\n2 2\n-1\n" + bytes(15), "15 bytes of pixels; expected 16 for 2x2"),
        (b"Pf\n0 2\n-1\n", "0 bytes of pixels; expected 0 for 0x2"),
    ],
)
def test_other_files_are_refused_by_name(tmp_path: Path, raw: bytes, words: str) -> None:
    (tmp_path / "a.pfm").write_bytes(raw)
    with pytest.raises(DatasetError, match=rf"a\.pfm: .*{words}"):
        read_pfm(tmp_path / "a.pfm")


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"a\.pfm: No such file"):
        read_pfm(tmp_path / "a.pfm")
