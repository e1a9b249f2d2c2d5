"""message_filters' synchronisers, renewed when a recording is played again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from sensor_msgs.msg import CompressedImage, Image

from bridgenet_ros.ros.messages import stamp_to_ns
from bridgenet_ros.sync_jumps import COLOR, DEPTH, JumpWatch, Step


class Synchronizer(Protocol):
    """`message_filters.TimeSynchronizer` and its kind."""

    def registerCallback(self, callback: Callable[..., None]) -> object:  # noqa: N802
        """Name who is called with each pair."""
        ...


class Source:
    """What a synchroniser connects to in place of a subscriber."""

    def __init__(self) -> None:
        self._callbacks: list[tuple[Callable[..., None], tuple[Any, ...]]] = []

    def registerCallback(self, callback: Callable[..., None], *arguments: Any) -> int:  # noqa: ANN401, N802
        """As `message_filters.SimpleFilter.registerCallback`."""
        self._callbacks.append((callback, arguments))
        return len(self._callbacks) - 1

    def pass_on(self, message: Image | CompressedImage) -> None:
        """Call them all."""
        for callback, arguments in self._callbacks:
            callback(message, *arguments)


class FilterSync:
    """Pairs colour with depth through a synchroniser that is made anew when time goes back.

    By themselves they never forget a stamp: once a queue is full of images whose partner was lost,
    every image of the next pass is older than all of these and is let go at once.

    Args:
        make: a synchroniser of two sources, colour and depth.
        slop_ns: greatest distance between the stamps of a pair.
        on_pair: takes colour and depth that belong together.
        on_jump: told that time went back, once for both streams.
        on_drop: told why an image was left out: ``time_jump`` or ``invalid_stamp``.
    """

    def __init__(
        self,
        make: Callable[[list[Source]], Synchronizer],
        slop_ns: int,
        *,
        on_pair: Callable[..., None],
        on_jump: Callable[[], None],
        on_drop: Callable[[str], None],
    ) -> None:
        self._make = make
        self._slop_ns = slop_ns
        self._on_pair = on_pair
        self._on_jump = on_jump
        self._on_drop = on_drop
        self._watch = JumpWatch()
        self._sources = self._renewed()

    def color(self, message: Image | CompressedImage) -> None:
        """A colour image has arrived."""
        self._take(COLOR, message)

    def depth(self, message: Image | CompressedImage) -> None:
        """A depth image has arrived."""
        self._take(DEPTH, message)

    def _take(self, stream: int, message: Image | CompressedImage) -> None:
        stamp_ns = stamp_to_ns(message.header.stamp)
        if stamp_ns <= 0:
            self._on_drop("invalid_stamp")
            return
        step = self._watch.step(stream, stamp_ns, self._slop_ns)
        if step is Step.STALE:
            self._on_drop("time_jump")
            return
        if step is Step.BACK:
            self._sources = self._renewed()
            self._on_jump()
        self._sources[stream].pass_on(message)

    def _renewed(self) -> list[Source]:
        sources = [Source(), Source()]
        self._make(sources).registerCallback(self._on_pair)
        return sources
