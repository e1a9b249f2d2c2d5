"""Hands the newest item from one thread to another; an item not fetched in time is replaced."""

from __future__ import annotations

import threading
from typing import Generic, TypeVar

T = TypeVar("T")


class Mailbox(Generic[T]):
    """Holds at most one item, so that a slow reader works on what is new and no queue grows."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._items: list[T] = []
        self._closed = False

    @property
    def closed(self) -> bool:
        """Whether `close` has been called."""
        with self._changed:
            return self._closed

    def put(self, item: T) -> T | None:
        """Leave an item; never blocks.

        Returns:
            What will not be read, for the caller to count: the older item that this one
            displaced, the item itself when the box is closed, or None.
        """
        with self._changed:
            if self._closed:
                return item
            displaced = self._items.pop() if self._items else None
            self._items.append(item)
            self._changed.notify()
            return displaced

    def get(self, timeout_s: float | None) -> T | None:
        """Take the item, waiting for one.

        Args:
            timeout_s: seconds to wait at most; None waits until there is an item or `close`.

        Returns:
            The item, or None when the time is over or the box is closed.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._items or self._closed, timeout_s)
            return self._items.pop() if self._items else None

    def close(self) -> T | None:
        """Refuse further items and wake every waiting reader; may be repeated.

        Returns:
            The item that was not read, or None.
        """
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            return self._items.pop() if self._items else None
