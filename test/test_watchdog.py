"""One situation for each cause, with the sentence that it must give."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridgenet_ros.output_record import Refusal
from bridgenet_ros.watchdog import InputFacts, Mismatch, Situation, Verdict, judge

IMAGE, INFO = "sensor_msgs/msg/Image", "sensor_msgs/msg/CameraInfo"
COMPRESSED = "sensor_msgs/msg/CompressedImage"


def flowing(name: str, kind: str = IMAGE) -> InputFacts:
    return InputFacts(
        name=name,
        topic=f"/{name}",
        type=kind,
        offered_types=(kind,),
        messages=300,
        rate_hz=30.0,
        silent_s=0.02,
    )


COLOR, DEPTH = flowing("rgb/image"), flowing("depth/image")
INFO_FACTS = flowing("rgb/camera_info", INFO)
SILENT = Situation(
    color=COLOR,
    depth=DEPTH,
    info=INFO_FACTS,
    silent_s=5.0,
    watched_s=60.0,
    timeout_s=5.0,
    gap_s=0.001,
    lag_s=0.001,
    slop_s=0.02,
    refusals={},
)


def absent(facts: InputFacts) -> InputFacts:
    return InputFacts(name=facts.name, topic=facts.topic, type=facts.type)


def verdict(**changes: object) -> Verdict:
    found = judge(replace(SILENT, **changes))  # type: ignore[arg-type]
    assert found is not None
    assert "\n" not in found.message
    return found


def test_nothing_is_said_while_output_flows() -> None:
    assert judge(replace(SILENT, silent_s=4.9, color=absent(COLOR))) is None


def test_a_clock_that_has_not_begun() -> None:
    found = verdict(silent_s=0.1, waits_for_clock=True)
    assert (found.cause, found.topic) == ("no_clock", "/clock")
    assert "with --clock, or set use_sim_time to false" in found.message
    # Silence has another cause: pairing needs no clock.
    assert verdict(color=absent(COLOR), waits_for_clock=True).cause == "no_publisher"


@pytest.mark.parametrize(("field", "facts"), [("color", COLOR), ("depth", DEPTH)])
def test_no_publisher(field: str, facts: InputFacts) -> None:
    seen = replace(absent(facts), candidates=("/camera/image_raw", "/camera/aligned"))
    assert verdict(**{field: seen}) == Verdict(
        "no_publisher",
        facts.topic,
        f"no output for 5.0 s: nobody publishes {facts.topic}; start the camera, or remap "
        f"{facts.name} to a topic of type {IMAGE} (such are /camera/image_raw, /camera/aligned)",
    )


def test_colour_is_named_before_depth() -> None:
    assert verdict(color=absent(COLOR), depth=absent(DEPTH)).topic == "/rgb/image"


def test_publisher_of_another_type() -> None:
    found = verdict(depth=replace(absent(DEPTH), offered_types=("std_msgs/msg/String",) * 2))
    assert found == Verdict(
        "other_type",
        "/depth/image",
        f"no output for 5.0 s: /depth/image is published as std_msgs/msg/String, expected {IMAGE}; "
        "remap depth/image to a topic of that type",
    )


def test_compressed_images_where_raw_ones_are_expected() -> None:
    found = verdict(color=replace(absent(COLOR), offered_types=(COMPRESSED,)))
    assert found.cause == "other_type"
    assert found.message.endswith(
        "or read compressed images by rgb_image_transport or depth_image_transport"
    )


def test_one_publisher_of_the_right_type_is_enough() -> None:
    mixed = replace(COLOR, offered_types=(COMPRESSED, IMAGE))
    assert verdict(color=mixed).cause == "slow"


@pytest.mark.parametrize(
    ("policy", "offered", "requested", "said", "change"),
    [
        (
            "reliability",
            "best_effort",
            "reliable",
            "best_effort",
            "set input.qos to auto and leave qos_overrides./rgb/image.subscription.reliability out",
        ),
        (
            "durability",
            "volatile",
            "transient_local",
            "volatile",
            "set qos_overrides./rgb/image.subscription.durability to volatile",
        ),
        (
            "deadline",
            "",
            "ours",
            "less than ours",
            "set qos_overrides./rgb/image.subscription.deadline to what the publisher offers",
        ),
    ],
)
def test_incompatible_qos(
    policy: str, offered: str, requested: str, said: str, change: str
) -> None:
    mismatch = Mismatch(policy=policy, offered=offered, requested=requested)
    facts = replace(absent(COLOR), offered_types=(IMAGE,), mismatches=(mismatch,))
    assert verdict(color=facts) == Verdict(
        "incompatible_qos",
        "/rgb/image",
        f"no output for 5.0 s: /rgb/image is offered with {policy} {said}, asked for is "
        f"{requested}; {change}",
    )


def test_publisher_without_messages() -> None:
    found = verdict(depth=replace(absent(DEPTH), offered_types=(IMAGE,)))
    assert (found.cause, found.topic) == ("no_message", "/depth/image")
    assert found.message.startswith(
        "no output for 5.0 s: /depth/image has 1 publisher and no message has come yet (0 in all); "
    )


def test_only_large_images_hint_at_shared_memory() -> None:
    hint = "config/fastdds_shm.xml"
    assert hint in verdict(color=replace(absent(COLOR), offered_types=(IMAGE,))).message
    quiet = replace(absent(INFO_FACTS), offered_types=(INFO,))
    found = judge(replace(SILENT, silent_s=0.0, info=quiet))
    assert found is not None
    assert found.message.endswith("no message has come yet (0 in all); look at the driver")


def test_publisher_that_has_fallen_silent() -> None:
    found = verdict(color=replace(COLOR, offered_types=(IMAGE, IMAGE), silent_s=7.0))
    assert "/rgb/image has 2 publishers and no message has come for 7.0 s (300 in all)" in (
        found.message
    )


def test_missing_camera_info_is_said_though_depth_comes_out() -> None:
    found = judge(replace(SILENT, silent_s=0.0, info=absent(INFO_FACTS)))
    assert found == Verdict(
        "no_camera_info",
        "/rgb/camera_info",
        "depth comes out without camera_info: nobody publishes /rgb/camera_info; start the "
        f"camera, or remap rgb/camera_info to a topic of type {INFO}",
    )


def test_camera_info_has_its_time_to_come() -> None:
    early = replace(SILENT, silent_s=0.0, watched_s=4.9, info=absent(INFO_FACTS))
    assert judge(early) is None


def test_camera_info_that_came_once_is_enough() -> None:
    once = replace(INFO_FACTS, messages=1, silent_s=1000.0)
    assert judge(replace(SILENT, silent_s=0.0, info=once)) is None


def test_phase_of_two_sensors_asks_for_more_slop() -> None:
    slow_color, slow_depth = replace(COLOR, rate_hz=5.0), replace(DEPTH, rate_hz=5.0)
    found = verdict(color=slow_color, depth=slow_depth, gap_s=0.1, lag_s=-0.1)
    assert found == Verdict(
        "stamps",
        "/depth/image",
        "no output for 5.0 s: stamps of /rgb/image (5.0 Hz) and /depth/image (5.0 Hz) are 0.100 s "
        "apart at best, sync.slop is 0.020 s, and depth's newest is 0.100 s behind colour's; set "
        "sync.slop to 0.110 or more, or synchronise the sensors",
    )


def test_shifted_clock_asks_for_an_offset() -> None:
    found = verdict(gap_s=0.2, lag_s=0.5)  # ten images of 30 Hz span 0.3 s
    assert "0.500 s ahead of colour's; set sync.stamp_offset to about -0.500" in found.message


def test_offset_that_is_set_already_counts() -> None:
    found = verdict(gap_s=0.2, lag_s=0.5, offset_s=0.75)
    assert "set sync.stamp_offset to about 0.250" in found.message


def test_two_seconds_are_more_than_the_offset_can_mend() -> None:
    found = verdict(gap_s=1.7, lag_s=-2.0)
    assert "2.000 s behind colour's; stamp both by one clock" in found.message


def test_gap_of_exactly_the_slop_pairs() -> None:
    assert verdict(gap_s=0.02, lag_s=0.02).cause == "slow"


def test_exact_pairing_needs_equal_stamps() -> None:
    found = verdict(gap_s=0.001, lag_s=0.001, exact=True)
    assert found.message.endswith("set sync.policy to nearest, as exact pairs equal stamps only")
    assert verdict(gap_s=0.0, lag_s=0.0, exact=True).cause == "slow"


def test_colour_without_a_frame_is_said_though_depth_comes_out() -> None:
    found = judge(replace(SILENT, silent_s=0.0, color=replace(COLOR, unframed=True)))
    assert found is not None
    assert (found.cause, found.topic) == ("no_frame_id", "/rgb/image")
    assert "images of /rgb/image have none" in found.message
    assert judge(replace(SILENT, silent_s=0.0, depth=replace(DEPTH, unframed=True))) is None


@pytest.mark.parametrize(("field", "facts"), [("color", COLOR), ("depth", DEPTH)])
def test_one_image_without_a_frame_cannot_be_registered(field: str, facts: InputFacts) -> None:
    refusals = {"frame_id": Refusal(9, "depth is in frame 'depth', colour in ''")}
    change = {field: replace(facts, unframed=True)}
    assert verdict(refusals=refusals, **change) == Verdict(
        "registration",
        facts.topic,
        f"no output for 5.0 s: images of {facts.topic} have no frame_id; set it in the driver, or "
        "set register.mode to off if depth is registered",
    )


def test_images_without_stamps() -> None:
    found = verdict(depth=replace(DEPTH, unstamped=True))
    assert found == Verdict(
        "stamps",
        "/depth/image",
        "no output for 5.0 s: images of /depth/image have stamp 0; let the driver stamp them",
    )


@pytest.mark.parametrize(
    ("reason", "cause", "topic", "end"),
    [
        ("all_invalid", "all_invalid", "/depth/image", "; or look at the sensor"),
        ("frame_id", "registration", "/depth/image", ""),
        ("calibration", "registration", "/depth/image", ""),
        (
            "engine",
            "network",
            "",
            "; see the log; a smaller model.preset or another model.device may work",
        ),
        ("encoding", "bad_frames", "", ""),
    ],
)
def test_refused_frames(reason: str, cause: str, topic: str, end: str) -> None:
    refusals = {"size": Refusal(1, "small"), reason: Refusal(150, "why")}
    assert verdict(refusals=refusals) == Verdict(
        cause, topic, f"no output for 5.0 s: 150 frames were refused ({reason}): why{end}"
    )


def test_registration_that_lacks_camera_info_names_that() -> None:
    found = verdict(info=absent(INFO_FACTS), refusals={"calibration": Refusal(9, "none came")})
    assert (found.cause, found.topic) == ("no_camera_info", "/rgb/camera_info")


def test_camera_info_alone_does_not_stop_depth() -> None:
    assert verdict(info=absent(INFO_FACTS)).cause == "slow"


def test_what_stops_depth_goes_before_camera_info() -> None:
    found = verdict(info=absent(INFO_FACTS), refusals={"all_invalid": Refusal(9, "zeros")})
    assert found.cause == "all_invalid"


def test_nothing_else_left_is_a_slow_network() -> None:
    found = verdict()
    assert (found.cause, found.topic) == ("slow", "")
    assert "/rgb/image (30.0 Hz) and /depth/image (30.0 Hz) come" in found.message


def test_a_network_at_work_is_told_with_its_time() -> None:
    said = "the network has been at work on one for 4.3 s, and the first of another size"
    assert said in verdict(busy_s=4.3).message
    assert "at work" not in verdict().message
