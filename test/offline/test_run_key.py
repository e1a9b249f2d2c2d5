"""What tells runs apart."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from bridgenet_ros import __version__
from bridgenet_ros.data.dataset import DatasetCard, Intrinsics, Quantity, RgbdDataset
from bridgenet_ros.data.dataset_yaml import FolderCard
from bridgenet_ros.data.folder import RgbdFolder
from bridgenet_ros.offline.bag_writer import Compression
from bridgenet_ros.offline.manifest import StoredFile
from bridgenet_ros.offline.options import ProcessOptions
from bridgenet_ros.offline.run_key import key_of, settings_of

FILE = StoredFile(name="in.mcap", size=3, sha256="ab")


def folder(fx: float) -> RgbdDataset:
    known = DatasetCard(
        name="x",
        quantity=Quantity.DEPTH,
        unit="m",
        stored_unit=0.001,
        split="train",
        licence="own",
        intrinsics=Intrinsics(fx, 8, 4, 2),
    )
    plain = {name: getattr(known, name) for name in DatasetCard.__dataclass_fields__}
    card = FolderCard(**plain, invalid=0, pairs=None, clean_depth=None, noisy_low_resolution=None)
    return RgbdFolder(path=Path("x"), card=card, pairs=())


def test_settings_are_plain() -> None:
    options = ProcessOptions(compression=Compression.CHUNK)
    settings = settings_of(options, {"weights": Path("/w")}, None)
    assert json.loads(json.dumps(settings)) == settings
    assert settings["tool"] == __version__
    assert settings["options"]["compression"] == "chunk"  # type: ignore[index]
    assert settings["processor"] == {"weights": "/w"}
    assert "dataset" not in settings


def test_the_key_knows_content_and_settings_but_no_order_and_no_name() -> None:
    key = key_of({"a": 1, "b": 2}, [FILE])
    assert key == key_of({"b": 2, "a": 1}, [replace(FILE, name="moved.mcap")])
    assert len({key, key_of({"a": 1, "b": 3}, [FILE]), key_of({"a": 1, "b": 2}, [])}) == 3


def test_the_facts_of_a_data_set_are_settings() -> None:
    near, far = (settings_of(ProcessOptions(), {}, folder(fx)) for fx in (8.0, 9.0))
    assert near["dataset"]["intrinsics"] == [8, 8, 4, 2]  # type: ignore[index]
    assert key_of(near, [FILE]) != key_of(far, [FILE])
