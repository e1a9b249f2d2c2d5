"""Hands items from one thread to another; when too many wait, the oldest is given back."""

from __future__ import annotations

import threading
from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")


class Mailbox(Generic[T]):
    """Holds at most ``capacity`` items, so that a slow reader lets no queue grow.

    With a capacity of 1 the reader gets what is newest.
    """

    def __init__(self, capacity: int = 1) -> None:
        self._changed = threading.Condition()
        self._capacity = capacity
        self._items: deque[T] = deque()
        self._closed = False

    @property
    def closed(self) -> bool:
        """Whether `close` has been called."""
        with self._changed:
            return self._closed

    def put(self, item: T) -> T | None:
        """Leave an item; never blocks.

        Returns:
            What will not be read, for the caller to count: the oldest item, where this one is one
            too many; the item itself when the box is closed; or None.
        """
        with self._changed:
            if self._closed:
                return item
            displaced = self._items.popleft() if len(self._items) >= self._capacity else None
            self._items.append(item)
            self._changed.notify()
            return displaced

    def get(self, timeout_s: float | None) -> T | None:
        """Take the oldest item, waiting for one.

        Args:
            timeout_s: seconds to wait at most; None waits until there is an item or `close`.

        Returns:
            The item, or None when the time is over or the box is closed.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._items or self._closed, timeout_s)
            return self._items.popleft() if self._items else None

    def resize(self, capacity: int) -> list[T]:
        """Hold at most so many items from now on.

        Returns:
            The oldest items, which have no room any more.
        """
        with self._changed:
            self._capacity = capacity
            return [self._items.popleft() for _ in range(len(self._items) - capacity)]

    def close(self) -> list[T]:
        """Refuse further items and wake every waiting reader; may be repeated.

        Returns:
            The items that were not read.
        """
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            unread = list(self._items)
            self._items.clear()
            return unread
