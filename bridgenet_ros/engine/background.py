"""Values that take minutes to make, made in a thread while something else serves."""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable
from threading import Lock, Thread
from typing import Generic, TypeVar

from bridgenet_ros.engine.lru import Lru
from bridgenet_ros.errors import BridgeNetError

_LOG = logging.getLogger(__name__)
_KEPT = 4
_REMEMBERED = 16
_WANTED_OFTEN = 5
"""Calls after which a value is worth making: a stream of changing sizes makes none."""

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class BackgroundBuilds(Generic[K, V]):
    """Makes what is asked for repeatedly, one at a time, and keeps the last few.

    Args:
        build: makes the value of a key, in another thread; a value that fails is not tried again.
    """

    def __init__(self, build: Callable[[K], V]) -> None:
        self._build = build
        self._lock = Lock()
        self._built: Lru[K, V] = Lru(_KEPT)
        self._asked: Lru[K, int] = Lru(_REMEMBERED)
        self._failed: Lru[K, bool] = Lru(_REMEMBERED)
        self._worker: Thread | None = None

    def get(self, key: K) -> V | None:
        """The value, or None until it is there; never waits."""
        with self._lock:
            built = self._built.get(key)
            if built is None and self._is_due(key):
                # A daemon: the process can end in the middle of a build.
                self._worker = Thread(target=self._run, args=(key,), daemon=True)
                self._worker.start()
            return built

    def join(self, timeout_s: float) -> None:
        """Wait for the build that is running, if any."""
        if (worker := self._worker) is not None:
            worker.join(timeout_s)

    def _is_due(self, key: K) -> bool:
        asked = (self._asked.get(key) or 0) + 1
        self._asked.put(key, asked)
        busy = self._worker is not None and self._worker.is_alive()
        return asked >= _WANTED_OFTEN and not busy and not self._failed.get(key)

    def _run(self, key: K) -> None:
        try:
            value = self._build(key)
        except (BridgeNetError, RuntimeError, MemoryError) as error:
            _LOG.warning("building for %s failed: %s", key, error)
            with self._lock:
                self._failed.put(key, True)
            return
        with self._lock:
            self._built.put(key, value)
