"""Which part of a recording is processed, and which topics are copied under which names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from rosbags.interfaces import Connection

from bridgenet_ros.errors import BagError, ConfigError
from bridgenet_ros.offline.bag_topics import output_topic

_NS_PER_S = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What of a recording is used.

    Attributes:
        start_s: seconds after the first message; what was recorded before is left out.
        duration_s: seconds from there; None is to the end.
        every: of so many pairs one is processed; copied topics keep all messages.
        exclude: shell patterns of topics that are read but not copied, such as ``/rgb/*``.
        renames: (old, new) topics. An old name is that of a recorded topic, else of a new one.

    Raises:
        ConfigError: a negative time, an ``every`` below 1, or a new name that is no ROS name.
    """

    start_s: float = 0.0
    duration_s: float | None = None
    every: int = 1
    exclude: tuple[str, ...] = ()
    renames: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.start_s < float("inf"):
            raise ConfigError(f"start is {self.start_s} s; expected 0 or more")
        if self.duration_s is not None and not 0 < self.duration_s < float("inf"):
            raise ConfigError(f"duration is {self.duration_s} s; expected more than 0")
        if self.every < 1:
            raise ConfigError(f"every is {self.every}; expected 1 or more")
        for _, new in self.renames:
            if not new.startswith("/") or output_topic(new, "") != new:
                raise ConfigError(f"new name is {new!r}; expected a topic such as /camera/depth")

    @property
    def is_whole(self) -> bool:
        """Whether every message of every topic is copied."""
        return not self.start_s and self.duration_s is None and not self.exclude

    def window(self, first_time_ns: int) -> tuple[int | None, int | None]:
        """From which recording time and before which one messages count; None is no bound."""
        start = first_time_ns + round(self.start_s * _NS_PER_S)
        stop = None if self.duration_s is None else start + round(self.duration_s * _NS_PER_S)
        return (start if self.start_s else None), stop

    def is_copied(self, topic: str) -> bool:
        """Whether a recorded topic goes into the output."""
        return not any(fnmatchcase(topic, pattern) for pattern in self.exclude)


@dataclass(frozen=True, slots=True)
class OutputNames:
    """The names of a recording's topics in the output."""

    copied: dict[str, str]
    added: dict[str, str]


def output_names(
    recorded: Sequence[Connection], added: Iterable[str], selection: Selection
) -> OutputNames:
    """Old to new names of the copied topics, and of those that processing adds.

    Raises:
        BagError: a topic to rename does not exist, or two topics would have one name.
    """
    renames = dict(selection.renames)
    copied = {c.topic for c in recorded if selection.is_copied(c.topic)}
    names = OutputNames(
        copied={topic: renames.get(topic, topic) for topic in sorted(copied)},
        added={topic: topic if topic in copied else renames.get(topic, topic) for topic in added},
    )
    for old in renames:
        if old not in names.copied and old not in names.added:
            known = ", ".join(sorted({*names.copied, *names.added}))
            raise BagError(f"{old} cannot be renamed, the output has no such topic; it has {known}")
    taken: set[str] = set()
    for new in [*names.copied.values(), *names.added.values()]:
        if new in taken:
            raise BagError(
                f"{new} would be two topics of the output; expected a free name: choose another "
                "namespace, rename or exclude one"
            )
        taken.add(new)
    return names


def parse_rename(text: str) -> tuple[str, str]:
    """``OLD:=NEW`` as ROS writes it.

    Raises:
        ConfigError: it is none.
    """
    match = re.fullmatch(r"([^:=]+):=([^:=]+)", text)
    if match is None:
        raise ConfigError(f"rename is {text!r}; expected OLD:=NEW, as in /sr/depth/image:=/depth")
    return match[1], match[2]
