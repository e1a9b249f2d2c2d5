"""A cache that keeps the few values used last."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Iterator
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Lru(Generic[K, V]):
    """At most ``capacity`` values; the one that was used longest ago makes room."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._values: OrderedDict[K, V] = OrderedDict()

    def get(self, key: K) -> V | None:
        """The value, now the one used last; None where there is none."""
        value = self._values.get(key)
        if value is not None:
            self._values.move_to_end(key)
        return value

    def put(self, key: K, value: V) -> None:
        """Add or replace a value."""
        self._values.pop(key, None)
        if len(self._values) == self._capacity:
            self._values.popitem(last=False)
        self._values[key] = value

    def __iter__(self) -> Iterator[K]:
        """The keys, from the one used longest ago to the one used last."""
        return iter(self._values)
