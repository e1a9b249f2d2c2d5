"""Makes an input that cannot be read in pieces one that can, once for all workers.

A rosbag2 directory whose files are compressed as a whole would otherwise be unpacked by every
reader anew, into the system's folder for temporary files. A data set becomes a recording.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path, PurePath
from typing import Any

import yaml

from bridgenet_ros.data.dataset import RgbdDataset
from bridgenet_ros.errors import BagError
from bridgenet_ros.offline.bag_writer import Compression, failure_named
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


def stage_dataset(dataset: RgbdDataset, folder: Path) -> Path:
    """The pairs of a data set as a recording in ``folder``, depth as 32FC1.

    One that is there from a stopped run is used again. For the rest see `make_bag`.

    Raises:
        DatasetError: a pair cannot be read, or the data set is none of depth and one size.
        SpaceError: the disk is full.
    """
    from bridgenet_ros.offline.make_bag import make_bag  # loads torch, which recordings do without

    recording = folder / "dataset.mcap"
    if not recording.exists():
        with failure_named(folder):
            folder.mkdir(parents=True, exist_ok=True)
        make_bag(dataset, recording, encoding="32FC1", compression=Compression.CHUNK)
    return recording


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
