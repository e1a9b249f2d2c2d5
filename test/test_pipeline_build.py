"""From the configuration to a pipeline: weights, device, settings, warm-up, end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from bridgenet_ros.checksum import file_sha256
from bridgenet_ros.config import NodeConfig, with_values
from bridgenet_ros.engine_build import choose_device
from bridgenet_ros.errors import ConfigError, EngineError, WeightsError
from bridgenet_ros.estimate_fit import FitLimits
from bridgenet_ros.frame import RgbdFrame
from bridgenet_ros.frame_settings import FrameSettings, frame_settings
from bridgenet_ros.network.weights import load_weights, save_weights
from bridgenet_ros.pipeline import Pipeline, build_pipeline
from bridgenet_ros.preset_choice import weights_path

TINY = Path(__file__).resolve().parents[1] / "models" / "tiny.safetensors"

SETTINGS = FrameSettings(
    depth_scale_m=0.001,
    min_depth_m=0.1,
    max_depth_m=10.0,
    fill_holes=False,
    same_frame=True,
    edge_threshold=0.2,
    align=FitLimits(
        shift=True, least_pixels=32, least_spread=0.1, most_scale=4.0, most_shift_m=2.0
    ),
)


@pytest.fixture
def build() -> Iterator[Callable[..., Pipeline]]:
    built: list[Pipeline] = []
    threads = torch.get_num_threads()

    def make(**values: object) -> Pipeline:
        changes = {f"model.{name}": value for name, value in values.items()}
        config = with_values(NodeConfig(), {"model.device": "cpu", **changes})
        built.append(build_pipeline(config))
        return built[-1]

    yield make
    torch.set_num_threads(threads)
    for pipeline in built:
        pipeline.close()


def test_the_default_configuration_runs(
    build: Callable[..., Pipeline], tiny_frame: RgbdFrame
) -> None:
    pipeline = build()
    assert pipeline.card.preset == "tiny"
    assert pipeline.device_name == "cpu"
    assert pipeline.settings == SETTINGS
    result = pipeline.process(tiny_frame, estimate=True)
    assert result.mde_m is not None
    assert np.isnan(result.sr_m[8:12, 12:16]).all()  # the hole
    assert np.isnan(result.unguarded_m).sum() == 16
    # A slope from 1 to 2 m; what trained weights make of random colour is not known here.
    assert np.nanmin(result.sr_m) > 0.2
    assert np.nanmax(result.sr_m) < 5.0


@pytest.mark.parametrize(("source", "wanted"), [("color", False), ("depth", True)])
def test_the_source_of_the_stamp_reaches_the_frame_settings(source: str, wanted: bool) -> None:
    config = with_values(NodeConfig(), {"output.stamp_source": source})
    assert frame_settings(config).depth_stamp is wanted


def test_the_configuration_reaches_the_frame_settings() -> None:
    config = with_values(
        NodeConfig(),
        {
            "input.depth_scale": 0.0001,
            "input.min_depth": 0.3,
            "input.max_depth": 5.0,
            "fill.mode": "all",
            "register.mode": "off",
            "edge.preset": "nav",
            "mde.align.mode": "scale",
            "mde.align.max_scale": 2.0,
        },
    )
    assert frame_settings(config) == FrameSettings(
        depth_scale_m=0.0001,
        min_depth_m=0.3,
        max_depth_m=5.0,
        fill_holes=True,
        same_frame=False,
        edge_threshold=0.1,
        align=FitLimits(
            shift=False, least_pixels=32, least_spread=0.1, most_scale=2.0, most_shift_m=2.0
        ),
    )


@pytest.mark.parametrize(
    ("values", "threshold"),
    [
        ({"edge.enable": False}, 0.0),
        ({"edge.enable": False, "edge.threshold": 0.5}, 0.0),
        ({"edge.preset": "viz"}, 0.3),
        ({"edge.preset": "viz", "edge.threshold": 0.05}, 0.05),
    ],
)
def test_the_guard_has_its_preset_unless_told_otherwise(
    values: dict[str, object], threshold: float
) -> None:
    assert frame_settings(with_values(NodeConfig(), values)).edge_threshold == threshold


def test_weights_may_lie_anywhere(build: Callable[..., Pipeline], tmp_path: Path) -> None:
    path = tmp_path / "mine.safetensors"
    network, card = load_weights(TINY)
    save_weights(path, network, replace(card, value_range_m=4.0))
    assert build(weights=str(path), sha256=file_sha256(path)).card.value_range_m == 4.0


def test_a_home_folder_is_understood(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    model = with_values(NodeConfig(), {"model.weights": "~/w.safetensors"}).model
    assert weights_path(model) == tmp_path / "w.safetensors"


@pytest.mark.parametrize(
    ("values", "error", "message"),
    [
        (
            {"scale": 3, "weights": str(TINY)},
            ConfigError,
            r"model\.scale is 3; the weights are made",
        ),
        ({"weights": "absent.safetensors"}, WeightsError, r"absent\.safetensors does not exist"),
        ({"sha256": "0" * 64, "weights": str(TINY)}, WeightsError, r"model\.sha256 expects 000"),
        ({"device": "banana"}, ConfigError, r"model\.device is 'banana'; expected auto, cpu"),
        ({"device": "cuda:99"}, ConfigError, r"model\.device is 'cuda:99'; this machine has"),
    ],
)
def test_a_configuration_that_cannot_run_is_named(
    build: Callable[..., Pipeline], values: dict[str, object], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        build(**values)


def test_a_scale_of_the_card_is_accepted(build: Callable[..., Pipeline]) -> None:
    scales = build(weights=str(TINY)).card.scales
    assert build(weights=str(TINY), scale=scales[0]).card.scales == scales


def test_threads_are_set_where_given_and_left_alone_otherwise(
    build: Callable[..., Pipeline],
) -> None:
    """Those of OpenCV too: a pool of its own would take the cores that were not given."""
    cv2.setNumThreads(-1)
    by_itself = cv2.getNumThreads()
    build(threads=1)
    assert (torch.get_num_threads(), cv2.getNumThreads()) == (1, 1)
    build()
    assert cv2.getNumThreads() == by_itself


@pytest.mark.parametrize(("available", "device"), [(True, "cuda"), (False, "cpu")])
def test_auto_takes_a_gpu_where_there_is_one(
    monkeypatch: pytest.MonkeyPatch,
    available: bool,
    device: str,
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: available)
    assert choose_device("auto") == torch.device(device)


@pytest.mark.parametrize(("name", "ok"), [("cuda", True), ("cuda:1", True), ("cuda:2", False)])
def test_a_numbered_gpu_must_exist(
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    ok: bool,
) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    if ok:
        assert choose_device(name) == torch.device(name)
    else:
        with pytest.raises(ConfigError, match="this machine has 2 CUDA devices"):
            choose_device(name)


@pytest.mark.parametrize("name", ["meta", "", "CPU ", "cuda:x"])
def test_devices_that_cannot_run_are_refused(name: str) -> None:
    with pytest.raises(ConfigError, match="expected auto, cpu, cuda or cuda:N"):
        choose_device(name)


def test_warming_up_runs_frames_and_changes_nothing(
    build: Callable[..., Pipeline], tiny_frame: RgbdFrame
) -> None:
    pipeline = build()
    pipeline.settings = changed = replace(SETTINGS, min_depth_m=3.0, max_depth_m=4.0)
    pipeline.warm_up(2, (32, 40))
    pipeline.warm_up(1, (3, 5))
    assert pipeline.settings is changed
    pipeline.settings = SETTINGS
    assert pipeline.process(tiny_frame).sr_m.shape == (24, 32)


def test_a_closed_pipeline_is_refused(
    build: Callable[..., Pipeline], tiny_frame: RgbdFrame
) -> None:
    pipeline = build()
    pipeline.close()
    pipeline.close()
    with pytest.raises(EngineError, match="closed"):
        pipeline.process(tiny_frame)
