"""How much disk a run needs, said before and when it runs out."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest
from processors import Constant
from tiny_bags import HEIGHT, START, WIDTH, recording, text, write_bag

from bridgenet_ros.errors import SpaceError
from bridgenet_ros.offline import space
from bridgenet_ros.offline.bag_writer import BagWriter, Compression
from bridgenet_ros.offline.options import ProcessOptions
from bridgenet_ros.offline.process_bag import process_bag
from bridgenet_ros.offline.selection import Selection
from bridgenet_ros.offline.space import check_space


class Usage(NamedTuple):
    """What `shutil.disk_usage` returns."""

    total: int
    used: int
    free: int


def set_free(monkeypatch: pytest.MonkeyPatch, free: int) -> None:
    monkeypatch.setattr(space.shutil, "disk_usage", lambda _: Usage(0, 0, free))


def test_a_run_that_cannot_fit_is_refused_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = write_bag(tmp_path / "in.mcap")
    set_free(monkeypatch, 1000)
    with pytest.raises(SpaceError, match=r"needs about 0\.0 MB, 0\.0 MB are free"):
        process_bag(source, tmp_path / "out.mcap", Constant)
    assert [p.name for p in tmp_path.iterdir()] == ["in.mcap"]
    # Three results twice, as parts and as output, and the copies.
    enough = 2 * 3 * HEIGHT * WIDTH * 4 + source.stat().st_size
    set_free(monkeypatch, enough)
    process_bag(source, tmp_path / "out.mcap", Constant)


@pytest.mark.parametrize(
    "selection",
    [
        Selection(start_s=0.06, duration_s=0.01),
        Selection(exclude=("/big",), duration_s=0.5, every=3),
        Selection(exclude=("/big", "/rgb/*", "/depth/*"), every=3),
    ],
)
def test_a_part_needs_no_room_for_the_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, selection: Selection
) -> None:
    big = text("/big", START, bytes(100_000))
    source = write_bag(tmp_path / "in.mcap", [big, *recording()])
    set_free(monkeypatch, 10_000)
    with pytest.raises(SpaceError):
        process_bag(source, tmp_path / "out.mcap", Constant)
    summary = process_bag(
        source, tmp_path / "out.mcap", Constant, ProcessOptions(selection=selection)
    )
    assert summary.results == 1


def test_what_compression_saves_is_not_known_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_free(monkeypatch, 10)
    check_space(100, tmp_path, ProcessOptions(compression=Compression.CHUNK))
    with pytest.raises(SpaceError):
        check_space(100, tmp_path, ProcessOptions())


def test_a_full_disk_says_what_is_needed_and_keeps_the_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = write_bag(tmp_path / "in.mcap")
    whole = BagWriter.write_raw

    def full(self: BagWriter, *message: object) -> None:
        if "out" in self.path.name:
            raise SpaceError(f"{self.path}: cannot be written: No space left on device")
        whole(self, *message)  # type: ignore[arg-type]

    monkeypatch.setattr(BagWriter, "write_raw", full)
    with pytest.raises(SpaceError, match=r"No space left.*needs about.*are free; 1 finished part"):
        process_bag(source, tmp_path / "out.mcap", Constant)
    assert sorted(p.name for p in tmp_path.iterdir()) == [".out.mcap.work", "in.mcap"]


def test_sizes_tell_apart_what_is_needed_and_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_free(monkeypatch, 62_900_000)
    with pytest.raises(SpaceError, match=r"needs about 102\.0 MB, 62\.9 MB are free"):
        space.check_space(102_000_000, tmp_path, ProcessOptions())
    with pytest.raises(SpaceError, match=r"needs about 2\.3 GB"):
        space.check_space(2_300_000_000, tmp_path, ProcessOptions())
