"""The hidden folder beside an output in which a run works: locked, resumable, gone at the end.

``.OUT.work/KEY`` holds the finished parts, the input where it had to be unpacked, and the output
until it is whole. The key is the digest of everything that decides about the bytes of the output,
so runs with other settings lie side by side, and a slip in an option costs no finished part.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import IO, final

from bridgenet_ros.errors import BagError, EngineError, SpaceError
from bridgenet_ros.offline.bag_reader import SUFFIXES
from bridgenet_ros.offline.bag_writer import check_free, failure_named
from bridgenet_ros.offline.parts import PartStore

_WORTH_KEEPING = (KeyboardInterrupt, SystemExit, SpaceError, EngineError)
"""What may be over when the run is started again; all else comes from the input or the settings."""
_KEY_DIGITS = 16
_FILE_ENDS = tuple(
    suffix + more for suffix in SUFFIXES for more in ("", ".zstd", "-journal", "-shm", "-wal")
)
"""Of the files of a recording: whole, compressed, and what SQLite lays beside them."""


@final
class WorkFolder:
    """The work folder of an output; use as a context manager.

    Leaving it after `publish` removes the folder. Leaving it otherwise removes what is of this
    run, but for an interrupted run with finished parts, which `--resume` can use. A run that is
    killed outright leaves it as it is.

    Args:
        target: the output.

    Raises:
        BagError: on entering: another run has it, or it cannot be made.
    """

    def __init__(self, target: Path) -> None:
        self.root = target.with_name(f".{target.name}.work")
        self._target = target
        self._lock: IO[str] | None = None
        self._run: Path | None = None
        self._published = False

    def __enter__(self) -> WorkFolder:
        with failure_named(self._target):
            self._lock = self._locked()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._lock is not None
        kept = isinstance(error, _WORTH_KEEPING) and bool(self.finished)
        if self._run is not None and not kept:
            shutil.rmtree(self._run, ignore_errors=True)
        if self._published or all(path.name == "lock" for path in self.root.iterdir()):
            shutil.rmtree(self.root, ignore_errors=True)
        self._lock.close()
        self._lock = None

    @property
    def run(self) -> Path:
        """The folder of this run."""
        assert self._run is not None
        return self._run

    @property
    def parts(self) -> PartStore:
        """The finished parts."""
        return PartStore(self.run / "parts")

    @property
    def source(self) -> Path:
        """Where an input is unpacked."""
        return self.run / "source"

    @property
    def layout(self) -> Path:
        """An empty recording with the topics that are added."""
        return self.run / "layout.mcap"

    @property
    def output(self) -> Path:
        """The output under its name, until it is whole."""
        return self.run / "output" / self._target.name

    @property
    def finished(self) -> int:
        """Parts that look finished."""
        return 0 if self._run is None else self.parts.count()

    def choose(self, key: str) -> None:
        """Make it the folder of the run of this key."""
        self._run = self.root / key[:_KEY_DIGITS]

    def prepare(self, *, resume: bool) -> None:
        """Make it ready for the chosen run; without ``resume``, without any finished part.

        Raises:
            SpaceError: the disk is full.
            BagError: it cannot be written for another reason.
        """
        with failure_named(self._target):
            if not resume:
                shutil.rmtree(self.run, ignore_errors=True)
            shutil.rmtree(self.output.parent, ignore_errors=True)
            self.parts.folder.mkdir(parents=True, exist_ok=True)
            self.output.parent.mkdir()
            self.layout.unlink(missing_ok=True)
            self.parts.tidy()

    def publish(self, *, overwrite: bool) -> None:
        """Give the whole output its name.

        A file is replaced in one step. A folder that is replaced is moved aside first, so that
        for a moment neither is there; a run that is killed just then is finished by `--resume`,
        and one that fails puts it back.

        Raises:
            BagError: the name was taken meanwhile, or cannot be written.
        """
        with failure_named(self._target):
            _flush(self.output)
            if not overwrite:
                check_free(self._target)
            if self._target.exists() and (self._target.is_dir() or self.output.is_dir()):
                self._swap(self.run / "replaced")
            else:
                self.output.rename(self._target)
            _flush_folder(self._target.parent)
        self._published = True

    def kept_text(self) -> str:
        """What lies there after an interrupted run, in a sentence; empty when nothing does."""
        if not self.finished:
            return ""
        return (
            f"{self.finished} finished parts are kept in {self.root}; run it again with --resume "
            "to go on from there, or delete the folder"
        )

    def _swap(self, aside: Path) -> None:
        try:
            self._target.rename(aside)
            self.output.rename(self._target)
        except BaseException:
            if aside.exists() and not self._target.exists():
                aside.rename(self._target)
            raise

    def _locked(self) -> IO[str]:
        while True:
            self.root.mkdir(exist_ok=True)
            with suppress(FileNotFoundError), ExitStack() as on_failure:
                lock = on_failure.enter_context((self.root / "lock").open("a", encoding="utf-8"))
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError as error:
                    raise BagError(
                        f"{self._target}: another run is writing it; wait for it, or end it"
                    ) from error
                # The run before may have removed the folder after the file was opened.
                if os.path.samestat(os.fstat(lock.fileno()), (self.root / "lock").stat()):
                    on_failure.pop_all()
                    return lock


def is_recording(path: Path) -> bool:
    """Whether what lies there is laid out like a recording and holds nothing else."""
    if path.is_file():
        return path.suffix in SUFFIXES
    names = [entry.name for entry in path.iterdir()]
    return "metadata.yaml" in names and all(
        name == "metadata.yaml" or name.endswith(_FILE_ENDS) for name in names
    )


def check_target(
    source: Path,
    target: Path,
    *,
    replace: bool,
    is_ours: Callable[[Path], bool] = is_recording,
    kind: str = "recording",
) -> None:
    """Refuse a target that is taken, is none of ours to replace, or would touch the source.

    Args:
        source: the input.
        target: the output.
        replace: whether it may replace an older one.
        is_ours: whether an older one may be replaced.
        kind: what that is, for the message.

    Raises:
        BagError: it is so.
    """
    ours, theirs = target.resolve(), source.resolve()
    if ours == theirs or ours in theirs.parents or theirs in ours.parents:
        raise BagError(
            f"{target}: is the input {source}, or one lies in the other; expected a place beside it"
        )
    if target.exists() and not replace:
        raise BagError(f"{target}: exists already; expected a new name, or --overwrite")
    if not target.exists():
        check_free(target)
    elif target.is_symlink() or not is_ours(target):
        raise BagError(f"{target}: exists and is no {kind}; only {kind}s are replaced")


def _flush(path: Path) -> None:
    """Have an output on the disk itself, so that a power cut cannot leave its name alone."""
    for file in path.rglob("*") if path.is_dir() else [path]:
        if file.is_file():
            with file.open("rb") as stream:
                os.fsync(stream.fileno())


def _flush_folder(path: Path) -> None:
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
