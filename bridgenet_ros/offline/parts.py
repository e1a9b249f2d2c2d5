"""The finished parts of a run: what a segment adds to the output, in the work folder.

``000012.cdr`` holds the messages of segment 12, one after the other. ``000012.json`` is written
last; it says where each message lies and what the checksum of them all is, so a part counts when
both are there and agree.
"""

from __future__ import annotations

import json
import shutil
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from io import BufferedWriter
from pathlib import Path
from typing import NamedTuple

from rosbags.interfaces import (
    Connection,
    ConnectionExtRosbag2,
    MessageDefinition,
    MessageDefinitionFormat,
)

from bridgenet_ros.errors import BagError
from bridgenet_ros.offline.bag_writer import failure_named
from bridgenet_ros.offline.measuring import Measured
from bridgenet_ros.offline.messages import Message, serialize
from bridgenet_ros.offline.page_cache import let_go_file

_BLOCK = 1 << 20


class Stored(NamedTuple):
    """A message of a part: its topic, recording time, and where its bytes are."""

    topic: str
    time_ns: int
    offset: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What became of a segment; ``results + sum(bad_frames)`` are its pairs.

    Attributes:
        index: of the segment.
        crc32: of the messages' file. It shows what an accident cut or lost; the output has a
            checksum against more than accidents.
        messages: in the order of their times.
        results: pairs for which depth was written.
        bad_frames: pairs that could not be used, by reason.
        last_error: of the last such pair.
        info_problem: why calibrations were left out; empty when none was.
        registration: what the last result's depth was found to be.
        measured: for the report; None where none was asked for.
    """

    index: int
    crc32: int
    messages: Sequence[Stored]
    results: int
    bad_frames: Mapping[str, int]
    last_error: str
    info_problem: str
    registration: str
    measured: Measured | None

    @property
    def pairs(self) -> int:
        """Pairs of the segment."""
        return self.results + sum(self.bad_frames.values())


class PartStore:
    """The parts in a folder; several workers may write different ones.

    Args:
        folder: exists.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextmanager
    def write(self, index: int) -> Iterator[PartWriter]:
        """Write a part; it counts once its writer has finished it.

        Raises:
            SpaceError: the disk is full.
            BagError: it cannot be written for another reason.
        """
        note, path = self._note(index), self._path(index)
        with failure_named(path):
            note.unlink(missing_ok=True)
            with path.open("wb") as stream:
                yield PartWriter(index, stream, note)

    def load(self, index: int) -> Part | None:
        """A finished part, checked, or None."""
        try:
            fields = json.loads(self._note(index).read_text("utf-8"))
            fields["messages"] = [Stored(*message) for message in fields["messages"]]
            if fields["measured"] is not None:
                fields["measured"] = Measured.of_plain(fields["measured"])
            part = Part(**fields)
            return part if part.crc32 == _file_crc32(self._path(index)) else None
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def read(self, part: Part) -> Iterator[tuple[Stored, bytes]]:
        """The messages of a part in the order of their times.

        Raises:
            BagError: they are not there any more.
        """
        path = self._path(part.index)
        try:
            with path.open("rb") as stream:
                for message in part.messages:
                    stream.seek(message.offset)
                    raw = stream.read(message.size)
                    if len(raw) != message.size:
                        raise BagError(f"{path}: is cut; run it again with --resume")
                    yield message, raw
        except OSError as error:
            raise BagError(f"{path}: cannot be read: {error.strerror or error}") from error

    def let_go(self, part: Part) -> None:
        """Keep a part on the disk alone, since it will be read again only after an accident."""
        let_go_file(self._path(part.index))

    def count(self) -> int:
        """How many parts look finished."""
        return sum(1 for _ in self.folder.glob("*.json"))

    def size(self) -> int:
        """Bytes on the disk."""
        return sum(path.stat().st_size for path in self.folder.iterdir())

    def tidy(self) -> None:
        """Remove what is no finished part, such as a file that a killed worker was writing."""
        for path in self.folder.iterdir():
            if path.suffix == ".json" or path.with_suffix(".json").is_file():
                continue
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    def _path(self, index: int) -> Path:
        return self.folder / f"{index:06d}.cdr"

    def _note(self, index: int) -> Path:
        return self.folder / f"{index:06d}.json"


class PartWriter:
    """A part being written; made by `PartStore.write`."""

    def __init__(self, index: int, stream: BufferedWriter, note: Path) -> None:
        self._index = index
        self._stream = stream
        self._note = note
        self._messages: list[Stored] = []
        self._crc32 = 0

    def add_topic(self, topic: str, msgtype: str) -> Connection:
        """A handle of the topic; its definition is the output's matter."""
        return Connection(
            id=0,
            topic=topic,
            msgtype=msgtype,
            msgdef=MessageDefinition(MessageDefinitionFormat.NONE, ""),
            digest="",
            msgcount=0,
            ext=ConnectionExtRosbag2("cdr", []),
            owner=None,
        )

    def write(self, connection: Connection, time_ns: int, message: Message) -> None:
        """Write a message under its recording time."""
        raw = serialize(message)
        place = self._stream.tell()
        self._messages.append(Stored(connection.topic, time_ns, place, len(raw)))
        self._stream.write(raw)
        self._crc32 = zlib.crc32(raw, self._crc32)

    def finish(
        self,
        *,
        results: int,
        bad_frames: Mapping[str, int],
        last_error: str,
        info_problem: str,
        registration: str,
        measured: Measured | None,
    ) -> Part:
        """Count the part; see `Part` for the arguments.

        Raises:
            SpaceError: the disk is full.
            BagError: it cannot be written for another reason.
        """
        self._stream.flush()
        part = Part(
            index=self._index,
            crc32=self._crc32,
            messages=sorted(self._messages, key=lambda message: message.time_ns),
            results=results,
            bad_frames=bad_frames,
            last_error=last_error,
            info_problem=info_problem,
            registration=registration,
            measured=measured,
        )
        write_whole(self._note, json.dumps(asdict(part)))
        return part


def _file_crc32(path: Path) -> int:
    found = 0
    with path.open("rb", buffering=0) as stream:
        while block := stream.read(_BLOCK):
            found = zlib.crc32(block, found)
    return found


def write_whole(path: Path, text: str) -> None:
    """Write a text file that appears whole or not at all, replacing an older one.

    Raises:
        SpaceError: the disk is full.
        BagError: it cannot be written for another reason.
    """
    unfinished = path.with_name(f".{path.name}.new")
    with failure_named(path):
        try:
            unfinished.write_text(text, "utf-8")
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)
