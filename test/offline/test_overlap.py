"""Threads before and behind the network: order, bounds, errors, and an end for each."""

from __future__ import annotations

import threading
from collections.abc import Generator

import pytest

from bridgenet_ros.offline.overlap import WriteBehind, read_ahead

WAIT_S = 30


def test_items_come_in_order() -> None:
    with read_ahead(i for i in range(100)) as items:
        assert list(items) == list(range(100))


def test_it_reads_ahead_and_not_farther() -> None:
    produced: list[int] = []
    ahead = threading.Event()

    def count() -> Generator[int, None, None]:
        for index in range(50):
            produced.append(index)
            if index == 3:
                ahead.set()
            yield index

    with read_ahead(count(), depth=2) as items:
        assert next(items) == 0
        assert ahead.wait(WAIT_S)
        assert len(produced) <= 5  # one taken, two waiting, one in hand, one more on its way
        assert list(items) == list(range(1, 50))


def test_an_error_comes_after_the_last_item() -> None:
    def fail() -> Generator[int, None, None]:
        yield 1
        raise ValueError("damaged")

    with read_ahead(fail()) as items:
        assert next(items) == 1
        with pytest.raises(ValueError, match="damaged"):
            next(items)


def test_leaving_early_closes_the_items() -> None:
    closed = threading.Event()

    def endless() -> Generator[int, None, None]:
        try:
            while True:
                yield 1
        finally:
            closed.set()

    with read_ahead(endless()) as items:
        assert next(items) == 1
    assert closed.is_set()


def test_everything_is_written_in_order() -> None:
    written: list[int] = []
    with WriteBehind(written.append) as behind:
        for index in range(100):
            behind.put(index)
    assert written == list(range(100))


def test_it_waits_when_writing_is_slow() -> None:
    go = threading.Event()
    put: list[int] = []

    def produce() -> None:
        with WriteBehind(lambda _: go.wait(WAIT_S), depth=2) as behind:  # type: ignore[func-returns-value, arg-type, return-value]
            for index in range(10):
                behind.put(index)
                put.append(index)

    producer = threading.Thread(target=produce)
    producer.start()
    producer.join(0.3)
    assert len(put) == 2
    go.set()
    producer.join(WAIT_S)
    assert len(put) == 10


def test_a_failed_write_is_raised() -> None:
    def fail(_: int) -> None:
        raise OSError(28, "No space left on device")

    def write_one() -> None:
        with WriteBehind(fail) as behind:
            behind.put(1)

    with pytest.raises(OSError, match="No space"):
        write_one()


def test_after_an_error_the_rest_is_dropped() -> None:
    written: list[int] = []
    go = threading.Event()

    def write(index: int) -> None:
        go.wait(WAIT_S)
        written.append(index)

    def interrupted() -> None:
        with WriteBehind(write) as behind:
            behind.put(1)
            behind.put(2)
            go.set()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert written in ([1], [1, 2])
