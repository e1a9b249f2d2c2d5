"""`bridgenet process-bag`, with the packaged weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tiny_bags import (
    COLOR,
    DEPTH,
    MS,
    PERIOD,
    START,
    color_payload,
    compressed_recording,
    depth_payload,
    image,
    read_bag,
    recording,
    write_bag,
)

from bridgenet_ros.cli import main
from bridgenet_ros.image_codec import decode_depth
from bridgenet_ros.offline.bag_reader import BagMessage
from bridgenet_ros.offline.image_messages import depth_pixels, read_any_image
from bridgenet_ros.offline.messages import read_camera_info, read_image, stamp_of
from bridgenet_ros.offline.report import report_path

SR = "/sr/depth/image"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write_bag(tmp_path / "in.mcap")


def failure(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    assert main(["process-bag", *map(str, arguments)]) == 2
    printed = capsys.readouterr().err
    assert printed.count("\n") == 1
    return printed


def test_a_recording_is_processed_and_reported(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["process-bag", str(source), "-o", str(tmp_path / "out.mcap"), "--estimate"]) == 0
    printed = capsys.readouterr().out
    for words in (COLOR, DEPTH, "messages copied", "12", "pairs", "results", "3"):
        assert words in printed
    topics = read_bag(tmp_path / "out.mcap")
    assert {SR, "/sr/depth/camera_info", "/mde/depth/image"} <= topics.keys()
    depth_m = decode_depth(read_image(topics[SR][0].raw))
    np.testing.assert_allclose(depth_m, 1.0, atol=0.2)


def test_two_runs_give_the_same_bytes(source: Path, tmp_path: Path) -> None:
    for name in ("first.mcap", "second.mcap"):
        assert main(["process-bag", str(source), "-o", str(tmp_path / name)]) == 0
    first, second = (read_bag(tmp_path / name)[SR] for name in ("first.mcap", "second.mcap"))
    assert [m[1:] for m in first] == [m[1:] for m in second]
    assert len(first) == 3


def test_options_and_parameters_reach_the_run(tmp_path: Path) -> None:
    # Stamps 100 ms apart, units of 0.2 mm, another frame, a namespace.
    messages = [
        image("/a", START, color_payload()),
        image("/b", START - 100 * MS, depth_payload(), frame="other"),
    ]
    options = [
        "--rgb-topic=/a",
        "--depth-topic=/b",
        "--namespace=robot",
        "--output-encoding=16UC1",
        "--slop=0.001",
        "-p=sync.stamp_offset:=0.1",
        "-p=input.depth_scale:=0.0002",
        "-p=register.mode:='off'",
    ]
    source = write_bag(tmp_path / "in.mcap", messages)
    assert main(["process-bag", str(source), "-o", str(tmp_path / "out"), *options]) == 0
    depth = decode_depth(read_image(read_bag(tmp_path / "out")["/robot/sr/depth/image"][0].raw))
    assert depth.dtype == np.uint16
    # Millimetres that the scale makes of 1000 units; the weights decide about single pixels.
    assert abs(np.median(depth[depth > 0]) - 200) < 40


@pytest.mark.parametrize(("stamp_source", "shift_ms"), [("color", 0), ("depth", -100)])
def test_the_source_of_the_stamp_is_honoured(
    tmp_path: Path, stamp_source: str, shift_ms: int
) -> None:
    source = write_bag(tmp_path / "in.mcap", recording(3, depth_delay_ns=-100 * MS))
    output = tmp_path / "out.mcap"
    params = ["-p=sync.stamp_offset:=0.1", f"-p=output.stamp_source:={stamp_source}"]
    assert main(["process-bag", str(source), "-o", str(output), *params]) == 0
    topics = read_bag(output)
    expected = [START + i * PERIOD + shift_ms * MS for i in range(3)]
    assert [stamp_of(read_image(m.raw)) for m in topics[SR]] == expected
    infos = topics["/sr/depth/camera_info"]
    assert [stamp_of(read_camera_info(m.raw)) for m in infos] == expected


def test_counts_of_what_was_dropped_are_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    messages = [m for m in recording(4) if m[0] != DEPTH or m[2] != START]
    source = write_bag(tmp_path / "in.mcap", messages)
    assert main(["process-bag", str(source), "-o", str(tmp_path / "out.mcap")]) == 0
    assert "1 (color_unpaired 1)" in capsys.readouterr().out


def test_a_report_is_written_and_named(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "[b]out.mcap"
    assert main(["process-bag", str(source), "-o", str(target), "--report"]) == 0
    assert f"report: {target}.report.html\n" in capsys.readouterr().out
    page = report_path(target).read_text("utf-8")
    for words in ("3 results from 3 pairs", "preset tiny", "model.preset", "network", SR):
        assert words in page


def test_an_existing_output_is_refused(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "out.mcap").write_text("precious")
    assert "exists already" in failure(capsys, source, "-o", tmp_path / "out.mcap")
    assert (tmp_path / "out.mcap").read_text() == "precious"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--preset=huge"], "model.preset is 'huge'; expected one of auto, tiny"),
        (["--slop=-1"], "sync.slop is -1.0"),
        (["--weights=/nothing.safetensors"], "/nothing.safetensors"),
        (["--rgb-topic=/nothing"], "there is no topic /nothing"),
        (["--namespace=a b"], "namespace is 'a b'"),
        (["-p=sync.slop"], "expected NAME:=VALUE"),
        (["-p=sync.slop:=[1"], "no YAML"),
        (["-p=sync.slap:=1"], "unknown setting 'sync.slap'"),
        (["--storage=sqlite3"], "mcap storage, the option for sqlite3"),
        (["--compression=file"], "file compression needs a directory"),
        (["--workers=-1"], "--workers is -1; expected 1 or more"),
        (["--start=-1"], "start is -1.0 s; expected 0 or more"),
        (["--start=99"], "no image of /rgb/image"),
        (["--duration=0"], "duration is 0.0 s; expected more than 0"),
        (["--every=0"], "every is 0; expected 1 or more"),
        (["--rename=/a"], "rename is '/a'; expected OLD:=NEW"),
        (["--rename=/a:=/b"], "/a cannot be renamed"),
        (["--rename=/rgb/image:=/depth/image"], "/depth/image would be two topics"),
    ],
)
def test_a_bad_option_is_one_line_and_leaves_nothing(
    source: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    words: str,
) -> None:
    assert words in failure(capsys, source, "-o", tmp_path / "out.mcap", *arguments)
    assert [p.name for p in tmp_path.iterdir()] == ["in.mcap"]


def test_the_selection_reaches_the_run(source: Path, tmp_path: Path) -> None:
    options = [
        "--exclude=/rgb/*",
        "--exclude=/chatter",
        "--rename=/depth/image:=/sensor/depth",
        f"--rename={SR}:=/better/depth",
        "--start=0.03",
        "--duration=10",
        "--every=2",
        "--compression=message",
        "--storage=sqlite3",
    ]
    assert main(["process-bag", str(source), "-o", str(tmp_path / "out"), *options]) == 0
    topics = read_bag(tmp_path / "out")
    assert set(topics) == {"/sensor/depth", "/better/depth", "/sr/depth/camera_info"}
    assert [len(topics[name]) for name in ("/sensor/depth", "/better/depth")] == [2, 1]


def test_the_output_can_be_verified(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.mcap"
    assert main(["process-bag", str(source), "-o", str(out)]) == 0
    capsys.readouterr()
    assert main(["verify", str(out), "--source", str(source)]) == 0
    printed = capsys.readouterr().out
    assert (
        f"{out}: whole, {out.stat().st_size} bytes, 18 messages, 3 results from in.mcap" in printed
    )
    out.write_bytes(out.read_bytes()[:-1])
    assert main(["verify", str(out)]) == 2
    assert "its manifest says" in capsys.readouterr().err


def processed(bag: Path, *arguments: str) -> dict[str, list[BagMessage]]:
    """The topics of the output, made in this process."""
    out = bag.with_name(f"out{len(list(bag.parent.iterdir()))}.mcap")
    assert main(["process-bag", str(bag), "-o", str(out), "--workers=1", *arguments]) == 0
    return read_bag(out)


def test_a_compressed_recording_gives_what_the_raw_one_gives(source: Path, tmp_path: Path) -> None:
    raw = processed(source)
    for codec in ("png", "rvl"):
        bag = write_bag(tmp_path / f"{codec}.mcap", compressed_recording(codec=codec))
        packed = processed(bag)
        for topic in (SR, "/sr/depth/camera_info"):
            assert len(raw[topic]) == 3
            assert [m[1:] for m in raw[topic]] == [m[1:] for m in packed[topic]]


def test_compressed_output_holds_what_raw_output_holds(source: Path) -> None:
    common = ("--estimate", "--output-encoding=16UC1")
    rvl = "-p=output.compressed_depth:=rvl"
    raw = processed(source, *common, rvl, "--output-transport=raw")
    for codec, arguments in (
        ("png", ["--output-transport=compressedDepth"]),
        ("rvl", ["--output-transport=compressedDepth", rvl]),
    ):
        packed = processed(source, *common, *arguments)
        assert packed["/sr/depth/camera_info"] != []
        for topic in (SR, "/mde/depth/image"):
            assert topic not in packed
            pairs = zip(raw[topic], packed[f"{topic}/compressedDepth"], strict=True)
            for plain, compressed in pairs:
                image = read_any_image(compressed)
                assert image.format == f"16UC1; compressedDepth {codec}"
                assert image.header == read_image(plain.raw).header
                assert compressed.time_ns == plain.time_ns
                expected = decode_depth(read_image(plain.raw))
                np.testing.assert_array_equal(depth_pixels(image), expected)
