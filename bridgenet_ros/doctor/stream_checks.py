"""What can be wrong with one image topic and its calibration."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import pairwise

import numpy as np

from bridgenet_ros.calibration import CameraInfoLike, for_image
from bridgenet_ros.depth_units import to_metres
from bridgenet_ros.doctor.finding import Finding, Status
from bridgenet_ros.doctor.stream_record import Arrival
from bridgenet_ros.errors import FrameError
from bridgenet_ros.frame import DepthArray, FloatArray
from bridgenet_ros.input_config import InputConfig
from bridgenet_ros.registration.rig_finder import is_rectified

MOST_GAP = 3.5
"""Periods between two stamps from which on images were lost."""
FEW_VALID = 0.3
"""Share of valid depth below which something is odd."""
_MILLIMETRES = 100.0
"""A median of float depth above this is no distance in metres that a depth camera measures."""


def check_arrivals(role: str, topic: str, arrivals: Sequence[Arrival]) -> list[Finding]:
    """Rate, gaps and order of the stamps; nothing where no message has come."""
    if not arrivals:
        return []
    stamps = [a.stamp_ns for a in arrivals]
    if zero := sum(stamp <= 0 for stamp in stamps):
        what = f"{zero} of {len(stamps)} images of {topic} have stamp 0"
        return [_of(role, Status.ERROR, what, "let the driver stamp its images")]
    found = []
    steps_s = [(later - earlier) / 1e9 for earlier, later in pairwise(stamps)]
    if back := sum(step < 0 for step in steps_s):
        what = f"stamps of {topic} go back in time {back} times"
        advice = "a looped recording does so, and pairing then starts anew; else look for a second "
        found.append(_of(role, Status.NOTE, what, f"{advice}publisher of the topic"))
    forward = [step for step in steps_s if step > 0]
    if not forward:
        return [*found, _of(role, Status.WARNING, f"{topic}: {len(stamps)} image", "look longer")]
    period_s = float(np.median(forward))
    what = (
        f"{topic}: {1 / period_s:.1f} Hz, {len(stamps)} images, at most {max(forward):.3f} s "
        "between two stamps"
    )
    if max(forward) <= MOST_GAP * period_s:
        return [*found, _of(role, Status.OK, what)]
    advice = (
        "images are lost: look at the load of the machine and the driver, and for large images at "
        "Fast DDS's shared memory (config/fastdds_shm.xml)"
    )
    return [*found, _of(role, Status.WARNING, what, advice)]


def check_frames(role: str, topic: str, frame_ids: Collection[str]) -> list[Finding]:
    """One frame id, and not an empty one."""
    if len(frame_ids) > 1:
        names = ", ".join(map(repr, frame_ids))
        what = f"images of {topic} have the frame ids {names}"
        return [_of(role, Status.WARNING, what, "look for a second publisher of the topic")]
    if "" in frame_ids:
        what = f"images of {topic} have no frame_id"
        advice = "set the frame in the driver: points and SLAM need it"
        return [_of(role, Status.WARNING, what, advice)]
    return []


def check_decoding(
    role: str,
    topic: str,
    encodings: Collection[str],
    sizes: Collection[tuple[int, int]],
    undecodable: int,
    error: str,
) -> list[Finding]:
    """Encoding and size; an image that cannot be decoded is an error.

    Args:
        role: ``colour`` or ``depth``.
        topic: of the images.
        encodings: all that were seen.
        sizes: (height, width), all that were seen.
        undecodable: images that could not be decoded.
        error: of the last one.
    """
    if undecodable:
        what = f"{undecodable} images of {topic} cannot be decoded: {error}"
        advice = "choose an accepted encoding in the driver, or name another topic"
        return [_of(role, Status.ERROR, what, advice)]
    if not sizes:
        return []
    shown = ", ".join(f"{width}x{height}" for height, width in sizes)
    what = f"{topic}: {', '.join(encodings)}, {shown}"
    if len(sizes) > 1 or len(encodings) > 1:
        return [_of(role, Status.NOTE, what, "it changes while running, which costs a warm-up")]
    return [_of(role, Status.OK, what)]


def metres(depth: DepthArray, settings: InputConfig) -> FloatArray:
    """Depth in metres, 0 where it is invalid or outside the range of the settings."""
    return to_metres(
        depth,
        scale_m=settings.depth_scale,
        min_m=settings.min_depth,
        max_m=settings.max_depth,
    )


def check_values(topic: str, depth: DepthArray, settings: InputConfig) -> Finding:
    """Whether depth has values in the range that is used.

    Args:
        topic: of the images.
        depth: an image, uint16 units or float32 metres.
        settings: scale and range.
    """
    depth_m = metres(depth, settings)
    share = float(np.mean(depth_m > 0))
    within = f"between {settings.min_depth:g} and {settings.max_depth:g} m"
    what = f"{share:.0%} of the pixels of {topic} are {within}"
    if share >= FEW_VALID:
        median_m = float(np.median(depth_m[depth_m > 0]))
        return _of("depth", Status.OK, f"{what}, {median_m:.2f} m in the median")
    advice = "look at the sensor: too near, too far, covered, or a dark or shiny scene"
    if share == 0:
        advice = _advice_on_units(depth, settings.depth_scale)
    return _of("depth", Status.WARNING if share else Status.ERROR, what, advice)


def _advice_on_units(depth: DepthArray, scale_m: float) -> str:
    measured = depth[np.isfinite(depth) & (depth > 0)]
    if not measured.size:
        return "no pixel holds a measurement: look at the sensor and its driver"
    median = float(np.median(measured))
    if depth.dtype == np.uint16:
        return (
            f"the median value is {median:.0f}, with input.depth_scale {scale_m:g} that is "
            f"{median * scale_m:g} m: correct input.depth_scale, input.min_depth or input.max_depth"
        )
    if median > _MILLIMETRES:
        return (
            f"the median value is {median:.0f}: 32FC1 is in metres (REP 118), this looks like "
            "millimetres; let the driver publish 16UC1 or metres"
        )
    return f"the median is {median:g} m: correct input.min_depth or input.max_depth"


def check_info(
    role: str,
    image_topic: str,
    view: tuple[str, tuple[int, int]],
    info: CameraInfoLike | None,
    info_topic: str,
    *,
    needed: bool,
) -> list[Finding]:
    """Whether the calibration is there and fits its image.

    Args:
        role: ``colour`` or ``depth``.
        image_topic: of the images.
        view: the image's frame id and its (height, width).
        info: the calibration.
        info_topic: where it is expected.
        needed: nothing works without it.
    """
    frame_id, (height, width) = view
    bad = Status.ERROR if needed else Status.WARNING
    name = "rgb/camera_info" if role == "colour" else "depth/camera_info"
    if info is None:
        if role == "depth" and not needed:
            return []  # nothing reads it
        what = f"no camera info on {info_topic}"
        use = "depth cannot be projected" if needed else "there will be no camera_info and points"
        return [_of(role, bad, f"{what}: {use}", f"start it, or remap {name} to its topic")]
    try:
        calibration = for_image(info, width, height)
        fx = calibration.intrinsics().fx
    except FrameError as error:
        advice = f"calibrate the camera, or remap {name} to the info of {image_topic}"
        return [_of(role, bad, f"{info_topic}: {error}", advice)]
    found = [
        _of(role, Status.OK, f"{info_topic} fits {width}x{height}, focal length {fx:.1f} pixels")
    ]
    info_frame = info.header.frame_id  # type: ignore[attr-defined]
    if info_frame not in ("", frame_id):
        what = f"{info_topic} is in frame {info_frame!r}, its image in {frame_id!r}"
        found.append(_of(role, Status.WARNING, what, f"remap {name} to the info of {image_topic}"))
    if role == "colour" and any(calibration.d) and not is_rectified(image_topic):
        what = f"{image_topic} is not rectified"
        advice = "SLAM and clouds are exact with rectified colour, such as image_proc's image_rect"
        found.append(_of(role, Status.NOTE, what, advice))
    return found


def _of(role: str, status: Status, what: str, advice: str = "") -> Finding:
    return Finding(part=role, status=status, what=what, advice=advice)
