"""Why nothing comes out: one verdict of what is known about the inputs.

Causes are looked for in the order in which one hides the next: an input that nobody publishes
cannot be unsynchronised. Colour comes before depth.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from bridgenet_ros.output_record import Refusal

COMPRESSED_TYPE = "sensor_msgs/msg/CompressedImage"
IMAGE_TYPES = ("sensor_msgs/msg/Image", COMPRESSED_TYPE)
MOST_SLOP_S = 1.0
"""Also the greatest `sync.stamp_offset`."""
REGISTRATION_REASONS = ("frame_id", "calibration", "outside")
NETWORK_REASONS = ("engine", "internal")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """A QoS policy whose offer is less than what is asked for.

    Attributes:
        policy: such as ``reliability``.
        offered: the publisher's value; empty where it is not known.
        requested: ours.
    """

    policy: str
    offered: str
    requested: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InputFacts:
    """What is known about one input topic.

    Attributes:
        name: before remapping, such as ``rgb/image``.
        topic: after it, in full.
        type: expected ROS type.
        offered_types: that of every publisher of the topic.
        mismatches: incompatible QoS.
        candidates: topics of the expected type that others publish and we do not read.
        messages: received.
        rate_hz: of the last ten seconds.
        silent_s: since the last message; infinite before the first.
        unstamped: the newest stamp is 0.
        unframed: the newest frame_id is empty.
    """

    name: str
    topic: str
    type: str
    offered_types: tuple[str, ...] = ()
    mismatches: tuple[Mismatch, ...] = ()
    candidates: tuple[str, ...] = ()
    messages: int = 0
    rate_hz: float = 0.0
    silent_s: float = math.inf
    unstamped: bool = False
    unframed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """Everything that a verdict rests on.

    Attributes:
        color: the colour images.
        depth: the depth images.
        info: the colour calibration, of which one message is enough.
        silent_s: since the last result, or since the node could have had one.
        watched_s: since the node was activated.
        timeout_s: how long silence is not worth a word.
        gap_s: least distance of the newest stamps of colour and depth; None where one has none.
        lag_s: newest depth stamp less newest colour stamp.
        slop_s: the largest distance of a pair.
        exact: only equal stamps make a pair, whatever the slop.
        offset_s: what gap and lag have had added to the depth stamps.
        refusals: frames that were dropped since the last result, by reason.
        waits_for_clock: ``use_sim_time`` is set and nobody tells the time.
        busy_s: how long the network has been at work without a result; 0 while it is not.
    """

    color: InputFacts
    depth: InputFacts
    info: InputFacts
    silent_s: float
    watched_s: float
    timeout_s: float
    gap_s: float | None = None
    lag_s: float | None = None
    slop_s: float
    exact: bool = False
    offset_s: float = 0.0
    refusals: Mapping[str, Refusal]
    waits_for_clock: bool = False
    busy_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is wrong.

    Attributes:
        cause: a short fixed name.
        topic: the input to blame; empty where it is none of them.
        message: one line with figures and what to change.
    """

    cause: str
    topic: str
    message: str


def judge(situation: Situation) -> Verdict | None:
    """The first cause that explains the silence; None while output flows.

    Without colour's camera info images come out and their camera_info and points do not: that, a
    clock that has not begun and colour without a frame_id are said while output flows.
    """
    if situation.silent_s < situation.timeout_s:
        late = situation.watched_s >= situation.timeout_s
        if not late:
            return None
        return (
            _no_clock(situation)
            or _no_info(situation, "depth comes out without camera_info")
            or _no_frame(situation)
        )
    return _cause_of_silence(situation, f"no output for {situation.silent_s:.1f} s")


def _no_clock(situation: Situation) -> Verdict | None:
    if not situation.waits_for_clock:
        return None
    return Verdict(
        "no_clock",
        "/clock",
        "use_sim_time is true and nothing has come on /clock: the age of the output is not known; "
        "start the simulator, play the recording with --clock, or set use_sim_time to false",
    )


def _no_frame(situation: Situation) -> Verdict | None:
    color = situation.color
    if not color.unframed:
        return None
    return Verdict(
        "no_frame_id",
        color.topic,
        f"depth comes out without a frame_id, as images of {color.topic} have none: whoever needs "
        "TF, such as RViz or a costmap, cannot place it; set the frame in the driver",
    )


def _cause_of_silence(situation: Situation, start: str) -> Verdict:
    for look in (_no_publisher, _other_type, _incompatible):
        for facts in (situation.color, situation.depth):
            if (fault := look(facts)) is not None:
                return Verdict(fault[0], facts.topic, f"{start}: {fault[1]}")
    for facts in (situation.color, situation.depth):
        if facts.silent_s >= situation.timeout_s:
            cause, text = _no_message(facts)
            return Verdict(cause, facts.topic, f"{start}: {text}")
    return _stamps(situation, start) or _refused(situation, start) or _slow(situation, start)


def fault_of(facts: InputFacts) -> tuple[str, str]:
    """Why nothing has come on one topic: a short fixed name, and what is wrong and to change."""
    return _no_publisher(facts) or _other_type(facts) or _incompatible(facts) or _no_message(facts)


def _no_publisher(facts: InputFacts) -> tuple[str, str] | None:
    if facts.offered_types:
        return None
    seen = f" (such are {', '.join(facts.candidates)})" if facts.candidates else ""
    return "no_publisher", (
        f"nobody publishes {facts.topic}; start the camera, or remap {facts.name} to a topic of "
        f"type {facts.type}{seen}"
    )


def _other_type(facts: InputFacts) -> tuple[str, str] | None:
    if facts.type in facts.offered_types:
        return None
    offered = ", ".join(sorted(set(facts.offered_types)))
    hint = ""
    if COMPRESSED_TYPE in facts.offered_types:
        hint = ", or read compressed images by rgb_image_transport or depth_image_transport"
    return "other_type", (
        f"{facts.topic} is published as {offered}, expected {facts.type}; remap {facts.name} to a "
        f"topic of that type{hint}"
    )


def _incompatible(facts: InputFacts) -> tuple[str, str] | None:
    if not facts.mismatches:
        return None
    first = facts.mismatches[0]
    override = f"qos_overrides.{facts.topic}.subscription.{first.policy}"
    change = f"set {override} to {first.offered or 'what the publisher offers'}"
    if first.policy == "reliability":
        change = f"set input.qos to auto and leave {override} out"
    return "incompatible_qos", (
        f"{facts.topic} is offered with {first.policy} {first.offered or 'less than ours'}, asked "
        f"for is {first.requested}; {change}"
    )


def _no_message(facts: InputFacts) -> tuple[str, str]:
    count = len(facts.offered_types)
    change = "look at the driver"
    if facts.type in IMAGE_TYPES:
        change = (
            "look at the driver, and for large images at Fast DDS's shared memory "
            "(config/fastdds_shm.xml)"
        )
    since = "has come yet" if facts.messages == 0 else f"has come for {facts.silent_s:.1f} s"
    return "no_message", (
        f"{facts.topic} has {count} publisher{'s' * (count != 1)} and no message {since} "
        f"({facts.messages} in all); {change}"
    )


def _no_info(situation: Situation, start: str) -> Verdict | None:
    info = situation.info
    if info.messages:
        return None
    fault = fault_of(info)
    return Verdict("no_camera_info", info.topic, f"{start}: {fault[1]}")


def _stamps(situation: Situation, start: str) -> Verdict | None:
    for facts in (situation.color, situation.depth):
        if facts.unstamped:
            text = f"images of {facts.topic} have stamp 0; let the driver stamp them"
            return Verdict("stamps", facts.topic, f"{start}: {text}")
    gap_s, lag_s = situation.gap_s, situation.lag_s
    if gap_s is None or lag_s is None or gap_s <= (0.0 if situation.exact else situation.slop_s):
        return None
    color, depth = situation.color, situation.depth
    spacing_s = 1.0 / max(min(color.rate_hz, depth.rate_hz), 1e-3)
    slop_s = math.ceil(gap_s * 1100) / 1000
    if gap_s <= situation.slop_s:
        change = "set sync.policy to nearest, as exact pairs equal stamps only"
    elif abs(lag_s) <= spacing_s and slop_s <= MOST_SLOP_S:
        change = f"set sync.slop to {slop_s:.3f} or more, or synchronise the sensors"
    elif abs(offset_s := situation.offset_s - lag_s) <= MOST_SLOP_S:
        change = f"set sync.stamp_offset to about {offset_s:.3f}, or stamp both by one clock"
    else:
        change = "stamp both by one clock; that is more than sync.stamp_offset can mend"
    return Verdict(
        "stamps",
        depth.topic,
        f"{start}: stamps of {color.topic} ({color.rate_hz:.1f} Hz) and {depth.topic} "
        f"({depth.rate_hz:.1f} Hz) are {gap_s:.3f} s apart at best, sync.slop is "
        f"{situation.slop_s:.3f} s, and depth's newest is {abs(lag_s):.3f} s "
        f"{'behind' if lag_s < 0 else 'ahead of'} colour's; {change}",
    )


def _refused(situation: Situation, start: str) -> Verdict | None:
    refusals = situation.refusals
    if not refusals:
        return None
    reason = max(refusals, key=lambda r: refusals[r].count)
    refusal = refusals[reason]
    said = f"{start}: {refusal.count} frames were refused ({reason}): {refusal.message}"
    for facts in (situation.color, situation.depth):
        if reason == "frame_id" and facts.unframed:
            change = "set it in the driver, or set register.mode to off if depth is registered"
            text = f"images of {facts.topic} have no frame_id; {change}"
            return Verdict("registration", facts.topic, f"{start}: {text}")
    if reason == "all_invalid":
        return Verdict("all_invalid", situation.depth.topic, f"{said}; or look at the sensor")
    if reason in REGISTRATION_REASONS:
        return _no_info(situation, start) or Verdict("registration", situation.depth.topic, said)
    if reason in NETWORK_REASONS:
        change = "see the log; a smaller model.preset or another model.device may work"
        return Verdict("network", "", f"{said}; {change}")
    return Verdict("bad_frames", "", said)


def _slow(situation: Situation, start: str) -> Verdict:
    color, depth = situation.color, situation.depth
    busy = ""
    if situation.busy_s > 0:
        busy = (
            f"the network has been at work on one for {situation.busy_s:.1f} s, and the first of "
            "another size takes longest; "
        )
    return Verdict(
        "slow",
        "",
        f"{start}: {color.topic} ({color.rate_hz:.1f} Hz) and {depth.topic} "
        f"({depth.rate_hz:.1f} Hz) come and are near enough, and no frame was finished; {busy}if "
        "the network is too slow, choose a smaller model.preset, another model.device, or on a CPU "
        "model.precision int8",
    )
