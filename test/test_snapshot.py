"""A snapshot's folder, read back."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml
from frames import result_for

from bridgenet_ros.calibration import Intrinsics
from bridgenet_ros.config import NodeConfig, settings, with_values
from bridgenet_ros.errors import ConfigError
from bridgenet_ros.frame import RgbdFrame
from bridgenet_ros.provenance import Source
from bridgenet_ros.quality import Quality
from bridgenet_ros.snapshot import Snapshot, save_snapshot

NAN = float("nan")
QUALITY = Quality(
    consistency_median_m=0.004,
    consistency_share=0.9,
    holes_in=0.1,
    holes_out=0.2,
    flying_before=0.05,
    flying_after=0.01,
    flicker_m=NAN,
    estimate_scale=NAN,
    estimate_shift_m=NAN,
    estimate_agreeing=NAN,
    estimate_scale_jitter=NAN,
    estimate_shift_jitter_m=NAN,
)


@pytest.fixture
def snapshot(tiny_frame: RgbdFrame, tmp_path: Path) -> Snapshot:
    sr_m = np.full((24, 32), 1.5, np.float32)
    sr_m[0, 0] = NAN
    result = result_for(
        tiny_frame,
        sr_m,
        mde_m=np.full((24, 32), 2.0, np.float32),
        sensor_m=tiny_frame.depth.astype(np.float32) / 1000,
        registration="already in the colour view",
        timings_ms={"engine": 12.3456},
    )
    return Snapshot(
        frame=tiny_frame,
        result=result,
        intrinsics=Intrinsics(30.0, 30.0, 15.5, 11.5),
        config=with_values(NodeConfig(), {"snapshot.folder": str(tmp_path / "shots")}),
        facts={"device": "cpu"},
        quality=QUALITY,
    )


def read(folder: Path, name: str) -> np.ndarray:
    image = cv2.imread(str(folder / f"{name}.png"), cv2.IMREAD_UNCHANGED)
    assert image is not None
    return image


def test_the_images_hold_what_came_in_and_out(snapshot: Snapshot, tiny_frame: RgbdFrame) -> None:
    folder = save_snapshot(snapshot)
    np.testing.assert_array_equal(read(folder, "color")[..., ::-1], tiny_frame.rgb)
    np.testing.assert_array_equal(read(folder, "depth_in"), tiny_frame.depth)
    np.testing.assert_array_equal(read(folder, "depth_sensor"), tiny_frame.depth)
    result = read(folder, "depth_sr")
    assert result.dtype == np.uint16
    assert result[0, 0] == 0
    assert (result.ravel()[1:] == 1500).all()
    assert (read(folder, "depth_mde") == 2000).all()
    source = read(folder, "source")
    assert source[0, 0] == Source.NONE
    assert source[8, 12] == Source.FILLED
    assert read(folder, "preview").shape[1] == 3 * 32


def test_every_valid_pixel_is_a_point(snapshot: Snapshot) -> None:
    ply = (save_snapshot(snapshot) / "points.ply").read_bytes()
    assert b"element vertex 767\n" in ply


def test_the_text_holds_settings_stamps_and_figures(snapshot: Snapshot) -> None:
    facts = yaml.safe_load((save_snapshot(snapshot) / "snapshot.yaml").read_text())
    assert set(facts["parameters"]) == {s.name for s in settings()}
    assert facts["frame"]["color_stamp_ns"] == snapshot.frame.stamp_ns
    assert facts["frame"]["depth_size"] == [8, 6]
    assert facts["camera"] == {"fx": 30.0, "fy": 30.0, "cx": 15.5, "cy": 11.5}
    assert facts["quality"]["consistency_share"] == 0.9
    assert "flicker_m" not in facts["quality"]
    assert facts["timings_ms"] == {"engine": 12.346}
    assert facts["node"] == {"device": "cpu"}
    assert facts["registration"] == "already in the colour view"


def test_what_is_not_known_is_left_out(snapshot: Snapshot) -> None:
    depth_m = np.array([[1.0, NAN], [0.0, 70.0]], np.float32)
    bare = replace(
        snapshot,
        frame=replace(snapshot.frame, depth=depth_m),
        result=replace(snapshot.result, mde_m=None),
        intrinsics=None,
        quality=None,
    )
    folder = save_snapshot(bare)
    names = {path.name for path in folder.iterdir()}
    pictures = ("color", "depth_in", "depth_sensor", "depth_sr", "source", "preview")
    assert names == {*(f"{name}.png" for name in pictures), "snapshot.yaml"}
    assert read(folder, "depth_in").tolist() == [[1000, 0], [0, 0]]
    facts = yaml.safe_load((folder / "snapshot.yaml").read_text())
    assert facts["camera"] is None
    assert facts["quality"] is None


def test_two_snapshots_are_two_folders_and_nothing_else_is_left(snapshot: Snapshot) -> None:
    folders = {save_snapshot(snapshot), save_snapshot(snapshot)}
    (parent,) = {folder.parent for folder in folders}
    assert set(parent.iterdir()) == folders
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d\.\d{6}", f.name) for f in folders)


def test_a_home_folder_is_understood(
    snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    config = with_values(NodeConfig(), {"snapshot.folder": "~/mine"})
    assert save_snapshot(replace(snapshot, config=config)).parent == tmp_path / "mine"


def test_a_folder_that_cannot_be_written_is_named(snapshot: Snapshot, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    config = with_values(NodeConfig(), {"snapshot.folder": str(tmp_path / "file" / "below")})
    with pytest.raises(ConfigError, match=r"snapshot.folder is .*below.*can be written"):
        save_snapshot(replace(snapshot, config=config))


@pytest.mark.parametrize("text", ["", "~no-such-user/here"])
def test_a_folder_that_is_none_is_refused(
    snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str
) -> None:
    monkeypatch.chdir(tmp_path)
    config = with_values(NodeConfig(), {"snapshot.folder": text})
    with pytest.raises(ConfigError, match=rf"snapshot.folder is '{text}'; expected"):
        save_snapshot(replace(snapshot, config=config))
    assert not any(tmp_path.iterdir())


def test_a_failed_snapshot_leaves_nothing(
    snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("bridgenet_ros.snapshot.write_ply", full)
    with pytest.raises(ConfigError, match="No space left"):
        save_snapshot(snapshot)
    assert list((tmp_path / "shots").iterdir()) == []
