"""Reads a ROS 1 ``.bag`` as if it were a ROS 2 recording: types, definitions and CDR bytes.

The conversion is rosbags': messages of types that ROS 2 has too take its definition, the others
keep their own. A latched topic becomes a transient local one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from textwrap import shorten
from typing import TypeAlias, final

from rosbags.convert.converter import (
    LATCH,
    STATIC_MSGTYPE_RENAMES,
    is_same_wireformat,
    migrate_bytes,
)
from rosbags.interfaces import (
    Connection,
    ConnectionExtRosbag1,
    ConnectionExtRosbag2,
    MessageDefinition,
    MessageDefinitionFormat,
)
from rosbags.rosbag1 import Reader
from rosbags.typesys import Stores, TypesysError, get_types_from_msg, get_typestore

from bridgenet_ros.errors import BagError
from bridgenet_ros.realsense_recording import stream_of, without_unit
from bridgenet_ros.topic_choice import IMAGE_TYPE

ROS1_SUFFIX = ".bag"

Convert: TypeAlias = Callable[[bytes], memoryview]


@final
class Ros1Reader:
    """The surface of `rosbags.rosbag2.Reader` over a ROS 1 recording.

    Args:
        path: the ``.bag`` file.
    """

    def __init__(self, path: Path) -> None:
        self._reader = Reader(path)
        self._source = get_typestore(Stores.EMPTY)
        self._target = get_typestore(Stores.ROS2_JAZZY)
        self._converters: dict[str, Convert] = {}
        self._by_id: dict[int, Connection] = {}
        self._may_have_unit: set[int] = set()
        self.connections: list[Connection] = []

    def open(self) -> None:
        """Open the file and translate its types.

        Raises:
            BagError: a message type is not defined as it should be.
        """
        with ExitStack() as on_failure:
            self._reader.open()
            on_failure.callback(self._reader.close)
            self._translate()
            on_failure.pop_all()

    def close(self) -> None:
        """Close the file."""
        self._reader.close()

    @property
    def message_count(self) -> int:
        """Messages in all."""
        return sum(connection.msgcount for connection in self.connections)

    @property
    def start_time(self) -> int:
        """When the first message was recorded, in nanoseconds."""
        return self._reader.start_time

    def messages(
        self,
        connections: Collection[Connection],
        start: int | None = None,
        stop: int | None = None,
    ) -> Iterator[tuple[Connection, int, bytes]]:
        """Connection, recording time and CDR bytes, in the order of the times."""
        wanted = {c.id for c in connections}
        chosen = [c for c in self._reader.connections if self._by_id[c.id].id in wanted]
        if not chosen:
            return
        for found, time_ns, raw in self._reader.messages(chosen, start, stop):
            defined = without_unit(raw) if found.id in self._may_have_unit else raw
            yield self._by_id[found.id], time_ns, bytes(self._converters[found.msgtype](defined))

    def _translate(self) -> None:
        for found in self._reader.connections:
            converted = self._connection(found)
            known = next((c for c in self.connections if _is_same_topic(c, converted)), None)
            if known is None:
                self.connections.append(converted)
            else:
                # Several publishers of one topic are one topic to ROS 2.
                merged = known._replace(msgcount=known.msgcount + found.msgcount)
                self.connections[self.connections.index(known)] = merged
        for found in self._reader.connections:
            converted = self._connection(found)
            self._by_id[found.id] = next(
                c for c in self.connections if _is_same_topic(c, converted)
            )
            if stream_of(found.topic) is not None and converted.msgtype == IMAGE_TYPE:
                self._may_have_unit.add(found.id)

    def _connection(self, found: Connection) -> Connection:
        msgtype = STATIC_MSGTYPE_RENAMES.get(found.msgtype, found.msgtype)
        try:
            if found.msgtype not in self._converters:
                self._converters[found.msgtype] = self._converter(found, msgtype)
            definition = self._target.generate_msgdef(msgtype, ros_version=2)[0]
            digest = self._target.hash_rihs01(msgtype)
        except (TypesysError, KeyError) as error:
            raise BagError(
                f"{self._reader.path}: the type {found.msgtype} of {found.topic} cannot be "
                f"converted to ROS 2: {shorten(str(error), 200)}"
            ) from error
        assert isinstance(found.ext, ConnectionExtRosbag1)
        return found._replace(
            msgtype=msgtype,
            msgdef=MessageDefinition(MessageDefinitionFormat.MSG, definition),
            digest=digest,
            ext=ConnectionExtRosbag2("cdr", list(LATCH) if found.ext.latching else []),
        )

    def _converter(self, found: Connection, msgtype: str) -> Convert:
        own = get_types_from_msg(found.msgdef.data, found.msgtype)
        self._source.register(own)
        if msgtype not in self._target.fielddefs:
            # A header without the sequence number that ROS 1 has in it.
            missing = {k: v for k, v in own.items() if k not in self._target.fielddefs}
            self._target.register(missing)
        if is_same_wireformat(self._source, self._target, found.msgtype, msgtype):
            return partial(self._target.ros1_to_cdr, typename=msgtype)
        return partial(
            migrate_bytes,
            self._source,
            self._target,
            found.msgtype,
            msgtype,
            {},
            src_is2=False,
            dst_is2=True,
        )


def _is_same_topic(one: Connection, other: Connection) -> bool:
    return (one.topic, one.msgtype, one.ext) == (other.topic, other.msgtype, other.ext)
