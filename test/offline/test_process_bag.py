"""From bag to bag with a processor that needs no network."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from processors import Constant
from tiny_bags import (
    COLOR,
    COLOR_INFO,
    DEPTH,
    FRAME,
    HEIGHT,
    MS,
    PERIOD,
    START,
    WIDTH,
    Recorded,
    color_payload,
    depth_payload,
    image,
    info,
    read_bag,
    recording,
    write_bag,
)

from bridgenet_ros.errors import BagError, ConfigError, EngineError, FrameError
from bridgenet_ros.frame import DepthResult, RgbdFrame
from bridgenet_ros.image_codec import encode_color
from bridgenet_ros.offline.bag_reader import BagMessage, Storage
from bridgenet_ros.offline.bag_topics import TopicNames
from bridgenet_ros.offline.messages import make_header, read_camera_info, read_image, stamp_of
from bridgenet_ros.offline.options import ProcessOptions, ProcessSummary
from bridgenet_ros.offline.process_bag import process_bag
from bridgenet_ros.register_config import RegisterConfig

SR, SR_INFO = "/sr/depth/image", "/sr/depth/camera_info"
MDE, MDE_INFO = "/mde/depth/image", "/mde/depth/camera_info"


def run(
    tmp_path: Path,
    messages: list[Recorded] | None = None,
    options: ProcessOptions | None = None,
    names: tuple[str, str] = ("in.mcap", "out.mcap"),
) -> tuple[ProcessSummary, dict[str, list[BagMessage]]]:
    source = write_bag(tmp_path / names[0], messages)
    summary = process_bag(source, tmp_path / names[1], Constant, options)
    return summary, read_bag(tmp_path / names[1])


def test_every_pair_gives_an_image_and_a_calibration(tmp_path: Path) -> None:
    summary, topics = run(tmp_path)
    assert (summary.pairs, summary.results, summary.copied) == (3, 3, 12)
    assert (summary.color_topic, summary.depth_topic) == (COLOR, DEPTH)
    assert (summary.unpaired, summary.bad_frames, summary.warnings) == ({}, {}, ())
    for index, (color, sr, sr_info) in enumerate(
        zip(topics[COLOR], topics[SR], topics[SR_INFO], strict=True)
    ):
        result, calibration = read_image(sr.raw), read_camera_info(sr_info.raw)
        header = read_image(color.raw).header
        assert result.header == calibration.header == header
        assert (result.height, result.width, result.encoding) == (HEIGHT, WIDTH, "32FC1")
        depth_m = result.data.view(np.float32).reshape(HEIGHT, WIDTH)
        assert np.isnan(depth_m[0, 0])
        assert depth_m[1, 1] == np.float32((1000 + index) / 1000)
        assert calibration.k[0] == 10.0
    assert MDE not in topics


def test_other_topics_are_copied_byte_for_byte(tmp_path: Path) -> None:
    _, topics = run(tmp_path)
    for topic, messages in read_bag(tmp_path / "in.mcap").items():
        copied = topics[topic]
        assert [(m.time_ns, m.raw) for m in messages] == [(m.time_ns, m.raw) for m in copied]
        assert messages[0].connection.ext == copied[0].connection.ext


def test_the_output_is_recorded_at_the_later_time_of_its_pair(tmp_path: Path) -> None:
    messages = [
        image(COLOR, START, color_payload(), time_ns=START + 70 * MS),
        image(DEPTH, START + MS, depth_payload(), time_ns=START + 40 * MS),
        image(COLOR, START + PERIOD, color_payload(), time_ns=START + 80 * MS),
        image(DEPTH, START + PERIOD + MS, depth_payload(), time_ns=START + 95 * MS),
    ]
    _, topics = run(tmp_path, messages)
    assert [m.time_ns for m in topics[SR]] == [START + 70 * MS, START + 95 * MS]
    assert [stamp_of(read_image(m.raw)) for m in topics[SR]] == [START, START + PERIOD]


@pytest.mark.parametrize("names", [("in.mcap", "out.mcap"), ("in.db3", "out"), ("in", "out.db3")])
def test_two_runs_give_the_same_bytes(tmp_path: Path, names: tuple[str, str]) -> None:
    messages = recording(20, depth_delay_ns=12 * MS)
    _, first = run(tmp_path, messages, ProcessOptions(estimate=True), names)
    again = tmp_path / f"again_{names[1]}"
    process_bag(tmp_path / names[0], again, Constant, ProcessOptions(estimate=True))
    second = read_bag(again)
    for topic in (SR, SR_INFO, MDE, MDE_INFO):
        assert len(first[topic]) == 20
        assert [m[1:] for m in first[topic]] == [m[1:] for m in second[topic]]


def test_estimated_depth_is_written_on_demand(tmp_path: Path) -> None:
    _, topics = run(tmp_path, options=ProcessOptions(estimate=True))
    estimated = read_image(topics[MDE][2].raw)
    assert estimated.data.view(np.float32)[5] == np.float32(2 * 1.002)
    assert read_camera_info(topics[MDE_INFO][2].raw).header == estimated.header


def test_integer_output_is_millimetres_with_zero(tmp_path: Path) -> None:
    _, topics = run(tmp_path, options=ProcessOptions(encoding="16UC1"))
    result = read_image(topics[SR][1].raw)
    assert result.encoding == "16UC1"
    assert result.data.view(np.uint16)[:2].tolist() == [0, 1001]


def test_an_unknown_encoding_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="'mono8'"):
        run(tmp_path, options=ProcessOptions(encoding="mono8"))
    assert [p.name for p in tmp_path.iterdir()] == ["in.mcap"]


def test_the_namespace_goes_before_the_topics(tmp_path: Path) -> None:
    _, topics = run(tmp_path, options=ProcessOptions(namespace="/bridgenet"))
    assert "/bridgenet/sr/depth/camera_info" in topics


def test_unpaired_images_are_counted_by_reason(tmp_path: Path) -> None:
    messages = recording(10)
    lost = [m for m in messages if m[0] != DEPTH or (m[2] - START) // PERIOD not in (3, 7)]
    lost.append(image(DEPTH, 0, depth_payload(), time_ns=START))
    summary, topics = run(tmp_path, lost)
    assert (summary.pairs, len(topics[SR])) == (8, 8)
    assert summary.unpaired == {"color_unpaired": 2, "invalid_stamp": 1}


def test_depth_offset_and_slop_decide_about_pairs(tmp_path: Path) -> None:
    messages = recording(5, depth_delay_ns=150 * MS)
    options = ProcessOptions(stamp_offset_ns=-150 * MS, slop_ns=0)
    assert run(tmp_path, messages, options)[0].results == 5
    with pytest.raises(
        BagError, match=r"within 1 ms, depth begins 0\.150 s after colour: color_unpaired 5"
    ):
        run(tmp_path, messages, ProcessOptions(slop_ns=MS), ("in2", "out2"))


def test_a_bad_frame_is_skipped_and_counted(tmp_path: Path) -> None:
    messages = recording(4)
    stamp = START + 4 * PERIOD
    messages += [image(COLOR, stamp, color_payload()), image(DEPTH, stamp, color_payload())]
    summary, topics = run(tmp_path, messages)
    assert (summary.pairs, summary.results, len(topics[SR])) == (5, 4, 4)
    assert summary.bad_frames == {"encoding": 1}


def test_an_undecodable_message_is_counted_and_still_copied(tmp_path: Path) -> None:
    messages = [*recording(2), (COLOR, "sensor_msgs/msg/Image", START + 9, b"\0\1\0\0junk")]
    summary, topics = run(tmp_path, messages)
    assert (summary.unreadable, summary.results, len(topics[COLOR])) == (1, 2, 3)


def test_what_the_processor_refuses_is_a_bad_frame(tmp_path: Path) -> None:
    class Picky(Constant):
        def process(self, frame: RgbdFrame, *, estimate: bool = False) -> DepthResult:
            if len(self.frames) == 1:
                self.frames.append(frame)
                raise FrameError("size", "too large")
            return super().process(frame, estimate=estimate)

    source = write_bag(tmp_path / "in.mcap")
    summary = process_bag(source, tmp_path / "out.mcap", Picky)
    assert (summary.results, summary.bad_frames) == (2, {"size": 1})


def test_a_recording_with_bad_frames_only_is_an_error(tmp_path: Path) -> None:
    wrong = encode_color(np.zeros((2, 3, 3), np.uint8))
    messages = [image(COLOR, START, color_payload()), image(DEPTH, START, wrong)]
    with pytest.raises(BagError, match=r"not one frame could be used.*'rgb8' given as depth"):
        run(tmp_path, messages)
    assert [p.name for p in tmp_path.iterdir()] == ["in.mcap"]


@pytest.mark.parametrize(
    ("error", "raised", "message"),
    [
        (EngineError("out of memory"), EngineError, f"colour stamp {START} ns.*out of memory"),
        (KeyboardInterrupt("stop"), KeyboardInterrupt, "stop"),
    ],
)
def test_a_run_that_stops_leaves_nothing(
    tmp_path: Path, error: BaseException, raised: type[BaseException], message: str
) -> None:
    class Failing(Constant):
        def process(self, frame: RgbdFrame, *, estimate: bool = False) -> DepthResult:
            raise error

    source = write_bag(tmp_path / "in.mcap")
    with pytest.raises(raised, match=message):
        process_bag(source, tmp_path / "out.mcap", Failing)
    assert [p.name for p in tmp_path.iterdir()] == ["in.mcap"]


def test_without_calibration_there_is_one_warning(tmp_path: Path) -> None:
    messages = [m for m in recording() if m[0] != COLOR_INFO]
    summary, topics = run(tmp_path, messages)
    (warning,) = summary.warnings
    assert f"no camera info beside {COLOR}" in warning
    assert SR_INFO not in topics
    assert len(topics[SR]) == 3


def test_a_calibration_recorded_late_serves_the_frames_before(tmp_path: Path) -> None:
    messages = [m for m in recording() if m[0] != COLOR_INFO]
    messages.append(info(COLOR_INFO, START + 9 * PERIOD, fx=55.0))
    _, topics = run(tmp_path, messages)
    assert [read_camera_info(m.raw).k[0] for m in topics[SR_INFO]] == [55.0] * 3


def test_the_depth_frame_reaches_the_processor(tmp_path: Path) -> None:
    messages = [
        image(COLOR, START, color_payload()),
        image(DEPTH, START + 5, depth_payload(), frame="depth_optical"),
    ]
    processor = Constant()
    process_bag(
        write_bag(tmp_path / "in.mcap", messages),
        tmp_path / "out.mcap",
        lambda: processor,
        ProcessOptions(register=RegisterConfig(mode="off")),
    )
    assert processor.closed
    (frame,) = processor.frames
    assert (frame.frame_id, frame.depth_frame_id) == (FRAME, "depth_optical")
    assert (frame.stamp_ns, frame.depth_stamp_ns) == (START, START + 5)
    assert frame.depth.tolist() == [[1000] * 3] * 2


def test_topics_can_be_named(tmp_path: Path) -> None:
    messages = [
        image("/a", START, color_payload()),
        image("/b", START, depth_payload()),
        info("/c", START),
    ]
    names = TopicNames(color="/a", depth="/b", color_info="/c")
    _, topics = run(tmp_path, messages, ProcessOptions(topics=names))
    assert len(topics[SR_INFO]) == 1


def test_absent_topics_leave_nothing(tmp_path: Path) -> None:
    with pytest.raises(BagError, match=r"in\.mcap: no topic looks like the depth.*--depth-topic"):
        run(tmp_path, [m for m in recording() if m[0] != DEPTH])
    assert [p.name for p in tmp_path.iterdir()] == ["in.mcap"]


def test_a_processed_recording_needs_a_namespace(tmp_path: Path) -> None:
    run(tmp_path)
    with pytest.raises(BagError, match=f"{SR} would be two topics of the output"):
        process_bag(tmp_path / "out.mcap", tmp_path / "twice.mcap", Constant)
    options = ProcessOptions(namespace="again")
    summary = process_bag(tmp_path / "out.mcap", tmp_path / "twice.mcap", Constant, options)
    assert summary.results == 3


@pytest.mark.parametrize("name", ["out.mcap", "out"])
def test_an_existing_output_is_refused_before_anything_is_read(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    with pytest.raises(BagError, match="exists already"):
        process_bag(tmp_path / "nothing.mcap", tmp_path / name, Constant)


def test_a_cut_recording_leaves_nothing(tmp_path: Path) -> None:
    source = write_bag(tmp_path / "in.db3", recording(40))
    data = source.read_bytes()
    source.write_bytes(data[: len(data) * 2 // 3])
    with pytest.raises(BagError, match=r"in\.db3: cut, damaged"):
        process_bag(source, tmp_path / "out.mcap", Constant)
    assert [p.name for p in tmp_path.iterdir()] == ["in.db3"]


@pytest.mark.parametrize("storage", Storage)
def test_a_directory_keeps_the_storage_of_its_source(tmp_path: Path, storage: Storage) -> None:
    source = write_bag(tmp_path / "in", storage=storage)
    process_bag(source, tmp_path / "out", Constant)
    assert (tmp_path / "out" / f"out{storage.suffix}").is_file()


def test_a_looped_recording_gives_every_pass(tmp_path: Path) -> None:
    first = recording(30)
    second = [
        (topic, msgtype, time_ns + 40 * PERIOD, raw) for topic, msgtype, time_ns, raw in first
    ]
    summary, topics = run(tmp_path, first + second)
    assert (summary.results, len(topics[SR])) == (60, 60)


def test_progress_reaches_the_end(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    source = write_bag(tmp_path / "in.mcap")
    process_bag(source, tmp_path / "out.mcap", Constant, progress=lambda *step: seen.append(step))
    assert seen[-1] == (3, 3)
    assert seen == sorted(seen)


def test_the_stamp_is_kept_to_the_last_bit(tmp_path: Path) -> None:
    stamp = 1_234_567_890_123_456_789
    messages = [image(COLOR, stamp, color_payload()), image(DEPTH, stamp, depth_payload())]
    _, topics = run(tmp_path, messages)
    assert read_image(topics[SR][0].raw).header == make_header(stamp, FRAME)
