"""Unpacks an input that cannot be read in pieces, once for all workers.

A rosbag2 directory whose files are compressed as a whole would otherwise be unpacked by every
reader anew, into the system's folder for temporary files.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path, PurePath
from typing import Any

import yaml

from bridgenet_ros.errors import BagError
from bridgenet_ros.offline.bag_writer import failure_named
from bridgenet_ros.offline.parts import write_whole

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_INFORMATION = "rosbag2_bagfile_information"


def stage(source: Path, folder: Path) -> Path:
    """The recording to read: ``source`` itself, or its unpacked copy in ``folder``.

    A copy that is there from a stopped run is used again.

    Raises:
        BagError: the recording is damaged.
        SpaceError: the disk is full.
    """
    metadata = _file_compressed(source)
    if metadata is None:
        return source
    if (folder / "metadata.yaml").is_file():
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    try:
        with failure_named(folder):
            _unpack(source, folder, metadata)
    except (zstd.ZstdError, EOFError, LookupError, TypeError) as error:
        raise BagError(f"{source}: cut or damaged: {error}") from error
    return folder


def _unpack(source: Path, folder: Path, metadata: dict[str, dict[str, Any]]) -> None:
    information = metadata[_INFORMATION]
    names = [PurePath(name).name for name in information["relative_file_paths"]]
    if missing := [name for name in names if not (source / name).is_file()]:
        raise BagError(f"{source}: lacks its file {missing[0]}")
    folder.mkdir(parents=True)
    for name in names:
        with (
            zstd.open(source / name, "rb") as packed,
            (folder / PurePath(name).stem).open("wb") as unpacked,
        ):
            shutil.copyfileobj(packed, unpacked, 1 << 20)
    information["relative_file_paths"] = [PurePath(name).stem for name in names]
    information["compression_mode"] = information["compression_format"] = ""
    # Last, since it says that the copy is whole.
    write_whole(folder / "metadata.yaml", yaml.safe_dump(metadata))


def _file_compressed(source: Path) -> dict[str, dict[str, Any]] | None:
    """The metadata of a recording whose files are compressed; all other is the reader's matter."""
    try:
        metadata = yaml.safe_load((source / "metadata.yaml").read_text("utf-8"))
        information = metadata[_INFORMATION]
        packed = information["compression_mode"].lower() == "file"
        return metadata if packed and information["compression_format"] == "zstd" else None
    except (OSError, UnicodeDecodeError, yaml.YAMLError, LookupError, TypeError, AttributeError):
        return None
