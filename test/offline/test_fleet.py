"""Which recordings become which, and one of them at a time."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from processors import ConstantRecipe, fail_to_make
from tiny_bags import DEPTH, recording, write_bag

from bridgenet_ros.errors import BagError
from bridgenet_ros.offline.bag_reader import Storage
from bridgenet_ros.offline.bag_writer import Compression
from bridgenet_ros.offline.fleet import BagJob, FleetWork, Outcome, Status, find_jobs, run_job
from bridgenet_ros.offline.options import ProcessOptions
from bridgenet_ros.offline.report import is_report, report_path
from bridgenet_ros.offline.verify import verify

WORK = FleetWork(recipe=ConstantRecipe, options=ProcessOptions(segment=2))


def targets(tmp_path: Path, pattern: str, options: ProcessOptions | None = None) -> list[str]:
    jobs = find_jobs([str(tmp_path / pattern)], tmp_path / "out", options or ProcessOptions())
    return [str(job.target.relative_to(tmp_path / "out")) for job in jobs]


def test_outputs_have_the_names_of_their_inputs(tmp_path: Path) -> None:
    for name in ("a.mcap", "b.db3", "c"):
        write_bag(tmp_path / name)
    (tmp_path / "d.bag").touch()
    (tmp_path / "notes.txt").touch()
    (tmp_path / "folder").mkdir()
    assert targets(tmp_path, "*") == ["a.mcap", "b.db3", "c", "d.mcap"]
    assert targets(tmp_path, "?.mcap") == ["a.mcap"]


def test_suffixes_follow_the_options(tmp_path: Path) -> None:
    for name in ("a.mcap", "b.db3", "c"):
        write_bag(tmp_path / name)
    sqlite3 = ProcessOptions(storage=Storage.SQLITE3)
    assert targets(tmp_path, "*", sqlite3) == ["a.db3", "b.db3", "c"]
    packed = ProcessOptions(compression=Compression.FILE)
    assert targets(tmp_path, "*", packed) == ["a", "b", "c"]


def test_a_pattern_without_recordings_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    with pytest.raises(BagError, match=r"\*\.txt' matches no recording"):
        targets(tmp_path, "*.txt")


def test_a_recording_found_twice_is_one(tmp_path: Path) -> None:
    write_bag(tmp_path / "a.mcap")
    patterns = [str(tmp_path / "*.mcap"), str(tmp_path / "a*")]
    assert len(find_jobs(patterns, tmp_path, ProcessOptions())) == 1


def test_two_recordings_of_one_name_are_refused(tmp_path: Path) -> None:
    for folder in ("x", "y"):
        (tmp_path / folder).mkdir()
        write_bag(tmp_path / folder / "a.mcap")
    with pytest.raises(BagError, match=r"x/a\.mcap and .*y/a\.mcap would both become"):
        targets(tmp_path, "*/a.mcap")


@pytest.fixture
def job(tmp_path: Path) -> BagJob:
    (tmp_path / "out").mkdir()
    return BagJob(write_bag(tmp_path / "a.mcap"), tmp_path / "out" / "a.mcap")


def test_a_job_is_done_once(job: BagJob) -> None:
    first = run_job(WORK, job)
    assert (first.status, first.results, first.message) == (Status.DONE, 3, "")
    assert verify(job.target, job.source).summary["results"] == 3
    written = job.target.stat().st_mtime_ns
    again = run_job(WORK, job)
    assert (again.status, again.results) == (Status.THERE, 3)
    assert job.target.stat().st_mtime_ns == written


def test_an_output_of_other_settings_is_kept_unless_told(job: BagJob) -> None:
    run_job(WORK, job)
    other = FleetWork(recipe=partial(ConstantRecipe, name="other"), options=WORK.options)
    outcome = run_job(other, job)
    assert outcome.status is Status.FAILED
    assert "made of another input or with other settings" in outcome.message
    forced = FleetWork(recipe=other.recipe, options=WORK.options, overwrite=True)
    assert run_job(forced, job).status is Status.DONE
    assert verify(job.target).settings["processor"] == {"name": "other"}


def test_an_output_of_another_input_is_kept(job: BagJob) -> None:
    run_job(WORK, job)
    job.source.unlink()
    write_bag(job.source, recording(5))
    assert "exists already, made of another input" in run_job(WORK, job).message


def test_what_fails_is_an_outcome(job: BagJob) -> None:
    job.source.unlink()
    write_bag(job.source, [m for m in recording() if m[0] != DEPTH])
    outcome = run_job(WORK, job)
    assert (outcome.status, outcome.results) == (Status.FAILED, 0)
    assert "--depth-topic" in outcome.message
    unmade = FleetWork(recipe=fail_to_make, options=WORK.options)  # type: ignore[arg-type]
    assert run_job(unmade, job) == Outcome(
        job=job, status=Status.FAILED, seconds=pytest.approx(0, abs=60), message="no such device"
    )


def test_a_recording_without_manifest_is_not_replaced(job: BagJob) -> None:
    write_bag(job.target)
    size = job.target.stat().st_size
    assert "exists already" in run_job(WORK, job).message
    assert job.target.stat().st_size == size


def test_every_recording_may_have_a_report(job: BagJob) -> None:
    run_job(WORK, job)
    assert not report_path(job.target).exists()
    outcome = run_job(replace(WORK, report=True), job)
    assert outcome.status is Status.DONE
    assert is_report(report_path(job.target))
    assert run_job(replace(WORK, report=True), job).status is Status.THERE
