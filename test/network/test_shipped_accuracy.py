"""What the packaged weights reach: the figures on their cards, and a look at real images."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bridgenet_ros.data.folder import open_folder
from bridgenet_ros.evaluation.evaluate import Subject, evaluate
from bridgenet_ros.evaluation.protocol import Protocol
from bridgenet_ros.network.weights import load_weights, read_card

MODELS = Path(__file__).resolve().parents[2] / "models"
STEMS = sorted(p.stem for p in MODELS.glob("*.safetensors") if "." not in p.stem)
NYU, MIDDLEBURY = ("nyu_v2_eval", "rmse", 54), ("middlebury2005_eval", "mad", 3)
SCALES = (4, 8, 16)


def row(stem: str, dataset: str, method: str, scale: int) -> dict[str, Any]:
    """The one of the card; fails where it was never measured."""
    card = read_card(MODELS / f"{stem}.safetensors")
    name = card.preset if method == "ours" else method
    (found,) = (
        dict(r)
        for r in card.metrics
        if (r["dataset"], r["method"], r["scale"], r["downsample"])
        == (dataset, name, scale, "bicubic")
    )
    return found


@pytest.mark.parametrize(
    ("stem", "nyu", "middlebury"), [("tiny", 0.60, 0.75), ("small", 0.50, 0.60)]
)
def test_x8_keeps_its_share_of_bicubics_error(stem: str, nyu: float, middlebury: float) -> None:
    for (dataset, unit, _), most in ((NYU, nyu), (MIDDLEBURY, middlebury)):
        ours, bicubic = (row(stem, dataset, m, 8)[unit] for m in ("ours", "bicubic"))
        assert ours <= most * bicubic, dataset


@pytest.mark.parametrize("stem", STEMS)
@pytest.mark.parametrize(("dataset", "unit", "count"), [NYU, MIDDLEBURY])
def test_every_scale_beats_the_classical_methods(
    stem: str, dataset: str, unit: str, count: int
) -> None:
    for scale in SCALES:
        ours = row(stem, dataset, "ours", scale)
        assert ours["n"] == count
        for classical in ("nearest", "bilinear", "bicubic", "joint bilateral", "guided filter"):
            assert ours[unit] < row(stem, dataset, classical, scale)[unit], (scale, classical)


@pytest.mark.parametrize("stem", STEMS)
def test_the_estimate_beats_the_mean_depth_map(stem: str) -> None:
    for scale in SCALES:
        ours, mean = (row(stem, NYU[0], m, scale) for m in ("ours", "mean depth map"))
        assert ours["delta1"] > mean["delta1"]
        assert ours["abs_rel"] < mean["abs_rel"]


@pytest.mark.parametrize("stem", STEMS)
def test_the_file_does_what_its_card_says(stem: str, data_folder: Path) -> None:
    """Two real images at x8: a file that was mixed up or cut is no better than bicubic."""
    network, card = load_weights(MODELS / f"{stem}.safetensors")
    dataset = open_folder(data_folder / NYU[0])
    rows = evaluate(dataset, Protocol(scale=8), [Subject(card.preset, network)], limit=2)
    rmse = {r.method: r.rmse for r in rows}
    whole = row(stem, NYU[0], "ours", 8)["rmse"] / row(stem, NYU[0], "bicubic", 8)["rmse"]
    assert rmse[card.preset] / rmse["bicubic"] < 1.2 * whole
