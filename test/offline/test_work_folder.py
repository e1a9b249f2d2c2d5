"""The folder beside an output: one run at a time, kept for `--resume`, gone otherwise."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest
from tiny_bags import write_bag

from bridgenet_ros.errors import BagError, EngineError, SpaceError, Terminated
from bridgenet_ros.offline.work_folder import WorkFolder, check_target


def work_and_fail(target: Path, error: BaseException, *, parts: int = 1) -> None:
    with WorkFolder(target) as work:
        work.choose("key")
        work.prepare(resume=False)
        for index in range(parts):
            (work.parts.folder / f"{index:06d}.json").write_text("{}")
            (work.parts.folder / f"{index:06d}.cdr").write_text("")
        raise error


def names(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


def test_it_is_gone_after_a_whole_run(tmp_path: Path) -> None:
    with WorkFolder(tmp_path / "out.mcap") as work:
        work.choose("key")
        work.prepare(resume=False)
        assert names(tmp_path) == [".out.mcap.work"]
        work.output.write_text("whole")
        work.publish(overwrite=False)
    assert names(tmp_path) == ["out.mcap"]


@pytest.mark.parametrize(
    "error", [KeyboardInterrupt(), Terminated(), SystemExit(), SpaceError("full"), EngineError("")]
)
def test_finished_parts_of_an_interrupted_run_are_kept(
    tmp_path: Path, error: BaseException
) -> None:
    target = tmp_path / "out.mcap"
    with pytest.raises(type(error)):
        work_and_fail(target, error, parts=2)
    assert names(tmp_path) == [".out.mcap.work"]
    work = WorkFolder(target)
    work.choose("key")
    text = work.kept_text()
    assert text.startswith(f"2 finished parts are kept in {tmp_path}/.out.mcap.work")
    assert "--resume" in text


def test_without_finished_parts_nothing_is_kept(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        work_and_fail(tmp_path / "out.mcap", KeyboardInterrupt(), parts=0)
    assert names(tmp_path) == []
    assert WorkFolder(tmp_path / "out.mcap").kept_text() == ""


def test_a_run_that_would_fail_again_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(BagError):
        work_and_fail(tmp_path / "out.mcap", BagError("damaged"))
    assert names(tmp_path) == []


@pytest.mark.parametrize(
    ("key", "resume", "found"), [("key", True, 1), ("key", False, 0), ("other", True, 0)]
)
def test_only_the_same_run_goes_on(tmp_path: Path, key: str, *, resume: bool, found: int) -> None:
    with pytest.raises(KeyboardInterrupt):
        work_and_fail(tmp_path / "out", KeyboardInterrupt())
    with WorkFolder(tmp_path / "out") as work:
        work.choose(key)
        work.source.mkdir(parents=True)
        work.prepare(resume=resume)
        assert work.finished == found
        assert work.source.exists() is resume


def test_a_slip_in_an_option_costs_no_part(tmp_path: Path) -> None:
    def slip() -> None:
        with WorkFolder(tmp_path / "out") as work:
            work.choose("other")
            work.prepare(resume=True)
            raise BagError("not what was meant")

    with pytest.raises(KeyboardInterrupt):
        work_and_fail(tmp_path / "out", KeyboardInterrupt())
    with pytest.raises(BagError):
        slip()
    assert names(tmp_path / ".out.work") == ["key", "lock"]
    with WorkFolder(tmp_path / "out") as work:
        work.choose("other")
        work.prepare(resume=True)
        work.output.write_text("whole")
        work.publish(overwrite=False)
    assert names(tmp_path) == ["out"]


def test_an_error_before_the_run_is_chosen_costs_no_part(tmp_path: Path) -> None:
    def fail() -> None:
        with WorkFolder(tmp_path / "out"):
            raise BagError("no such file")

    with pytest.raises(BagError):
        fail()
    assert names(tmp_path) == []
    with pytest.raises(KeyboardInterrupt):
        work_and_fail(tmp_path / "out", KeyboardInterrupt())
    with pytest.raises(BagError):
        fail()
    assert names(tmp_path / ".out.work") == ["key", "lock"]


def test_what_a_killed_run_left_unfinished_is_removed(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        work_and_fail(tmp_path / "out", KeyboardInterrupt())
    with WorkFolder(tmp_path / "out") as work:
        work.choose("key")
        work.prepare(resume=True)
        work.output.write_text("half")
        (work.parts.folder / "000009.cdr").write_text("half")
        work.prepare(resume=True)
        assert not work.output.exists()
        assert names(work.parts.folder) == ["000000.cdr", "000000.json"]


def test_a_second_run_is_refused(tmp_path: Path) -> None:
    target = tmp_path / "out"
    with WorkFolder(target) as work:
        work.choose("key")
        work.prepare(resume=False)
        with pytest.raises(BagError, match="another run is writing it"):
            WorkFolder(target).__enter__()
        assert work.run.is_dir()
    with WorkFolder(target):
        pass


def test_a_name_taken_meanwhile_is_left_alone(tmp_path: Path) -> None:
    def publish() -> None:
        with WorkFolder(tmp_path / "out.mcap") as work:
            work.choose("key")
            work.prepare(resume=False)
            work.output.write_text("whole")
            (tmp_path / "out.mcap").write_text("precious")
            work.publish(overwrite=False)

    with pytest.raises(BagError, match="exists already"):
        publish()
    assert (tmp_path / "out.mcap").read_text() == "precious"
    assert names(tmp_path) == ["out.mcap"]


@pytest.mark.parametrize("old_is_folder", [True, False])
@pytest.mark.parametrize("new_is_folder", [True, False])
def test_a_recording_is_replaced_as_a_whole(
    tmp_path: Path, *, old_is_folder: bool, new_is_folder: bool
) -> None:
    target = tmp_path / "out"
    if old_is_folder:
        target.mkdir()
        (target / "old").write_text("old")
    else:
        target.write_text("old")
    with WorkFolder(target) as work:
        work.choose("key")
        work.prepare(resume=False)
        if new_is_folder:
            work.output.mkdir()
            (work.output / "new").write_text("new")
        else:
            work.output.write_text("new")
        work.publish(overwrite=True)
    assert names(tmp_path) == ["out"]
    assert target.is_dir() is new_is_folder
    assert (names(target) == ["new"]) if new_is_folder else (target.read_text() == "new")


def test_a_replacement_that_fails_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, rename = tmp_path / "out", Path.rename
    target.mkdir()
    (target / "old").touch()

    def fail(self: Path, name: Path) -> Path:
        if self.parent.name == "output":
            raise OSError(errno.EIO, "Input/output error")
        return rename(self, name)

    def publish() -> None:
        with WorkFolder(target) as work:
            work.choose("key")
            work.prepare(resume=False)
            work.output.mkdir()
            work.publish(overwrite=True)

    monkeypatch.setattr(Path, "rename", fail)
    with pytest.raises(BagError, match="cannot be written: Input/output error"):
        publish()
    assert (names(tmp_path), names(target)) == (["out"], ["old"])


def test_the_input_is_never_the_output(tmp_path: Path) -> None:
    source = write_bag(tmp_path / "in")
    for target in (source, source / "out", tmp_path, tmp_path / "x" / ".." / "in"):
        (tmp_path / "x").mkdir(exist_ok=True)
        with pytest.raises(BagError, match="is the input"):
            check_target(source, target, replace=True)
    (tmp_path / "link").symlink_to(source)
    with pytest.raises(BagError, match="is the input"):
        check_target(source, tmp_path / "link", replace=True)


def test_only_recordings_are_overwritten(tmp_path: Path) -> None:
    source = write_bag(tmp_path / "in.mcap")
    folder = write_bag(tmp_path / "old")
    file = write_bag(tmp_path / "old.mcap")
    (tmp_path / "sql").mkdir()
    for name in ("metadata.yaml", "a_0.db3", "a_1.db3.zstd", "a_0.db3-wal", "a_0.db3-shm"):
        (tmp_path / "sql" / name).touch()
    check_target(source, tmp_path / "sql", replace=True)
    (tmp_path / "sql" / "about a_0.db3.txt").touch()
    for target in (folder, file):
        check_target(source, target, replace=True)
        with pytest.raises(BagError, match="exists already; expected a new name, or --overwrite"):
            check_target(source, target, replace=False)
    (folder / "thesis.tex").touch()
    (tmp_path / "notes").touch()
    (tmp_path / "link.mcap").symlink_to(file)
    for name in ("old", "sql", "notes", "link.mcap"):
        with pytest.raises(BagError, match="is no recording"):
            check_target(source, tmp_path / name, replace=True)
    check_target(source, tmp_path / "new", replace=True)
