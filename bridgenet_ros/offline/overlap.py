"""Reading and writing beside the network: one thread before it, one after it, little in between."""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from typing import Final, Generic, TypeVar

T = TypeVar("T")

DEPTH = 4
"""Items that wait on either side."""
_POLL_S = 0.1


class _End:
    """What follows the last item."""


_END: Final = _End()


@contextmanager
def read_ahead(items: Generator[T, None, None], depth: int = DEPTH) -> Iterator[Iterator[T]]:
    """``items``, produced by a thread that is at most ``depth`` of them ahead.

    An exception of ``items`` is raised after the last item. The thread ends with the block.
    """
    waiting: queue.Queue[T | _End] = queue.Queue(depth)
    stop = threading.Event()

    def put(item: T | _End) -> None:
        while not stop.is_set():
            with suppress(queue.Full):
                waiting.put(item, timeout=_POLL_S)
                return

    def produce() -> None:
        try:
            with closing(items):
                for item in items:
                    put(item)
                    if stop.is_set():
                        return
        finally:
            put(_END)

    with ThreadPoolExecutor(1, thread_name_prefix="read-ahead") as thread:
        produced = thread.submit(produce)

        def received() -> Iterator[T]:
            while not isinstance(item := waiting.get(), _End):
                yield item
            produced.result()

        try:
            yield received()
        finally:
            stop.set()


class WriteBehind(Generic[T]):
    """Hands items to a function on a thread of its own, at most ``depth`` of them behind.

    A context manager: leaving it without an error waits for the rest. An exception of the
    function is raised by a later call, or on leaving.
    """

    def __init__(self, write: Callable[[T], None], depth: int = DEPTH) -> None:
        self._write = write
        self._depth = depth
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="write-behind")
        self._pending: deque[Future[None]] = deque()

    def __enter__(self) -> WriteBehind[T]:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            while kind is None and self._pending:
                self._pending.popleft().result()
        finally:
            self._thread.shutdown(wait=True, cancel_futures=True)

    def put(self, item: T) -> None:
        """Hand over an item; waits while too many are behind."""
        if len(self._pending) >= self._depth:
            self._pending.popleft().result()
        self._pending.append(self._thread.submit(self._write, item))
