"""Reads a rosbag2 directory, a bare .mcap or .db3, or a ROS 1 .bag as if it were of ROS 2.

The parts of a split recording are read one after the other, as they were written.
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from textwrap import shorten
from types import TracebackType
from typing import NamedTuple, final

import apsw
from rosbags.interfaces import Connection, ConnectionExtRosbag2
from rosbags.rosbag1 import ReaderError as Ros1ReaderError
from rosbags.rosbag2 import Reader, ReaderError
from rosbags.serde import SerdeError

from bridgenet_ros.errors import BagError
from bridgenet_ros.offline.ros1_reader import ROS1_SUFFIX, Ros1Reader

if sys.version_info >= (3, 14):
    from compression.zstd import ZstdError
else:
    from backports.zstd import ZstdError


class Storage(Enum):
    """How the messages of a bag are stored."""

    MCAP = "mcap"
    SQLITE3 = "sqlite3"

    @property
    def suffix(self) -> str:
        """The suffix of its files."""
        return ".mcap" if self is Storage.MCAP else ".db3"


SUFFIXES = (*(storage.suffix for storage in Storage), ROS1_SUFFIX)
"""Of recordings that are one file."""


class BagMessage(NamedTuple):
    """One recorded message: its topic, the time it was recorded, and its CDR bytes."""

    connection: Connection
    time_ns: int
    raw: bytes


_LONGEST_DETAIL = 300
_OTHER_SCHEMAS = frozenset({"flatbuffer", "jsonschema", "protobuf", "ros1msg"})
"""Of mcap's registry, https://mcap.dev/spec/registry, those that the library does not know."""

# What the library raises for damaged files depends on where the damage is; none of it is a
# programming error once the path has been checked.
_DAMAGE = (
    ReaderError,
    Ros1ReaderError,
    SerdeError,
    OSError,
    EOFError,
    apsw.Error,
    ZstdError,
    struct.error,
    AssertionError,
    ArithmeticError,
    LookupError,
    MemoryError,
    RuntimeError,
    TypeError,
    ValueError,
)


@final
class BagReader:
    """A recording open for reading; use as a context manager.

    Args:
        path: rosbag2 directory (sqlite3 or mcap), or a bare .mcap, .db3 or .bag file.

    Raises:
        BagError: on entering: no such recording, or its files are damaged.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.connections: list[Connection] = []
        self.message_count = 0
        self._reader: Reader | Ros1Reader | None = None

    def __enter__(self) -> BagReader:
        check_layout(self.path)
        with _damage_named(self.path):
            is_ros1 = self.path.suffix == ROS1_SUFFIX
            reader = Ros1Reader(self.path) if is_ros1 else Reader(self.path)
            reader.open()
        try:
            _check_index(self.path, reader)
        except BagError:
            reader.close()
            raise
        self._reader = reader
        self.connections = list(reader.connections)
        self.message_count = reader.message_count
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    @property
    def storage(self) -> Storage:
        """How the recording is stored; what comes from ROS 1 counts as mcap."""
        files = self.path.iterdir() if self.path.is_dir() else [self.path]
        is_sqlite3 = any(Storage.SQLITE3.suffix in file.suffixes for file in files)
        return Storage.SQLITE3 if is_sqlite3 else Storage.MCAP

    @property
    def first_time_ns(self) -> int:
        """When the first message was recorded."""
        return self._opened().start_time

    def messages(
        self,
        connections: Collection[Connection] = (),
        *,
        start_ns: int | None = None,
        stop_ns: int | None = None,
    ) -> Iterator[BagMessage]:
        """The messages in the order of their recording times.

        Args:
            connections: only these; empty means all.
            start_ns: only what was recorded at this time or later.
            stop_ns: only what was recorded before this time.

        Raises:
            BagError: the recording is damaged, or a whole one ends before the promised number of
                messages.
        """
        reader = self._opened()
        wanted = list(connections or self.connections)
        whole = start_ns is None and stop_ns is None
        promised = sum(connection.msgcount for connection in wanted) if whole else 0
        found = 0
        with _damage_named(self.path):
            recorded = reader.messages(wanted, start_ns, stop_ns) if wanted else iter(())
            for connection, time_ns, raw in recorded:
                found += 1
                yield BagMessage(connection, time_ns, raw)
        if found < promised:
            raise BagError(
                f"{self.path}: holds {found} messages, its index promises {promised}; "
                "the recording is cut or damaged"
            )

    def _opened(self) -> Reader | Ros1Reader:
        if self._reader is None:
            raise BagError(f"{self.path}: not open")
        return self._reader


def check_layout(path: Path) -> None:
    """Refuse what cannot be a recording, before anything of it is read.

    Raises:
        BagError: nothing is there, or it is empty or named like something else.
    """
    if not path.exists():
        raise BagError(f"{path}: no such file or directory")
    if path.is_dir():
        if not (path / "metadata.yaml").is_file():
            raise BagError(
                f"{path}: no metadata.yaml in it; expected a rosbag2 directory, a .mcap file or a "
                ".db3 file. A recorder that crashed leaves none: run ros2 bag reindex on it"
            )
    elif path.suffix not in SUFFIXES:
        raise BagError(
            f"{path}: suffix is {path.suffix!r}; expected a rosbag2 directory, "
            "a .mcap, .db3 or .bag file"
        )
    elif path.stat().st_size == 0:
        raise BagError(f"{path}: the file is empty; expected a recording")


def _check_index(path: Path, reader: Reader | Ros1Reader) -> None:
    """Refuse what the library passes on unseen from a damaged index, or cannot write again."""
    for connection in reader.connections:
        topic, count = connection.topic, connection.msgcount
        if not (isinstance(topic, str) and isinstance(connection.msgtype, str)):
            raise BagError(f"{path}: damaged: a topic is {topic!r} of type {connection.msgtype!r}")
        if type(count) is not int or count < 0:
            raise BagError(f"{path}: damaged: {topic!r} promises {count!r} messages")
        assert isinstance(connection.ext, ConnectionExtRosbag2)
        encoding = connection.ext.serialization_format
        if encoding != "cdr":
            raise BagError(f"{path}: {topic!r} is serialised as {encoding!r}; expected 'cdr'")
    for number in (reader.start_time, reader.message_count):
        if type(number) is not int:
            raise BagError(f"{path}: damaged: its metadata holds {number!r}; expected a number")


@contextmanager
def _damage_named(path: Path) -> Iterator[None]:
    """Turn what damaged files cause into one error that names the recording."""
    try:
        yield
    except _DAMAGE as error:
        if isinstance(error, KeyError) and error.args[0] in _OTHER_SCHEMAS:
            raise BagError(
                f"{path}: has a topic whose schema is {error.args[0]!r}; expected ros2msg or "
                "ros2idl. mcap filter leaves such topics out; of a ROS 1 recording take the .bag"
            ) from error
        # One line, whatever the library quotes of the file.
        detail = shorten(str(error), _LONGEST_DETAIL).rstrip(".") or type(error).__name__
        # The library says so in words alone.
        unknown = isinstance(error, ReaderError) and "compression" in detail.lower()
        problem = "cannot be unpacked" if unknown else "cut, damaged or no rosbag2 recording"
        expected = "; expected zstd, or lz4 in the chunks of mcap" if unknown else ""
        raise BagError(f"{path}: {problem}: {detail}{expected}") from error
