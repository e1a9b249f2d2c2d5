"""What an export holds, and so what may be replaced."""

from __future__ import annotations

from pathlib import Path

import pytest
from processed_bags import processed

from bridgenet_ros.offline.export_frames import export_frames
from bridgenet_ros.offline.export_options import ExportOptions
from bridgenet_ros.offline.frame_folder import depth_folder, is_export
from bridgenet_ros.offline.options import ProcessOptions


def test_an_export_is_known_by_what_it_holds(tmp_path: Path) -> None:
    bag, out = processed(tmp_path, ProcessOptions(estimate=True)), tmp_path / "out"
    assert not is_export(tmp_path)
    export_frames(bag, out, ExportOptions(clouds=True, video=True))
    assert {"depth", "depth_sensor", "depth_mde", "depth.txt"} <= {p.name for p in out.iterdir()}
    assert is_export(out)


@pytest.mark.parametrize("name", ["depth_notes.txt", "depth_eval", "depths", "notes"])
def test_what_an_export_has_not_written_makes_it_none(tmp_path: Path, name: str) -> None:
    out = tmp_path / "out"
    export_frames(processed(tmp_path), out)
    (out / name).touch()
    assert not is_export(out)


def test_the_main_depth_is_plain() -> None:
    assert [depth_folder(kind, "sr") for kind in ("sr", "mde")] == ["depth", "depth_mde"]
    assert depth_folder("sensor", "sensor") == "depth"
