"""Checks an output against the manifest beside it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bridgenet_ros.errors import BagError
from bridgenet_ros.offline.bag_reader import BagReader
from bridgenet_ros.offline.manifest import Manifest, StoredFile, read_manifest, stored_files


def verify(target: Path, source: Path | None = None) -> Manifest:
    """Check that an output is the one its manifest describes, byte for byte, and opens.

    Args:
        target: the output.
        source: also check that this is the input it was made of.

    Returns:
        The manifest.

    Raises:
        BagError: there is no manifest, a file is missing, changed or added, the number of
            messages of a topic differs, or the recording is damaged.
    """
    manifest = read_manifest(target)
    if not target.exists():
        raise BagError(f"{target}: no such file or directory, but its manifest is there")
    _check_files(target, manifest.output)
    if source is not None:
        _check_files(source, manifest.input)
    with BagReader(target) as reader:
        counts = dict.fromkeys((c.topic for c in reader.connections), 0)
        for message in reader.messages():
            counts[message.connection.topic] += 1
    for topic in sorted({*counts, *manifest.topics}):
        found, expected = counts.get(topic, 0), manifest.topics.get(topic, 0)
        if found != expected:
            raise BagError(f"{target}: {topic} has {found} messages; its manifest says {expected}")
    return manifest


def _check_files(recording: Path, expected: Sequence[StoredFile]) -> None:
    # A single file may have been renamed; its content decides.
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
