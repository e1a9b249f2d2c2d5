"""From folders to the stream."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
import yaml
from tiny_bags import COLOR, DEPTH, START, image, write_bag
from tiny_datasets import write_mat, write_scene
from training_data import write_folder

from bridgenet_ros.errors import DatasetError
from bridgenet_ros.image_codec import encode_color, encode_depth
from bridgenet_ros.training.config import TrainConfig
from bridgenet_ros.training.sources import build_stream, validation_sets


def write(path: Path, *names: str, **card: object) -> None:
    for folder in ("rgb", "depth"):
        (path / folder).mkdir(parents=True)
    for name in names:
        cv2.imwrite(str(path / "rgb" / f"{name}.png"), np.zeros((80, 80, 3), dtype=np.uint8))
        cv2.imwrite(str(path / "depth" / f"{name}.png"), np.full((80, 80), 50, dtype=np.uint8))
    plain = {"name": "pairs", "split": "train", "licence": "l", "invalid": None}
    plain |= {"quantity": "disparity", "stored_unit_grey": 2.0}
    (path / "dataset.yaml").write_text(yaml.safe_dump({**plain, **card}), encoding="utf-8")


def test_held_out_pairs_are_left_out(
    tmp_path: Path, make_config: Callable[..., TrainConfig]
) -> None:
    write(tmp_path / "data", "Aloe", "Teddy", validation=["Teddy"])
    stream = build_stream(make_config())
    (source,) = stream.sources
    assert len(source.pairs) == 1
    assert (source.unit, source.value_range, source.is_depth) == (2 / 255, 255.0, False)
    assert stream.batch(0).target.mean().item() == pytest.approx(100 / 255)


def test_validation_holds_a_share_out(
    tmp_path: Path, make_config: Callable[..., TrainConfig]
) -> None:
    write_folder(tmp_path / "data", 10)
    assert len(build_stream(make_config()).sources[0].pairs) == 10
    assert validation_sets(make_config()) == []
    config = make_config(validation_minutes=1.0)
    assert len(build_stream(config).sources[0].pairs) == 9
    (chosen,) = validation_sets(config)
    assert (chosen.indices, chosen.dataset.name) == ((5,), "boxes")


def test_validation_needs_pairs(tmp_path: Path, make_config: Callable[..., TrainConfig]) -> None:
    write_folder(tmp_path / "data", 9)
    with pytest.raises(DatasetError, match="no data set names validation pairs or has 10"):
        validation_sets(make_config(validation_minutes=1.0))


def test_a_run_on_scenes_looks_at_a_data_set(
    tmp_path: Path, make_config: Callable[..., TrainConfig]
) -> None:
    looked_at = {
        "sources": [{"scenes": "rooms"}],
        "validation": [str(tmp_path / "data")],
        "validation_minutes": 1.0,
        "validation_pairs": 2,
    }
    write_folder(tmp_path / "data", 4)
    (chosen,) = validation_sets(make_config(**looked_at))
    assert (chosen.dataset.name, chosen.indices, chosen.held) == ("boxes", (1, 3), 4)
    write_folder(tmp_path / "eval", 1, split="eval")
    with pytest.raises(DatasetError, match="split is 'eval'"):
        validation_sets(make_config(**looked_at | {"validation": [str(tmp_path / "eval")]}))


def test_something_must_be_left_to_train_on(
    tmp_path: Path, make_config: Callable[..., TrainConfig]
) -> None:
    write_folder(tmp_path / "data", 1, validation=["00"])
    with pytest.raises(DatasetError, match="every pair is held out"):
        build_stream(make_config())


def test_each_rank_draws_its_own_patches(
    tmp_path: Path, make_config: Callable[..., TrainConfig]
) -> None:
    write_folder(tmp_path / "data", 2)
    config = make_config(
        scales=[4, 8], scale_weights=[1, 1], patches=[64, 64], batches=[4, 4], sensor_shares=[0, 0]
    )
    first, second = (build_stream(config, rank) for rank in (0, 1))
    for step in range(5):
        assert first.batch(step).scale == second.batch(step).scale
        assert not torch.equal(first.batch(step).target, second.batch(step).target)


def test_test_images_are_refused(tmp_path: Path, make_config: Callable[..., TrainConfig]) -> None:
    write(tmp_path / "data", "Aloe", "Art")
    with pytest.raises(DatasetError, match="Art must not be trained on"):
        build_stream(make_config())


def test_a_broken_pair_is_found_before_training(
    tmp_path: Path, make_config: Callable[..., TrainConfig]
) -> None:
    write(tmp_path / "data", "Aloe", "Bowling")
    (tmp_path / "data" / "depth" / "Bowling.png").write_bytes(b"x")
    with pytest.raises(DatasetError, match=r"Bowling\.png"):
        build_stream(make_config())


def test_a_broken_held_out_pair_is_found_before_training(
    tmp_path: Path, make_config: Callable[..., TrainConfig]
) -> None:
    write(tmp_path / "data", "Aloe", "Bowling", validation=["Bowling"], invalid=50)
    aloe = np.full((80, 80), 51, dtype=np.uint8)
    cv2.imwrite(str(tmp_path / "data" / "depth" / "Aloe.png"), aloe)
    build_stream(make_config())  # nobody looks at it
    with pytest.raises(DatasetError, match=r"Bowling\.png.*not one valid pixel"):
        build_stream(make_config(validation_minutes=1.0))


def test_official_files_and_recordings_are_sources(
    tmp_path: Path, make_config: Callable[..., TrainConfig]
) -> None:
    images = np.zeros((1001, 3, 8, 8), np.uint8)
    depths = np.full((1001, 8, 8), 1.2344, np.float32)
    mat = write_mat(tmp_path / "nyu.mat", images=images, depths=depths)
    disparity = np.full((370, 3), 96, np.uint8)
    write_scene(tmp_path / "2006" / "Aloe", "view1.png", "disp1.png", disparity)
    depth = np.full((8, 8), 1500, np.uint16)
    colour = np.zeros((8, 8, 3), np.uint8)
    messages = [image(COLOR, START, encode_color(colour)), image(DEPTH, START, encode_depth(depth))]
    bag = write_bag(tmp_path / "clip.mcap", messages)
    paths = [f"{mat}#train", str(tmp_path / "2006"), str(bag)]
    stream = build_stream(make_config(sources=[{"path": path} for path in paths]))
    nyu, middlebury, clip = stream.sources
    assert [len(source.pairs) for source in stream.sources] == [1000, 1, 1]
    assert [source.is_depth for source in stream.sources] == [True, False, True]
    assert nyu.pairs.image(999)[1].tolist() == [[1235] * 8] * 8  # 1234 mm and 1
    assert nyu.unit == pytest.approx(1e-4)
    assert middlebury.pairs.image(0)[1][0, 0] == 32 * 128 + 1  # 96 / 3 pixels
    assert middlebury.unit == pytest.approx(1 / 128 / 256)
    assert clip.pairs.image(0)[1][0, 0] == 1501


@pytest.mark.parametrize(
    ("part", "words"),
    [("#test", "split is 'eval'"), ("", "1000 must not be trained on: NYU indices from 1000")],
)
def test_nyu_test_images_are_refused(
    tmp_path: Path, make_config: Callable[..., TrainConfig], part: str, words: str
) -> None:
    mat = write_mat(tmp_path / "labeled.mat", count=1001)
    with pytest.raises(DatasetError, match=words):
        build_stream(make_config(sources=[{"path": f"{mat}{part}"}]))


@pytest.mark.parametrize("scene", ["Art", "Books", "Dolls", "Laundry", "Moebius", "Reindeer"])
def test_middlebury_test_scenes_are_refused(
    tmp_path: Path, make_config: Callable[..., TrainConfig], scene: str
) -> None:
    values = np.full((370, 2), 9, np.uint8)
    write_scene(tmp_path / "nyu and others" / scene, "view1.png", "disp1.png", values)
    with pytest.raises(DatasetError, match=f"{scene} must not be trained on"):
        build_stream(make_config(sources=[{"path": str(tmp_path / "nyu and others")}]))
