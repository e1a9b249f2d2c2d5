"""A file is hashed while it grows."""

from __future__ import annotations

import threading
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from bridgenet_ros.checksum import file_sha256
from bridgenet_ros.offline.growing_file import GrowingFile


@pytest.mark.parametrize("pieces", [[], [b"a"], [b"x" * 3_000_000, b"", b"y" * 10]])
def test_the_checksum_is_that_of_the_whole_file(tmp_path: Path, pieces: list[bytes]) -> None:
    path = tmp_path / "grows"
    with path.open("wb", buffering=0) as stream, closing(GrowingFile(path)) as growing:
        for piece in pieces:
            stream.write(piece)
        assert growing.sha256() == file_sha256(path)


def test_a_slow_writer_and_a_new_name_change_nothing(
    tmp_path: Path, rng: np.random.Generator
) -> None:
    path, renamed = tmp_path / "grows", tmp_path / "whole"
    with path.open("wb", buffering=0) as stream, closing(GrowingFile(path)) as growing:
        for _ in range(5):
            stream.write(rng.bytes(200_000))
            threading.Event().wait(0.02)
        path.rename(renamed)
        stream.write(b"the end")
        assert growing.sha256() == file_sha256(renamed)


def test_leaving_without_asking_ends_the_thread(tmp_path: Path) -> None:
    path = tmp_path / "grows"
    path.write_bytes(b"cut")
    before = threading.active_count()
    with closing(GrowingFile(path)):
        assert threading.active_count() == before + 1
    assert threading.active_count() == before


def test_a_file_that_is_not_there_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        GrowingFile(tmp_path / "nothing")
