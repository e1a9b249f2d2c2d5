"""What decides about the bytes of an output, and its digest, by which runs are told apart."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from enum import Enum
from importlib.metadata import version
from typing import Any

from bridgenet_ros import __version__
from bridgenet_ros.data.dataset import RgbdDataset
from bridgenet_ros.offline.manifest import StoredFile
from bridgenet_ros.offline.options import ProcessOptions

_LIBRARIES = ("rosbags", "numpy")


def settings_of(
    options: ProcessOptions, identity: Mapping[str, object], dataset: RgbdDataset | None
) -> dict[str, object]:
    """Everything that decides about the bytes of an output besides its input, as plain values.

    Args:
        options: what is made.
        identity: what decides about the processor's results, as plain values.
        dataset: what the source is, if it is no recording.
    """
    settings = {
        "tool": __version__,
        "libraries": {name: version(name) for name in _LIBRARIES},
        "options": asdict(options),
        "processor": dict(identity),
        **({} if dataset is None else {"dataset": asdict(dataset.card)}),
    }
    plain: dict[str, object] = json.loads(json.dumps(settings, default=_plain))
    return plain


def key_of(settings: Mapping[str, object], files: Sequence[StoredFile]) -> str:
    """The key of a run: sha256 of its settings, whatever the order of their names, and input."""
    plain = [settings, [file.sha256 for file in files]]
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()


def _plain(value: object) -> Any:  # noqa: ANN401 - as JSON takes it
    return value.value if isinstance(value, Enum) else str(value)
