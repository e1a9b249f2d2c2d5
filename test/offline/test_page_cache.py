"""What is let go is on the disk, unchanged, and out of memory."""

from __future__ import annotations

import ctypes
import mmap
import os
from pathlib import Path

import numpy as np
import pytest

from bridgenet_ros.offline import growing_file
from bridgenet_ros.offline.growing_file import GrowingFile
from bridgenet_ros.offline.page_cache import let_go, let_go_file

SIZE = 1 << 22


def pages_in_memory(path: Path) -> int:
    """By mincore(2)."""
    libc = ctypes.CDLL(None, use_errno=True)
    with path.open("r+b") as stream, mmap.mmap(stream.fileno(), 0) as mapped:
        pages = -(-len(mapped) // mmap.PAGESIZE)
        states = (ctypes.c_ubyte * pages)()
        start = ctypes.c_char.from_buffer(mapped)
        failed = libc.mincore(ctypes.c_void_p(ctypes.addressof(start)), len(mapped), states)
        del start
    assert not failed
    return sum(state & 1 for state in states)


@pytest.fixture
def written(tmp_path: Path, rng: np.random.Generator) -> tuple[Path, bytes]:
    path, content = tmp_path / "written", rng.bytes(SIZE)
    path.write_bytes(content)
    return path, content


@pytest.fixture
def _disk(written: tuple[Path, bytes]) -> None:
    path, _ = written
    with path.open("rb") as stream:
        os.fdatasync(stream.fileno())
        os.posix_fadvise(stream.fileno(), 0, SIZE, os.POSIX_FADV_DONTNEED)
    if pages_in_memory(path):
        pytest.skip("the temporary folder is in memory")
    path.write_bytes(written[1])


@pytest.mark.usefixtures("_disk")
def test_a_file_that_is_let_go_is_out_of_memory(written: tuple[Path, bytes]) -> None:
    path, content = written
    assert pages_in_memory(path) == SIZE // mmap.PAGESIZE
    let_go_file(path)
    assert pages_in_memory(path) == 0
    assert path.read_bytes() == content


@pytest.mark.usefixtures("_disk")
def test_the_rest_of_a_file_stays(written: tuple[Path, bytes]) -> None:
    path, _ = written
    with path.open("rb") as stream:
        let_go(stream.fileno(), SIZE // 2)
    # Pages go in groups, and one may reach across the middle.
    assert pages_in_memory(path) >= SIZE // 2 // mmap.PAGESIZE


@pytest.mark.usefixtures("_disk")
def test_a_growing_file_leaves_memory_behind_its_hash(
    written: tuple[Path, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, _ = written
    monkeypatch.setattr(growing_file, "_LET_GO", SIZE // 4)
    growing = GrowingFile(path)
    growing.sha256()
    growing.close()
    assert pages_in_memory(path) == 0


def test_a_file_that_is_gone_is_no_error(tmp_path: Path) -> None:
    let_go_file(tmp_path / "nothing")
