"""Writes a rosbag2 recording that appears whole under its name, or not at all.

The layout follows the name: ``x.mcap`` and ``x.db3`` become one bare file, which ``ros2 bag``
takes like any other; every other name becomes a rosbag2 directory with its metadata.yaml.
Compression is zstd. A bare file can hold compressed chunks only, since it has no metadata to say
that its messages, or the file itself, are compressed.
"""

from __future__ import annotations

import errno
import shutil
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from enum import Enum
from pathlib import Path
from tempfile import mkdtemp
from types import TracebackType
from typing import final

from rosbags.interfaces import (
    Connection,
    ConnectionExtRosbag2,
    MessageDefinitionFormat,
    Qos,
    QosDurability,
    QosHistory,
    QosLiveliness,
    QosReliability,
    QosTime,
)
from rosbags.rosbag2 import (
    CompressionFormat,
    CompressionMode,
    StoragePlugin,
    Writer,
    WriterError,
)
from rosbags.typesys import Stores, TypesysError, get_types_from_msg, get_typestore

from bridgenet_ros.errors import BagError, SpaceError
from bridgenet_ros.offline.bag_reader import Storage
from bridgenet_ros.offline.growing_file import GrowingFile
from bridgenet_ros.offline.messages import Message, serialize, typestore


class Compression(Enum):
    """What of a recording is compressed."""

    NONE = "none"
    FILE = "file"
    MESSAGE = "message"
    CHUNK = "chunk"


_MODES = {
    Compression.NONE: CompressionMode.NONE,
    Compression.FILE: CompressionMode.FILE,
    Compression.MESSAGE: CompressionMode.MESSAGE,
    Compression.CHUNK: CompressionMode.STORAGE,
}
_PLUGINS = {Storage.MCAP: StoragePlugin.MCAP, Storage.SQLITE3: StoragePlugin.SQLITE3}
_INNER_NAME = "recording"
"""A mcap file says its name inside; of a bare one it is this, so that its bytes do not depend on
where it lies. Readers take the name of the file that they opened."""
_UNSET = QosTime(0, 0)
_UNKNOWN_HASH = "RIHS01_" + "0" * 64

OUTPUT_QOS = Qos(
    QosHistory.KEEP_LAST,
    5,
    QosReliability.RELIABLE,
    QosDurability.VOLATILE,
    _UNSET,
    _UNSET,
    QosLiveliness.AUTOMATIC,
    _UNSET,
    avoid_ros_namespace_conventions=False,
)
"""What the node offers for its images: reliable, volatile, keep last 5."""


@final
class BagWriter:
    """A recording being written; use as a context manager.

    It is written in a hidden folder beside its target and renamed when the block ends without an
    error; otherwise, on Ctrl-C too, the folder is removed.

    Args:
        path: the recording's name; must not exist.
        storage: None takes it from the suffix, or mcap for a directory.
        compression: see the module's text.
        hashed: compute `checksums` while it is written.

    Raises:
        BagError: the name contradicts the storage or the compression; on entering, writing or
            leaving: the name is taken or cannot be written.
        SpaceError: on entering, writing or leaving: the disk is full.
    """

    def __init__(
        self,
        path: Path,
        storage: Storage | None = None,
        compression: Compression = Compression.NONE,
        *,
        hashed: bool = False,
    ) -> None:
        self.path = path
        self.checksums: Mapping[str, str] = {}
        """sha256 by name of the files that were hashed while they were written: mcap only grows,
        any other is changed behind its end."""
        self.storage = storage_for(path, storage)
        self._compression = compression
        check_compression(path, self.storage, compression)
        self._hashed = (
            hashed and self.storage is Storage.MCAP and compression is not Compression.FILE
        )
        self._growing: GrowingFile | None = None
        self._folder: Path | None = None
        self._writer: Writer | None = None

    def __enter__(self) -> BagWriter:
        check_free(self.path)
        with failure_named(self.path):
            self._folder = Path(mkdtemp(prefix=f".{self.path.name}.", dir=self.path.parent))
            try:
                self._writer = Writer(
                    # The file takes the name of the directory that it is made in.
                    self._folder / (_INNER_NAME if self._is_bare else self.path.name),
                    version=Writer.VERSION_LATEST,
                    storage_plugin=_PLUGINS[self.storage],
                )
                self._writer.set_compression(_MODES[self._compression], CompressionFormat.ZSTD)
                self._writer.open()
                if self._hashed:
                    self._growing = GrowingFile(self._file(self._writer))
            except BaseException:
                shutil.rmtree(self._folder, ignore_errors=True)
                raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        writer, folder = self._opened(), self._folder
        assert folder is not None
        self._writer = None
        try:
            if error is not None:
                with suppress(OSError, sqlite3.Error):
                    writer.abort()
                return
            with failure_named(self.path):
                writer.close()
                written = self._file(writer)
                check_free(self.path)
                (written if self._is_bare else writer.path).rename(self.path)
                if self._growing is not None:
                    name = self.path.name if self._is_bare else written.name
                    self.checksums = {name: self._growing.sha256()}
        finally:
            if self._growing is not None:
                self._growing.close()
            shutil.rmtree(folder, ignore_errors=True)

    def add_topic(self, topic: str, msgtype: str, qos: Sequence[Qos] = (OUTPUT_QOS,)) -> Connection:
        """Declare a topic of a type that `messages.typestore` knows."""
        return self._opened().add_connection(
            topic, msgtype, typestore=typestore(), offered_qos_profiles=qos
        )

    def add_copy(self, connection: Connection, topic: str | None = None) -> Connection:
        """Declare a topic as it was recorded: type, definition and QoS; ``topic`` renames it."""
        assert isinstance(connection.ext, ConnectionExtRosbag2)
        definition, type_hash = _definition_of(connection)
        with failure_named(self.path):
            return self._opened().add_connection(
                topic or connection.topic,
                connection.msgtype,
                msgdef=definition,
                rihs01=type_hash,
                serialization_format=connection.ext.serialization_format,
                offered_qos_profiles=connection.ext.offered_qos_profiles,
            )

    def write(self, connection: Connection, time_ns: int, message: Message) -> None:
        """Write a message under its recording time."""
        self.write_raw(connection, time_ns, serialize(message))

    def write_raw(self, connection: Connection, time_ns: int, raw: bytes | memoryview) -> None:
        """Write CDR bytes under their recording time."""
        with failure_named(self.path):
            self._opened().write(connection, time_ns, raw)

    @property
    def _is_bare(self) -> bool:
        return self.path.suffix == self.storage.suffix

    def _file(self, writer: Writer) -> Path:
        return writer.path / (writer.path.name + self.storage.suffix)

    def _opened(self) -> Writer:
        if self._writer is None:
            raise BagError(f"{self.path}: not open for writing")
        return self._writer


def check_free(path: Path) -> None:
    """Refuse a name that is taken or whose folder is not there.

    Raises:
        BagError: it is so.
    """
    if path.exists() or path.is_symlink():
        raise BagError(f"{path}: exists already; expected a new name")
    if not path.name:
        raise BagError(f"{str(path)!r} is no name for a recording")
    if not path.parent.is_dir():
        raise BagError(f"{path}: cannot be written, {path.parent} is no directory")


def storage_for(path: Path, storage: Storage | None) -> Storage:
    """The storage of a recording of this name: by its suffix, as given, or mcap.

    Raises:
        BagError: suffix and ``storage`` contradict.
    """
    named = next((known for known in Storage if known.suffix == path.suffix), None)
    if named and storage and named is not storage:
        raise BagError(
            f"{path}: the suffix asks for {named.value} storage, the option for {storage.value}"
        )
    return named or storage or Storage.MCAP


def check_compression(path: Path, storage: Storage, compression: Compression) -> None:
    """Refuse what the format cannot hold.

    Raises:
        BagError: it is so.
    """
    if compression is Compression.CHUNK and storage is not Storage.MCAP:
        raise BagError(f"{path}: {storage.value} has no chunks to compress; expected mcap")
    in_metadata = compression in {Compression.FILE, Compression.MESSAGE}
    if in_metadata and path.suffix == storage.suffix:
        raise BagError(
            f"{path}: {compression.value} compression needs a directory; expected a name without "
            f"{storage.suffix}"
        )


def is_full(error: OSError) -> bool:
    """Whether the disk, or the user's share of it, is full."""
    return error.errno in {errno.ENOSPC, errno.EDQUOT}


@contextmanager
def failure_named(path: Path) -> Iterator[None]:
    """Turn what fails in writing a file into one error that names it.

    Raises:
        SpaceError: the disk is full.
        BagError: it cannot be written for another reason.
    """
    try:
        yield
    except OSError as error:
        kind = SpaceError if is_full(error) else BagError
        raise kind(f"{path}: cannot be written: {error.strerror or error}") from error
    except (sqlite3.Error, WriterError) as error:
        if "disk is full" in str(error):
            raise SpaceError(f"{path}: cannot be written: {error}") from error
        raise BagError(f"{path}: cannot be written: {error}") from error


def _definition_of(connection: Connection) -> tuple[str, str]:
    """The message definition and its RIHS01 hash, found or computed.

    mcap files carry no hash, and old sqlite3 bags no definition. A type that is known neither to
    the bag nor to ROS 2 itself is copied all the same: players look types up by name.
    """
    msgtype, definition = connection.msgtype, connection.msgdef
    if definition.format is MessageDefinitionFormat.NONE:
        known = typestore()
        if msgtype not in known.types:
            return "", connection.digest or _UNKNOWN_HASH
        return known.generate_msgdef(msgtype, ros_version=2)[0], known.hash_rihs01(msgtype)
    if connection.digest:
        return definition.data, connection.digest
    return definition.data, _hash_of(msgtype, definition.data)


def _hash_of(msgtype: str, definition: str) -> str:
    store = get_typestore(Stores.EMPTY)
    try:
        store.register(get_types_from_msg(definition, msgtype))
        return store.hash_rihs01(msgtype)
    except (TypesysError, KeyError):
        return _UNKNOWN_HASH
