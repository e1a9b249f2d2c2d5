"""An output and the manifest beside it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from processors import Constant
from tiny_bags import recording, write_bag

from bridgenet_ros import __version__
from bridgenet_ros.checksum import file_sha256
from bridgenet_ros.errors import BagError
from bridgenet_ros.offline.manifest import manifest_path, read_manifest
from bridgenet_ros.offline.process_bag import process_bag
from bridgenet_ros.offline.verify import verify


@pytest.fixture(params=["out.mcap", "out"])
def output(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    target: Path = tmp_path / request.param
    process_bag(
        write_bag(tmp_path / "in.mcap"), target, Constant, identity={"weights": {"sha256": "ab"}}
    )
    return target


def change_manifest(output: Path, **fields: object) -> None:
    path = manifest_path(output)
    path.write_text(json.dumps({**json.loads(path.read_text()), **fields}))


def test_a_whole_output_agrees(output: Path) -> None:
    manifest = verify(output, output.parent / "in.mcap")
    assert manifest.tool == __version__
    assert manifest.input[0].sha256 == file_sha256(output.parent / "in.mcap")
    assert manifest.summary["results"] == 3
    assert manifest.topics == {
        "/chatter": 3,
        "/depth/image": 3,
        "/rgb/camera_info": 3,
        "/rgb/image": 3,
        "/sr/depth/camera_info": 3,
        "/sr/depth/image": 3,
    }
    assert manifest.settings["processor"] == {"weights": {"sha256": "ab"}}
    assert manifest.settings["options"]["encoding"] == "32FC1"  # type: ignore[index]
    assert {"hash", "plan", "process", "total"} <= manifest.timings_s.keys()
    assert len(manifest.output) == (2 if output.is_dir() else 1)


def test_a_changed_output_is_found(output: Path) -> None:
    file = output if output.is_file() else output / "out.mcap"
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    with pytest.raises(BagError, match=r"out\.mcap has sha256 \w+; its manifest says"):
        verify(output)
    file.write_bytes(data[:-1])
    with pytest.raises(BagError, match=f"has {len(data) - 1} bytes; its manifest says {len(data)}"):
        verify(output)


def test_another_input_is_found(output: Path) -> None:
    other = write_bag(output.parent / "other.mcap", recording(2))
    with pytest.raises(BagError, match=r"other\.mcap"):
        verify(output, other)


def test_a_missing_output_is_named(output: Path) -> None:
    shutil.rmtree(output) if output.is_dir() else output.unlink()
    with pytest.raises(BagError, match="no such file or directory, but its manifest"):
        verify(output)


def test_missing_and_additional_files_are_named(output: Path) -> None:
    if output.is_file():
        pytest.skip("one file")
    (output / "more").touch()
    with pytest.raises(BagError, match="has more, which its manifest does not name"):
        verify(output)
    (output / "more").unlink()
    (output / "metadata.yaml").unlink()
    with pytest.raises(BagError, match=r"lacks metadata\.yaml"):
        verify(output)


def test_counts_that_differ_are_named(output: Path) -> None:
    change_manifest(output, topics={"/rgb/image": 4})
    with pytest.raises(BagError, match="/chatter has 3 messages; its manifest says 0"):
        verify(output)


def test_a_renamed_file_is_still_itself(output: Path) -> None:
    if output.is_dir():
        pytest.skip("a folder's files keep their names")
    moved = output.rename(output.parent / "moved.mcap")
    manifest_path(output).rename(manifest_path(moved))
    assert verify(moved).summary["results"] == 3


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is no manifest"),
        ("[]", "is no manifest"),
        ("{}", "is no manifest"),
        ('{"format": 99}', "has format 99; expected 1"),
        ('{"format": 1, "input": [], "output": []}', "is no manifest"),
        ('{"format": 1, "input": [{"a": 1}], "output": []}', "is no manifest"),
    ],
)
def test_a_damaged_manifest_is_named(output: Path, text: str, message: str) -> None:
    manifest_path(output).write_text(text)
    with pytest.raises(BagError, match=message):
        read_manifest(output)


@pytest.mark.parametrize(
    "fields",
    [{"topics": []}, {"topics": {"/a": "3"}}, {"summary": {}}, {"settings": 1}, {"key": 1}],
)
def test_a_manifest_of_other_types_is_named(output: Path, fields: dict[str, object]) -> None:
    change_manifest(output, **fields)
    with pytest.raises(BagError, match="is no manifest of a run"):
        verify(output)


def test_a_recording_without_manifest_is_named(tmp_path: Path) -> None:
    with pytest.raises(BagError, match=r"in\.mcap\.manifest\.json: no such file"):
        verify(write_bag(tmp_path / "in.mcap"))
