"""One frame with all that belongs to it in a folder, for a bug report or a closer look."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from math import isnan
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import yaml

from bridgenet_ros import __version__
from bridgenet_ros.calibration import Intrinsics
from bridgenet_ros.config import NodeConfig, settings, value_of
from bridgenet_ros.depth_units import from_metres
from bridgenet_ros.errors import ConfigError
from bridgenet_ros.frame import DepthArray, DepthResult, RgbdFrame
from bridgenet_ros.image_file import encode_file
from bridgenet_ros.point_cloud import CloudMaker, write_ply
from bridgenet_ros.preview import draw_preview
from bridgenet_ros.provenance import source_mask
from bridgenet_ros.quality import Quality
from bridgenet_ros.user_path import user_path


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Snapshot:
    """What is saved.

    Attributes:
        frame: as it came.
        result: what became of it.
        intrinsics: of colour; None, where they are not known, leaves the points out.
        config: the settings in force.
        facts: what else is known, such as the device and the weights.
        quality: the figures of the last frames, if there are any.
    """

    frame: RgbdFrame
    result: DepthResult
    intrinsics: Intrinsics | None
    config: NodeConfig
    facts: Mapping[str, str]
    quality: Quality | None


def save_snapshot(snapshot: Snapshot) -> Path:
    """Write a snapshot into a new folder in ``snapshot.folder``, named by the time (UTC).

    The new folder holds ``color.png``; ``depth_in.png``, as it came; ``depth_sensor.png``,
    what the network was given; ``depth_sr.png`` and, if there is one, ``depth_mde.png``;
    ``source.png`` (`provenance.Source`); ``preview.png``; ``points.ply``, one point for every
    valid pixel, where colour is calibrated; and ``snapshot.yaml``. Depth is 16-bit millimetres
    with 0 for invalid, but ``depth_in.png`` of an integer image keeps that image's units.

    Returns:
        The new folder; it appears only when it is whole.

    Raises:
        ConfigError: ``snapshot.folder`` is no path, or cannot be written.
    """
    folder = user_path("snapshot.folder", snapshot.config.snapshot.folder)
    name = datetime.now(timezone.utc).strftime("%Y-%m-%d_%H-%M-%S.%f")
    target, partial = folder / name, folder / f".{name}.partial"
    try:
        partial.mkdir(parents=True)
        try:
            _write(snapshot, partial)
            partial.rename(target)
        except OSError:
            shutil.rmtree(partial, ignore_errors=True)
            raise
    except OSError as error:
        raise ConfigError(
            f"snapshot.folder is {str(folder)!r}: {error.strerror or error}; "
            "expected a folder that can be written"
        ) from error
    return target


def _write(snapshot: Snapshot, folder: Path) -> None:
    frame, result, config = snapshot.frame, snapshot.result, snapshot.config
    pictures: dict[str, npt.NDArray[Any]] = {
        "color": np.ascontiguousarray(frame.rgb[..., ::-1]),
        "depth_in": _millimetres(frame.depth),
        "depth_sensor": _millimetres(result.sensor_m),
        "depth_sr": _millimetres(result.sr_m),
        "source": source_mask(result),
        "preview": draw_preview(
            frame.rgb,
            result.sensor_m,
            result.sr_m,
            near_m=config.preview.min_depth,
            far_m=config.preview.max_depth,
        ),
    }
    if result.mde_m is not None:
        pictures["depth_mde"] = _millimetres(result.mde_m)
    for name, pixels in pictures.items():
        (folder / f"{name}.png").write_bytes(encode_file(pixels, "png"))
    if snapshot.intrinsics is not None:
        write_ply(folder / "points.ply", CloudMaker()(result.sr_m, snapshot.intrinsics, frame.rgb))
    (folder / "snapshot.yaml").write_text(yaml.safe_dump(_facts(snapshot), sort_keys=False))


def _millimetres(depth: DepthArray) -> npt.NDArray[np.uint16]:
    """Metres as millimetres; an integer image as it is."""
    if depth.dtype == np.uint16:
        return np.asarray(depth, np.uint16)
    return np.asarray(from_metres(np.asarray(depth, np.float32), "16UC1"), np.uint16)


def _facts(snapshot: Snapshot) -> dict[str, Any]:
    """All that is no picture, in types that YAML has."""
    frame, result, quality = snapshot.frame, snapshot.result, snapshot.quality
    return {
        "version": __version__,
        "frame": {
            "color_stamp_ns": frame.stamp_ns,
            "depth_stamp_ns": frame.depth_stamp_ns,
            "color_frame_id": frame.frame_id,
            "depth_frame_id": frame.depth_frame_id,
            "color_size": [frame.rgb.shape[1], frame.rgb.shape[0]],
            "depth_size": [frame.depth.shape[1], frame.depth.shape[0]],
            "depth_type": str(frame.depth.dtype),
        },
        "registration": result.registration,
        "bicubic": result.bicubic,
        "timings_ms": {stage: round(ms, 3) for stage, ms in result.timings_ms.items()},
        "camera": None if snapshot.intrinsics is None else snapshot.intrinsics._asdict(),
        "quality": None if quality is None else _known(asdict(quality)),
        "node": dict(snapshot.facts),
        "parameters": {s.name: value_of(snapshot.config, s.name) for s in settings()},
    }


def _known(figures: Mapping[str, float]) -> dict[str, float]:
    return {name: value for name, value in figures.items() if not isnan(value)}
