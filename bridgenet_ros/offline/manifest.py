"""The manifest of a run, ``OUT.manifest.json`` beside its output: what was made, of what, how."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from bridgenet_ros import __version__
from bridgenet_ros.checksum import file_sha256
from bridgenet_ros.errors import BagError
from bridgenet_ros.offline.options import ProcessSummary
from bridgenet_ros.offline.parts import write_whole

FORMAT = 1
_TYPES = {
    **dict.fromkeys(("source", "key", "tool", "machine", "written"), str),
    **dict.fromkeys(("input", "output"), list),
    **dict.fromkeys(("settings", "summary", "topics", "timings_s"), dict),
    "workers": int,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """A file of a recording: its name, bytes and sha256."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What `bridgenet verify` checks an output against.

    Attributes:
        source: name of the input.
        input: its files.
        output: the files of the output.
        settings: everything that decides about the bytes of the output besides the input: weights
            with their sha256, parameters, options, versions of the libraries.
        key: digest of the settings and the input; the same key means the same bytes.
        summary: what became of the recording; the fields of `ProcessSummary`.
        topics: messages of the output, by topic.
        timings_s: seconds of the stages.
        workers: how many there were.
        tool: version of this package.
        machine: where it ran.
        written: when, UTC, ISO 8601.
        format: of this file.
    """

    source: str
    input: Sequence[StoredFile]
    output: Sequence[StoredFile]
    settings: Mapping[str, object]
    key: str
    summary: Mapping[str, Any]
    topics: Mapping[str, int]
    timings_s: Mapping[str, float]
    workers: int
    tool: str = __version__
    machine: str = field(default_factory=platform.platform)
    written: str = field(
        default_factory=lambda: datetime.now(timezone.utc).isoformat(timespec="seconds")
    )
    format: int = FORMAT


def manifest_path(target: Path) -> Path:
    """Where the manifest of an output lies."""
    return target.with_name(f"{target.name}.manifest.json")


def write_manifest(target: Path, manifest: Manifest) -> None:
    """Write the manifest of an output.

    Raises:
        BagError: it cannot be written.
    """
    write_whole(manifest_path(target), json.dumps(asdict(manifest), indent=1) + "\n")


def read_manifest(target: Path) -> Manifest:
    """The manifest of an output.

    Raises:
        BagError: there is none, or it is not as this version writes it.
    """
    path = manifest_path(target)
    try:
        fields = json.loads(path.read_text("utf-8"))
        if fields["format"] != FORMAT:
            raise BagError(f"{path}: has format {fields['format']!r}; expected {FORMAT}")
        return _manifest_of(fields)
    except FileNotFoundError as error:
        raise BagError(
            f"{path}: no such file; expected the manifest that process-bag writes"
        ) from error
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise BagError(f"{path}: is no manifest of a run: {error}") from error


def check_manifest(target: Path) -> None:
    """Refuse to replace a file that is no manifest.

    Raises:
        BagError: there is one at `manifest_path`.
    """
    path = manifest_path(target)
    try:
        fields = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return
    except (OSError, ValueError):
        fields = None
    if not (isinstance(fields, dict) and {"format", "key"} <= fields.keys()):
        raise BagError(f"{path}: exists and is no manifest; only manifests are replaced")


def summary_of(manifest: Manifest) -> ProcessSummary:
    """What became of the recording.

    Raises:
        TypeError: the manifest is not as this version writes it.
    """
    fields = dict(manifest.summary)
    return ProcessSummary(**{**fields, "warnings": tuple(fields.get("warnings", ()))})


def check_files(recording: Path, expected: Sequence[StoredFile]) -> None:
    """Compare the files of a recording or a data set with those that a manifest lists.

    A single file may have been renamed; its content decides.

    Raises:
        BagError: one is missing, changed or added, or cannot be read.
    """
    found = stored_files(recording)
    if len(found) == len(expected) == 1:
        found = [StoredFile(name=expected[0].name, size=found[0].size, sha256=found[0].sha256)]
    known = {file.name: file for file in found}
    for file in expected:
        if file.name not in known:
            raise BagError(f"{recording}: lacks {file.name}, which its manifest names")
        actual = known.pop(file.name)
        if actual.size != file.size:
            raise BagError(
                f"{recording}: {file.name} has {actual.size} bytes; its manifest says {file.size}"
            )
        if actual.sha256 != file.sha256:
            raise BagError(
                f"{recording}: {file.name} has sha256 {actual.sha256}; its manifest says "
                f"{file.sha256}"
            )
    if known:
        raise BagError(f"{recording}: has {min(known)}, which its manifest does not name")


def stored_files(recording: Path, known: Mapping[str, str] | None = None) -> list[StoredFile]:
    """The files of a recording or a data set, in the order of their names.

    Args:
        recording: a file or a folder.
        known: checksums by name of files that need not be read again.

    Raises:
        BagError: one cannot be read.
    """
    known = known or {}
    try:
        if not recording.is_dir():
            return [_stored(recording, recording.name, known)]
        names = sorted(
            str(Path(folder, file).relative_to(recording))
            for folder, _, files in os.walk(recording, followlinks=True)
            for file in files
        )
        return [_stored(recording / name, name, known) for name in names]
    except OSError as error:
        raise BagError(f"{recording}: cannot be read: {error.strerror or error}") from error


def _manifest_of(fields: dict[str, Any]) -> Manifest:
    """From plain values.

    Raises:
        TypeError, KeyError: they are none.
    """
    for name, kind in _TYPES.items():
        if not isinstance(fields[name], kind):
            raise TypeError(f"{name} is {fields[name]!r}; expected a {kind.__name__}")
    for topic, count in fields["topics"].items():
        if type(count) is not int:
            raise TypeError(f"the messages of {topic} are {count!r}; expected a number")
    for name in ("input", "output"):
        fields[name] = [StoredFile(**file) for file in fields[name]]
    manifest = Manifest(**fields)
    summary_of(manifest)
    return manifest


def _stored(path: Path, name: str, known: Mapping[str, str]) -> StoredFile:
    sha256 = known.get(name) or file_sha256(path)
    return StoredFile(name=name, size=path.stat().st_size, sha256=sha256)
