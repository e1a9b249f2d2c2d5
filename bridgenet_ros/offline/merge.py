"""Writes an output: the copied topics and the finished parts, in the order of recording times."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from operator import itemgetter
from typing import TypeAlias

from rosbags.interfaces import Connection, ConnectionExtRosbag2, QosDurability

from bridgenet_ros.offline.bag_reader import BagReader
from bridgenet_ros.offline.bag_writer import BagWriter
from bridgenet_ros.offline.parts import Part, PartStore
from bridgenet_ros.offline.selection import OutputNames

_Timed: TypeAlias = tuple[int, Connection, bytes]


def merge(
    reader: BagReader,
    writer: BagWriter,
    *,
    names: OutputNames,
    window: tuple[int | None, int | None],
    added: Iterable[Connection],
    store: PartStore,
    parts: Iterable[Part],
) -> Counter[str]:
    """Write all messages of the output; of equal times the copied ones come first.

    What was latched before a window still holds in it, and is written at its start.

    Args:
        reader: the input, open.
        writer: the output, open.
        names: of the topics, in the input and in the output.
        window: which recording times are copied; see `Selection.window`.
        added: the topics of the parts.
        store: where the parts are.
        parts: in order; drawn one by one, so that they may still be in the making.

    Returns:
        Messages by topic of the output.

    Raises:
        BagError: the input or a part is damaged, or the output cannot be written.
    """
    copied = [c for c in reader.connections if c.topic in names.copied]
    latched = [c for c in copied if _is_latched(c)]
    copies = _declare(writer, copied, names)
    results = {c.topic: writer.add_copy(c, names.added[c.topic]) for c in added}
    counts = Counter({c.topic: 0 for c in (*copies.values(), *results.values())})
    behind = ThreadPoolExecutor(1, thread_name_prefix="let-go")  # the disk keeps nobody waiting

    def copied_messages() -> Iterator[_Timed]:
        start_ns, stop_ns = window
        if start_ns is not None and latched:
            for message in reader.messages(latched, stop_ns=start_ns):
                yield start_ns, copies[message.connection.id], message.raw
        for message in reader.messages(copied, start_ns=start_ns, stop_ns=stop_ns):
            yield message.time_ns, copies[message.connection.id], message.raw

    def result_messages() -> Iterator[_Timed]:
        for part in parts:
            for message, raw in store.read(part):
                yield message.time_ns, results[message.topic], raw
            behind.submit(store.let_go, part)

    streams = [copied_messages()] if copied else []
    try:
        for time_ns, connection, raw in heapq.merge(*streams, result_messages(), key=itemgetter(0)):
            writer.write_raw(connection, time_ns, raw)
            counts[connection.topic] += 1
    finally:
        behind.shutdown(cancel_futures=True)
    return counts


def _is_latched(connection: Connection) -> bool:
    assert isinstance(connection.ext, ConnectionExtRosbag2)
    offered = connection.ext.offered_qos_profiles
    return any(qos.durability is QosDurability.TRANSIENT_LOCAL for qos in offered)


def _declare(
    writer: BagWriter, copied: Iterable[Connection], names: OutputNames
) -> dict[int, Connection]:
    """The copied topics by the input's connection; equal connections of one topic become one."""
    declared: list[tuple[Connection, Connection]] = []
    copies: dict[int, Connection] = {}
    for connection in copied:
        key = (connection.topic, connection.msgtype, connection.ext)
        same = [new for old, new in declared if (old.topic, old.msgtype, old.ext) == key]
        if not same:
            same = [writer.add_copy(connection, names.copied[connection.topic])]
            declared.append((connection, same[0]))
        copies[connection.id] = same[0]
    return copies
