"""Which recordings become which, and one of them at a time."""

from __future__ import annotations

import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from processors import ConstantRecipe, Interrupted, fail_to_make
from tiny_bags import COLOR_INFO, DEPTH, recording, write_bag
from tiny_datasets import write_tum

from bridgenet_ros.errors import BagError
from bridgenet_ros.offline.bag_reader import Storage
from bridgenet_ros.offline.bag_writer import Compression
from bridgenet_ros.offline.fleet import BagJob, FleetWork, Outcome, Status, make_jobs, run_job
from bridgenet_ros.offline.options import ProcessOptions
from bridgenet_ros.offline.report import is_report, report_path
from bridgenet_ros.offline.verify import verify

WORK = FleetWork(recipe=ConstantRecipe, options=ProcessOptions(segment=2))


def targets(*sources: str, options: ProcessOptions | None = None) -> list[str]:
    jobs = make_jobs([Path(name) for name in sources], Path("out"), options or ProcessOptions())
    assert [str(job.source) for job in jobs] == list(sources)
    return [str(job.target) for job in jobs]


def test_outputs_have_the_names_of_their_inputs(tmp_path: Path) -> None:
    folder = tmp_path / "frames"
    folder.mkdir()
    names = ["in/a.mcap", "b.db3", "d.bag", f"{folder}#unit=0.001", "nyu.mat#test"]
    expected = ["a.mcap", "b.db3", "d.mcap", "frames", "nyu.mcap"]
    assert targets(*names) == [f"out/{name}" for name in expected]


def test_suffixes_follow_the_options(tmp_path: Path) -> None:
    folder = str(tmp_path)
    sqlite3 = ProcessOptions(storage=Storage.SQLITE3)
    assert targets("a.mcap", folder, options=sqlite3) == ["out/a.db3", f"out/{tmp_path.name}"]
    packed = ProcessOptions(compression=Compression.FILE)
    assert targets("a.mcap", "b.db3", options=packed) == ["out/a", "out/b"]


def test_two_sources_of_one_output_are_refused() -> None:
    with pytest.raises(BagError, match=r"x/a\.mcap and y/a\.mcap would both become out/a\.mcap"):
        targets("x/a.mcap", "y/a.mcap")


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


def test_a_strict_fleet_refuses_what_another_warns_about(tmp_path: Path) -> None:
    bag = write_bag(tmp_path / "a.mcap", [m for m in recording() if m[0] != COLOR_INFO])
    job = BagJob(bag, tmp_path / "out.mcap")
    refused = run_job(replace(WORK, strict=True), job)
    assert refused.status is Status.FAILED
    assert "no camera info beside" in refused.message
    assert run_job(WORK, job).status is Status.DONE


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


def test_a_folder_is_a_job_like_any_other(tmp_path: Path) -> None:
    folder = write_tum(tmp_path / "in" / "tum", pairs=5)
    (tmp_path / "out").mkdir()
    (job,) = make_jobs([folder], tmp_path / "out", WORK.options)
    first = run_job(WORK, job)
    assert (first.status, first.results) == (Status.DONE, 5)
    assert "without calibration" in first.message
    assert verify(job.target, folder).summary["results"] == 5
    assert run_job(WORK, job).status is Status.THERE
    (folder / "rgb" / "0.png").unlink()
    outcome = run_job(WORK, job)
    assert outcome.status is Status.FAILED
    assert "rgb/0.png: no such file" in outcome.message


def test_a_stopped_folder_goes_on(tmp_path: Path) -> None:
    folder = write_tum(tmp_path / "in" / "tum", pairs=5)
    (tmp_path / "out").mkdir()
    (job,) = make_jobs([folder], tmp_path / "out", WORK.options)
    with pytest.raises(KeyboardInterrupt):
        run_job(replace(WORK, recipe=partial(ConstantRecipe, Interrupted)), job)
    assert len(list((tmp_path / "out" / ".tum.work").glob("*/parts/*.json"))) == 1
    assert run_job(WORK, job).status is Status.DONE
    assert verify(job.target, folder).summary["reused"] == 1


def test_a_library_that_is_not_there_is_an_outcome(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.mat").touch()
    monkeypatch.setitem(sys.modules, "h5py", None)
    (job,) = make_jobs([tmp_path / "a.mat"], tmp_path, ProcessOptions())
    outcome = run_job(WORK, job)
    assert outcome.status is Status.FAILED
    assert "h5py" in outcome.message
