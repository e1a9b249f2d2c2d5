"""Checks an output against the manifest beside it."""

from __future__ import annotations

from pathlib import Path

from bridgenet_ros.errors import BagError
from bridgenet_ros.offline.bag_reader import BagReader
from bridgenet_ros.offline.manifest import Manifest, check_files, read_manifest


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
    check_files(target, manifest.output)
    if source is not None:
        check_files(source, manifest.input)
    with BagReader(target) as reader:
        counts = dict.fromkeys((c.topic for c in reader.connections), 0)
        for message in reader.messages():
            counts[message.connection.topic] += 1
    for topic in sorted({*counts, *manifest.topics}):
        found, expected = counts.get(topic, 0), manifest.topics.get(topic, 0)
        if found != expected:
            raise BagError(f"{target}: {topic} has {found} messages; its manifest says {expected}")
    return manifest
