"""All that is found about a camera's two image topics, live or recorded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from bridgenet_ros.calibration import CameraInfoLike
from bridgenet_ros.config import NodeConfig
from bridgenet_ros.depth_units import MILLIMETRE
from bridgenet_ros.doctor.finding import Finding, Status
from bridgenet_ros.doctor.pair_checks import (
    check_clocks,
    check_grid,
    check_pairing,
    check_sizes,
)
from bridgenet_ros.doctor.stream_checks import (
    check_arrivals,
    check_decoding,
    check_frames,
    check_info,
    check_values,
    metres,
)
from bridgenet_ros.doctor.stream_record import StreamRecord
from bridgenet_ros.errors import FrameError
from bridgenet_ros.frame import DepthArray, RgbdFrame, UInt8Array

FindRig = Callable[[RgbdFrame], RgbdFrame]
"""The frame with what projects its depth, if that is needed; FrameError where it is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """What was gathered.

    Attributes:
        color: the colour images.
        depth: the depth images.
        color_info: colour's calibration, if one came.
        depth_info: depth's.
        color_info_topic: where colour's is expected.
        depth_info_topic: where depth's is expected.
        find_rig: see `FindRig`.
    """

    color: StreamRecord[UInt8Array]
    depth: StreamRecord[DepthArray]
    color_info: CameraInfoLike | None
    depth_info: CameraInfoLike | None
    color_info_topic: str
    depth_info_topic: str
    find_rig: FindRig


def examine(camera: Camera, config: NodeConfig, scales: Sequence[int] = ()) -> list[Finding]:
    """Every check of the topics, colour first.

    Args:
        camera: what was gathered.
        config: the settings that the node would have.
        scales: upsampling factors of the weights.
    """
    color, depth = camera.color, camera.depth
    registration, projected = _registration(camera)
    color_info = camera.color_info, camera.color_info_topic
    depth_info = camera.depth_info, camera.depth_info_topic
    found = [*_stream(color), *_info(color, *color_info, needed=projected), *_stream(depth)]
    if depth.pixels is not None:
        found.append(check_values(depth.topic, depth.pixels, config.input))
    found += _info(depth, *depth_info, needed=projected)
    arrivals = color.arrivals, depth.arrivals
    found += [*check_pairing(*arrivals, config.sync), *check_clocks(*arrivals, config.sync)]
    if color.size is not None and depth.size is not None and not projected:
        found.append(check_sizes(color.size, depth.size, scales))
        if color.size == depth.size and depth.pixels is not None:
            integers = depth.pixels.dtype == np.uint16
            unit_m = config.input.depth_scale if integers else MILLIMETRE
            found += check_grid(metres(depth.pixels, config.input), unit_m)
    return [*found, *registration]


def _stream(record: StreamRecord[UInt8Array] | StreamRecord[DepthArray]) -> list[Finding]:
    role, topic = record.role, record.topic
    return [
        *check_arrivals(role, topic, record.arrivals),
        *check_frames(role, topic, record.frame_ids),
        *check_decoding(
            role,
            topic,
            record.encodings,
            record.sizes,
            record.undecodable,
            record.last_error,
        ),
    ]


def _info(
    record: StreamRecord[UInt8Array] | StreamRecord[DepthArray],
    info: CameraInfoLike | None,
    info_topic: str,
    *,
    needed: bool,
) -> list[Finding]:
    if record.size is None:
        return []
    view = record.frame_id, record.size
    return check_info(record.role, record.topic, view, info, info_topic, needed=needed)


def _registration(camera: Camera) -> tuple[list[Finding], bool]:
    """Where depth lies, and whether it must be projected."""
    rgb, depth = camera.color.pixels, camera.depth.pixels
    if rgb is None or depth is None:
        return [], False
    frame = RgbdFrame(
        rgb=rgb,
        depth=depth,
        stamp_ns=camera.color.arrivals[-1].stamp_ns,
        depth_stamp_ns=camera.depth.arrivals[-1].stamp_ns,
        frame_id=camera.color.frame_id,
        depth_frame_id=camera.depth.frame_id,
    )
    try:
        rig = camera.find_rig(frame).rig
    except FrameError as error:
        what, _, advice = str(error).partition(": ")
        return [Finding(part="pairs", status=Status.ERROR, what=what, advice=advice)], True
    if rig is None:
        what = f"depth lies in the colour view (frame {frame.frame_id!r})"
    else:
        what = (
            f"depth of frame {frame.depth_frame_id!r} is projected into {frame.frame_id!r}, "
            f"extrinsics from {rig.source}"
        )
    return [Finding(part="pairs", status=Status.OK, what=what)], rig is not None
