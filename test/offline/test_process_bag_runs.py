"""Runs that are cut, stopped, continued, repeated and replaced: the bytes stay the same."""

from __future__ import annotations

import shutil
import threading
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from processors import Constant, Mortal, fail_to_make
from tiny_bags import DEPTH, MS, read_bag, recording, write_bag

from bridgenet_ros.errors import BagError, EngineError, SpaceError, Terminated
from bridgenet_ros.frame import DepthResult, RgbdFrame
from bridgenet_ros.offline.bag_reader import BagReader
from bridgenet_ros.offline.bag_writer import BagWriter
from bridgenet_ros.offline.manifest import manifest_path, read_manifest
from bridgenet_ros.offline.options import ProcessOptions, ProcessSummary, RunOptions
from bridgenet_ros.offline.process_bag import process_bag
from bridgenet_ros.offline.segment import MakeProcessor
from bridgenet_ros.offline.verify import verify

PAIRS = 13
CUT = ProcessOptions(segment=2)
RESUME = RunOptions(resume=True)
WAIT_S = 60


class Stopping(Constant):
    """Raises at the given frame."""

    def __init__(self, at: int, error: BaseException) -> None:
        super().__init__()
        self.at = at
        self.error = error

    def process(self, frame: RgbdFrame, *, estimate: bool = False) -> DepthResult:
        if len(self.frames) == self.at:
            raise self.error
        return super().process(frame, estimate=estimate)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write_bag(tmp_path / "in.mcap", recording(PAIRS, depth_delay_ns=12 * MS))


def run(
    source: Path,
    folder: str,
    make: MakeProcessor = Constant,
    how: RunOptions | None = None,
    options: ProcessOptions = CUT,
    name: str = "out.mcap",
    **others: object,
) -> tuple[ProcessSummary, Path]:
    target = source.parent / folder / name
    target.parent.mkdir(exist_ok=True)
    return process_bag(source, target, make, options, how, **others), target  # type: ignore[arg-type]


def bytes_of(target: Path) -> dict[str, bytes]:
    files = target.iterdir() if target.is_dir() else [target]
    return {file.name: file.read_bytes() for file in files}


def names(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


@pytest.mark.parametrize("name", ["out.mcap", "out.db3", "out"])
def test_the_number_of_workers_changes_no_byte(source: Path, name: str) -> None:
    _, one = run(source, "one", name=name)
    summary, two = run(source, "two", how=RunOptions(workers=2), name=name)
    assert summary.results == PAIRS
    assert bytes_of(one) == bytes_of(two)
    assert names(two.parent) == sorted([name, f"{name}.manifest.json"])


def test_the_cut_changes_no_message(source: Path) -> None:
    _, two = run(source, "two")
    _, all_at_once = run(source, "all", options=ProcessOptions(segment=100))
    assert bytes_of(two) == bytes_of(all_at_once)


def test_messages_lie_in_the_order_of_their_times(source: Path) -> None:
    _, target = run(source, "one", name="out.db3")
    with BagReader(target) as reader:
        times = [m.time_ns for m in reader.messages()]
    assert times == sorted(times)
    import apsw

    rows = apsw.Connection(str(target)).execute("SELECT timestamp FROM messages ORDER BY id")
    assert [row[0] for row in rows] == times


@pytest.mark.parametrize("at", [0, 1, 2, 5, 11, PAIRS - 1])
def test_an_interrupted_run_goes_on_to_the_same_bytes(source: Path, at: int) -> None:
    _, whole = run(source, "whole")
    with pytest.raises(KeyboardInterrupt) as caught:
        run(source, "cut", partial(Stopping, at, KeyboardInterrupt()))
    kept = at // 2
    assert names(source.parent / "cut") == ([".out.mcap.work"] if kept else [])
    assert str(caught.value).startswith(
        f"interrupted; {kept} finished parts are kept in" if kept else ""
    )
    processor = Constant()
    summary, target = run(source, "cut", lambda: processor, RESUME)
    assert summary.reused == kept
    assert len(processor.frames) == PAIRS - 2 * kept
    assert (summary.results, summary.pairs) == (PAIRS, PAIRS)
    assert bytes_of(target) == bytes_of(whole)
    assert names(target.parent) == ["out.mcap", "out.mcap.manifest.json"]


@pytest.mark.parametrize("name", ["out.mcap", "out"])
def test_a_finished_run_is_not_done_again(source: Path, name: str) -> None:
    first, target = run(source, "one", name=name)
    before, written = bytes_of(target), target.stat().st_mtime_ns
    # As left by a kill between naming the output and removing the folder.
    key = read_manifest(target).key
    (target.with_name(f".{name}.work") / key[:16] / "parts").mkdir(parents=True)
    for how in (RESUME, RunOptions(resume=True, overwrite=True)):
        again, _ = run(source, "one", fail_to_make, how, name=name)
        assert again == replace(first, was_there=True)
    assert (bytes_of(target), target.stat().st_mtime_ns) == (before, written)
    assert names(target.parent) == [name, f"{name}.manifest.json"]


def test_an_output_of_another_run_is_not_taken_for_it(source: Path) -> None:
    _, target = run(source, "one")
    other = ProcessOptions(segment=2, encoding="16UC1")
    with pytest.raises(BagError, match="another input or with other settings"):
        run(source, "one", how=RESUME, options=other)
    manifest_path(target).unlink()
    with pytest.raises(BagError, match="another input or with other settings"):
        run(source, "one", how=RESUME)
    again, _ = run(source, "one", how=RunOptions(resume=True, overwrite=True))
    assert not again.was_there


@pytest.mark.parametrize("name", ["out.mcap", "out"])
def test_a_manifest_without_its_output_is_not_a_finished_run(source: Path, name: str) -> None:
    _, wanted = run(source, "whole", name=name)
    old = ProcessOptions(segment=2, encoding="16UC1")
    _, target = run(source, "one", options=old, name=name)
    before = bytes_of(target)
    # As left by a kill between the new manifest and the new output.
    shutil.copy(manifest_path(wanted), manifest_path(target))
    with pytest.raises(BagError, match=r"its manifest says .*expected a new name, or --overwrite"):
        run(source, "one", how=RESUME, name=name)
    assert bytes_of(target) == before
    again, _ = run(source, "one", how=RunOptions(resume=True, overwrite=True), name=name)
    assert not again.was_there
    assert bytes_of(target) == bytes_of(wanted)


def test_a_file_that_is_no_manifest_is_not_lost(source: Path) -> None:
    notes = manifest_path(source.parent / "one" / "out.mcap")
    notes.parent.mkdir()
    notes.write_text("notes")
    with pytest.raises(BagError, match=r"out\.mcap\.manifest\.json: exists and is no manifest"):
        run(source, "one")
    assert names(notes.parent) == [notes.name]
    assert notes.read_text() == "notes"


def test_on_a_first_run_resume_simply_runs(source: Path) -> None:
    summary, _ = run(source, "first", how=RESUME)
    assert (summary.results, summary.reused) == (PAIRS, 0)


def test_without_resume_everything_is_done_again(source: Path) -> None:
    with pytest.raises(Terminated, match=r"^terminated; 2 finished parts are kept"):
        run(source, "cut", partial(Stopping, 5, Terminated()))
    assert run(source, "cut")[0].reused == 0


@pytest.mark.parametrize("change", ["options", "identity", "input"])
def test_parts_of_another_run_are_not_used(source: Path, change: str) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(source, "cut", partial(Stopping, 5, KeyboardInterrupt()), identity={"weights": "a"})
    options, identity = CUT, {"weights": "a"}
    if change == "options":
        options = ProcessOptions(segment=2, encoding="16UC1")
    elif change == "identity":
        identity = {"weights": "b"}
    else:
        source.unlink()
        write_bag(source, recording(PAIRS))
    summary, _ = run(source, "cut", how=RESUME, options=options, identity=identity)
    assert summary.reused == 0


def test_a_damaged_part_is_done_again(source: Path) -> None:
    _, whole = run(source, "whole")
    with pytest.raises(KeyboardInterrupt):
        run(source, "cut", partial(Stopping, 8, KeyboardInterrupt()))
    (part,) = (source.parent / "cut" / ".out.mcap.work").glob("*/parts/000001.cdr")
    part.write_bytes(part.read_bytes()[:-1])
    summary, target = run(source, "cut", how=RESUME)
    assert summary.reused == 3
    assert bytes_of(target) == bytes_of(whole)


def test_a_worker_that_dies_costs_nothing_that_was_finished(source: Path) -> None:
    _, whole = run(source, "whole")
    mortal = partial(Mortal, source.parent / "grave")
    with pytest.raises(EngineError, match="a worker process died"):
        run(source, "cut", mortal, RunOptions(workers=2))
    _, target = run(source, "cut", mortal, RunOptions(workers=2, resume=True))
    assert bytes_of(target) == bytes_of(whole)


@pytest.mark.parametrize(
    ("error", "kept"), [(EngineError("lost"), True), (BagError("damaged"), False)]
)
def test_what_may_pass_keeps_the_parts(source: Path, error: Exception, *, kept: bool) -> None:
    with pytest.raises(type(error)):
        run(source, "cut", partial(Stopping, 5, error))
    assert names(source.parent / "cut") == ([".out.mcap.work"] if kept else [])


def test_a_disk_that_fills_up_keeps_the_parts(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, whole = run(source, "whole")
    written = 0
    write_raw = BagWriter.write_raw

    def fill(self: BagWriter, *message: object) -> None:
        nonlocal written
        written += 1
        if written > 40:
            raise SpaceError("cannot be written: No space left on device")
        write_raw(self, *message)  # type: ignore[arg-type]

    monkeypatch.setattr(BagWriter, "write_raw", fill)
    with pytest.raises(SpaceError, match=r"No space left .* needs about .* MB.*--resume"):
        run(source, "cut")
    monkeypatch.undo()
    summary, target = run(source, "cut", how=RESUME)
    assert summary.reused > 0
    assert bytes_of(target) == bytes_of(whole)


def test_two_runs_of_one_output_do_not_meet(source: Path) -> None:
    inside, go = threading.Event(), threading.Event()

    class Waiting(Constant):
        def process(self, frame: RgbdFrame, *, estimate: bool = False) -> DepthResult:
            inside.set()
            assert go.wait(WAIT_S)
            return super().process(frame, estimate=estimate)

    first = threading.Thread(target=run, args=(source, "one", Waiting))
    first.start()
    assert inside.wait(WAIT_S)
    try:
        with pytest.raises(BagError, match="another run is writing it"):
            run(source, "one", how=RESUME)
    finally:
        go.set()
        first.join(WAIT_S)
    assert verify(source.parent / "one" / "out.mcap").summary["results"] == PAIRS


@pytest.mark.parametrize("name", ["out.mcap", "out"])
def test_an_output_is_replaced_on_demand_only(source: Path, name: str) -> None:
    _, target = run(source, "one", name=name)
    before = bytes_of(target)
    with pytest.raises(BagError, match="exists already; expected a new name, or --overwrite"):
        run(source, "one", name=name)
    options = ProcessOptions(segment=2, encoding="16UC1")
    run(source, "one", how=RunOptions(overwrite=True), options=options, name=name)
    assert bytes_of(target) != before
    assert verify(target).settings["options"]["encoding"] == "16UC1"  # type: ignore[index]


def test_a_failed_replacement_leaves_the_old_one(source: Path) -> None:
    _, target = run(source, "one")
    before = bytes_of(target)
    with pytest.raises(EngineError):
        run(
            source,
            "one",
            partial(Stopping, 0, EngineError("lost")),
            RunOptions(overwrite=True),
            ProcessOptions(segment=2, encoding="16UC1"),
        )
    assert bytes_of(target) == before
    assert names(target.parent) == ["out.mcap", "out.mcap.manifest.json"]
    assert verify(target).summary["results"] == PAIRS


def test_the_input_is_only_read(source: Path) -> None:
    before, written = source.read_bytes(), source.stat().st_mtime_ns
    source.chmod(0o444)
    run(source, "one", how=RunOptions(workers=2))
    assert (source.read_bytes(), source.stat().st_mtime_ns) == (before, written)


def test_every_image_is_accounted_for(tmp_path: Path) -> None:
    messages = [m for m in recording(10) if m[0] != DEPTH or (m[2] // MS) % 5]
    source = write_bag(tmp_path / "in.mcap", messages)
    summary, target = run(source, "one")
    images = len([m for m in messages if m[0] in {DEPTH, "/rgb/image"}])
    assert images == 2 * summary.pairs + sum(summary.unpaired.values()) + summary.unreadable
    assert len(read_bag(target)["/sr/depth/image"]) == summary.results == summary.pairs
    manifest = verify(target)
    assert manifest.summary["unpaired"] == dict(summary.unpaired)
    assert manifest.summary["pairs"] == summary.pairs
    assert manifest_path(target).is_file()
