"""Too old items give way, nobody waits for ever, and nothing is lost unseen."""

from __future__ import annotations

import threading
import time

from bridgenet_ros.mailbox import Mailbox


def test_an_item_is_read_once() -> None:
    box: Mailbox[str] = Mailbox()
    assert box.put("a") is None
    assert box.get(0) == "a"
    assert box.get(0) is None


def test_a_newer_item_displaces_the_older_and_returns_it() -> None:
    box: Mailbox[int] = Mailbox()
    assert [box.put(item) for item in (1, 2, 3)] == [None, 1, 2]
    assert box.get(0) == 3


def test_with_room_for_several_they_are_read_in_order_and_the_oldest_gives_way() -> None:
    box: Mailbox[int] = Mailbox(3)
    assert [box.put(item) for item in (1, 2, 3, 4)] == [None, None, None, 1]
    assert [box.get(0) for _ in range(4)] == [2, 3, 4, None]


def test_a_smaller_box_gives_back_the_oldest() -> None:
    box: Mailbox[int] = Mailbox(4)
    for item in (1, 2, 3, 4):
        box.put(item)
    assert box.resize(4) == []
    assert box.resize(1) == [1, 2, 3]
    assert box.put(5) == 4
    assert box.resize(2) == []
    assert box.put(6) is None
    assert box.close() == [5, 6]


def test_get_gives_up_after_its_time() -> None:
    start = time.monotonic()
    assert Mailbox[int]().get(0.02) is None
    assert 0.015 < time.monotonic() - start < 2


def test_put_wakes_a_waiting_reader() -> None:
    box: Mailbox[int] = Mailbox()
    seen: list[int | None] = []
    reader = threading.Thread(target=lambda: seen.append(box.get(10)))
    reader.start()
    box.put(7)
    reader.join(timeout=5)
    assert seen == [7]


def test_close_wakes_every_waiting_reader() -> None:
    box: Mailbox[int] = Mailbox()
    seen: list[int | None] = []
    readers = [threading.Thread(target=lambda: seen.append(box.get(None))) for _ in range(3)]
    for reader in readers:
        reader.start()
    assert box.close() == []
    for reader in readers:
        reader.join(timeout=5)
    assert seen == [None] * 3


def test_a_closed_box_gives_back_what_it_does_not_take() -> None:
    box: Mailbox[int] = Mailbox()
    box.put(1)
    assert not box.closed
    assert box.close() == [1]
    assert box.close() == []
    assert box.put(2) == 2
    assert box.get(10) is None
    assert box.closed


def test_every_item_is_either_read_or_given_back() -> None:
    box: Mailbox[int] = Mailbox()
    read: list[int] = []

    def drain() -> None:
        while (item := box.get(None)) is not None:
            read.append(item)

    reader = threading.Thread(target=drain)
    reader.start()
    displaced = [item for item in map(box.put, range(2000)) if item is not None]
    left = box.close()
    reader.join(timeout=10)
    assert sorted([*read, *displaced, *left]) == list(range(2000))
    assert read == sorted(read)


def test_many_writers_and_readers_lose_nothing_and_read_nothing_twice() -> None:
    box: Mailbox[int] = Mailbox()
    read: list[list[int]] = [[] for _ in range(3)]
    unread: list[list[int]] = [[] for _ in range(3)]

    def write(writer: int) -> None:
        for item in range(writer, 1500, 3):
            if (displaced := box.put(item)) is not None:
                unread[writer].append(displaced)

    def drain(reader: int) -> None:
        while (item := box.get(None)) is not None:
            read[reader].append(item)

    writers = [threading.Thread(target=write, args=(i,)) for i in range(3)]
    readers = [threading.Thread(target=drain, args=(i,)) for i in range(3)]
    for thread in (*readers, *writers):
        thread.start()
    for thread in writers:
        thread.join(timeout=10)
    left = box.close()
    for thread in readers:
        thread.join(timeout=10)

    gone = [item for items in (*read, *unread) for item in items]
    assert sorted([*gone, *left]) == list(range(1500))


def test_at_60_hz_a_network_of_50_ms_gives_nothing_older_than_two_of_its_frames() -> None:
    """In simulated microseconds: a reader that is busy for 50 ms after each item."""
    period_us, busy_us, frames = 16_667, 50_000, 3_600
    box: Mailbox[int] = Mailbox()
    ages_us, dropped, free_us = [], 0, 0
    for arrival_us in range(0, frames * period_us, period_us):
        # All that the reader takes before this image comes.
        while free_us < arrival_us and (taken := box.get(0)) is not None:
            free_us = max(free_us, taken) + busy_us
            ages_us.append(free_us - taken)
        dropped += box.put(arrival_us) is not None
    dropped += len(box.close())
    assert len(ages_us) + dropped == frames
    assert len(ages_us) >= frames // 4
    assert max(ages_us) < 2 * busy_us
