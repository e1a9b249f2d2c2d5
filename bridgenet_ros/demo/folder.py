"""The demo's output folder: what lies where, and what becomes of an earlier run's."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from pathlib import Path

from bridgenet_ros.errors import ConfigError


@dataclass(frozen=True, slots=True)
class OutputFolder:
    """Names within the folder ``root``."""

    root: Path

    @property
    def camera_bag(self) -> Path:
        """The rendered recording that is played to the node."""
        return self.root / "camera.mcap"

    @property
    def recorded_bag(self) -> Path:
        """What the node published."""
        return self.root / "recorded.mcap"

    @property
    def picture(self) -> Path:
        """The before/after picture."""
        return self.root / "before_after.png"

    @property
    def summary(self) -> Path:
        """The figures."""
        return self.root / "summary.json"

    @property
    def logs(self) -> Path:
        """One log a process, and what they reported."""
        return self.root / "logs"

    def known_names(self) -> set[str]:
        """Everything that a run leaves here."""
        paths = (self.camera_bag, self.recorded_bag, self.picture, self.summary, self.logs)
        return {path.name for path in paths}


def prepare(root: Path) -> tuple[OutputFolder, Path | None]:
    """An empty output folder, and where an earlier run's went, if there was one.

    An earlier run is kept under the next free ``<name>.1``, ``<name>.2``, ...

    Raises:
        ConfigError: ``root`` holds something else, or cannot be written.
    """
    folder = OutputFolder(root)
    try:
        kept = _move_earlier(folder)
        folder.logs.mkdir(parents=True)
    except OSError as error:
        raise ConfigError(f"cannot write to {root}: {error.strerror or error}") from error
    return folder, kept


def _move_earlier(folder: OutputFolder) -> Path | None:
    root = folder.root
    if not root.exists() or (root.is_dir() and not any(root.iterdir())):
        return None
    foreign = {p.name for p in root.iterdir()} - folder.known_names() if root.is_dir() else {"it"}
    if foreign:
        raise ConfigError(
            f"{root} holds {', '.join(sorted(foreign)[:3])}, which is not an earlier demo's; "
            "expected a new or an empty folder"
        )
    kept = next(path for n in count(1) if not (path := root.with_name(f"{root.name}.{n}")).exists())
    return root.rename(kept)
