"""The rows of the evaluation table."""

from __future__ import annotations

import json
from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch

from bridgenet_ros.data.folder import RgbdFolder
from bridgenet_ros.evaluation.baselines import nearest
from bridgenet_ros.evaluation.evaluate import Subject, evaluate
from bridgenet_ros.evaluation.mean_depth import mean_depth
from bridgenet_ros.evaluation.protocol import Case, Protocol
from bridgenet_ros.network.bridgenet import BridgeNet
from bridgenet_ros.network.topology import Guidance, preset_topology

METHODS = ["nearest", "bilinear", "bicubic", "joint bilateral", "guided filter"]


@pytest.fixture
def untrained() -> Subject:
    torch.manual_seed(0)
    return Subject("tiny", BridgeNet(preset_topology("tiny")).eval())


def test_rows_hold_means_in_centimetres(depth_pairs: RgbdFolder) -> None:
    rows = evaluate(depth_pairs, Protocol(scale=4), [])
    assert [row.method for row in rows] == METHODS
    for row in rows:
        assert (row.dataset, row.scale, row.downsample) == ("boxes", 4, "bicubic")
        assert (row.n, row.unit, row.delta1) == (2, "cm", None)
        assert row.rmse == pytest.approx(np.mean([image["rmse"] for image in row.per_image]))
        assert row.edge_rmse > row.rmse > row.mae == row.mad > 0.1


def test_an_untrained_network_is_bicubic(depth_pairs: RgbdFolder, untrained: Subject) -> None:
    rows = {row.method: row for row in evaluate(depth_pairs, Protocol(scale=8), [untrained])}
    assert rows["tiny"].rmse == pytest.approx(rows["bicubic"].rmse, rel=1e-4)
    assert rows["tiny"].delta1 is not None
    assert 0 <= rows["tiny"].delta1 <= 1


def test_disparity_is_measured_in_whole_grey_levels(
    disparity_pairs: RgbdFolder, untrained: Subject
) -> None:
    seen: list[Case] = []

    def observe(case: Case, results: dict[str, np.ndarray]) -> None:
        seen.append(case)
        for result in results.values():
            np.testing.assert_array_equal(result, np.round(result))

    rows = evaluate(disparity_pairs, Protocol(scale=4), [untrained], observe=observe)
    assert len(seen) == 2
    assert rows[-1].method == "tiny"
    assert (rows[-1].unit, rows[-1].delta1) == ("grey", None)


def test_limit_takes_the_first_images(depth_pairs: RgbdFolder) -> None:
    rows = evaluate(depth_pairs, Protocol(scale=4), [], limit=1)
    assert [image["name"] for image in rows[0].per_image] == ["0"]


def test_rows_are_json(depth_pairs: RgbdFolder, untrained: Subject) -> None:
    row = evaluate(depth_pairs, Protocol(scale=4), [untrained], limit=1)[-1].plain()
    keys = {"dataset", "method", "scale", "downsample", "n", "unit", "rmse", "mad", "mae"}
    assert keys | {"edge_rmse", "per_image", "delta1", "abs_rel"} == set(row)
    assert json.loads(json.dumps(row, allow_nan=False))["per_image"][0]["name"] == "0"


def test_an_error_of_no_pixel_is_null(depth_pairs: RgbdFolder) -> None:
    flat = np.full(depth_pairs.load(0).depth.shape, 2000, np.uint16)
    assert cv2.imwrite(str(depth_pairs.files(0)[-1]), flat)
    row = evaluate(depth_pairs, Protocol(scale=4), [], limit=1)[0].plain()
    plain = json.loads(json.dumps(row, allow_nan=False))
    assert plain["edge_rmse"] is None
    assert plain["per_image"][0]["edge_rmse"] is None
    assert plain["rmse"] == plain["per_image"][0]["rmse"] == pytest.approx(0, abs=1e-3)
    assert "delta1" not in plain


def test_several_networks_share_the_baselines(
    depth_pairs: RgbdFolder, untrained: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[tuple[int, ...]] = []

    def counted(rgb: np.ndarray, low: np.ndarray) -> np.ndarray:
        calls.append(low.shape)
        return nearest(rgb, low)

    module = "bridgenet_ros.evaluation.evaluate.baselines"
    monkeypatch.setattr(module, lambda scale, disparity: {"nearest": counted})
    rows = evaluate(depth_pairs, Protocol(scale=8), [untrained, untrained._replace(name="other")])
    assert [row.method for row in rows] == ["nearest", "tiny", "other"]
    assert len(calls) == len(depth_pairs)
    assert rows[1].rmse == rows[2].rmse
    assert rows[1].delta1 == rows[2].delta1 is not None


def test_the_mean_depth_map_is_measured_as_an_estimate(depth_pairs: RgbdFolder) -> None:
    mean = mean_depth(depth_pairs, every=1)
    row = evaluate(depth_pairs, Protocol(scale=4), [], mean=mean)[-1]
    assert row.method == "mean depth map"
    assert row.delta1 is not None
    assert row.delta1 > 0.8


def test_the_baselines_can_be_left_out(depth_pairs: RgbdFolder) -> None:
    network = BridgeNet(preset_topology("tiny")).eval()
    rows = evaluate(depth_pairs, Protocol(scale=8), [Subject("mine", network)], classical=False)
    assert [row.method for row in rows] == ["mine"]


def test_a_network_without_dsrnet_is_measured_by_its_estimate(depth_pairs: RgbdFolder) -> None:
    alone = replace(
        preset_topology("tiny"), dsr=False, guidance=Guidance.NONE, content_guidance=False
    )
    subject = Subject("estimate", BridgeNet(alone).eval())
    (row,) = evaluate(depth_pairs, Protocol(scale=8), [subject], classical=False)
    # Untrained, it says 2.8 m everywhere.
    truth = depth_pairs.load(0).depth
    first = float(row.per_image[0]["mad"])
    assert first == pytest.approx(100 * np.abs(truth[6:-6, 6:-6] - 2.8).mean(), rel=1e-3)
