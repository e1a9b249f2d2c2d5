"""What stands in for the network when there is no time for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from untrained import untrained_card

from bridgenet_ros.config import NodeConfig, with_values
from bridgenet_ros.engine.engine import EngineOutput
from bridgenet_ros.engine_build import BuiltEngine
from bridgenet_ros.errors import EngineError, FrameError
from bridgenet_ros.frame import DepthResult, RgbdFrame
from bridgenet_ros.frame_settings import frame_settings
from bridgenet_ros.network.bridgenet import BridgeNet
from bridgenet_ros.network.topology import PRESETS
from bridgenet_ros.network.weights import save_weights
from bridgenet_ros.pipeline import Pipeline, build_pipeline
from bridgenet_ros.provenance import Source, source_mask

CARD = untrained_card(4)


class Broken:
    """An engine that must not be asked, or fails."""

    device_name = "cuda:0"
    takes_units = True
    overlaps = False

    def submit(self, rgb: Any, depth: Any, **_: Any) -> Any:
        raise EngineError("cuda:0 is broken", "device")

    def collect(self, ticket: Any) -> EngineOutput:
        raise NotImplementedError

    def close(self) -> None:
        """Nothing is held."""


def bicubic(pipeline: Pipeline, frame: RgbdFrame) -> DepthResult:
    return pipeline.collect(pipeline.submit(frame, estimate=True, bicubic="no time"))


@pytest.fixture(scope="module")
def untrained(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    """A network whose D_SR is the bicubic upsampling."""
    path = tmp_path_factory.mktemp("weights") / "untrained.safetensors"
    save_weights(path, BridgeNet(PRESETS["tiny"]), CARD)
    threads = torch.get_num_threads()
    values = {"model.weights": str(path), "model.backend": "torch", "model.threads": 1}
    made = build_pipeline(with_values(NodeConfig(), {"model.device": "cpu", **values}))
    yield made
    made.close()
    torch.set_num_threads(threads)


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"fill.mode": "all"},
        {"edge.enable": False},
        {"input.depth_scale": 0.0005},
        {"input.max_depth": 1.5},
    ],
)
@pytest.mark.parametrize("metres", [False, True])
def test_it_is_what_an_untrained_network_gives(
    untrained: Pipeline, tiny_frame: RgbdFrame, values: dict[str, object], metres: bool
) -> None:
    """So holes, units, limits and the guard are the same; only the network is left out."""
    frame = tiny_frame
    if metres:
        frame = replace(frame, depth=(frame.depth / 1000).astype(np.float32))
    untrained.settings = frame_settings(with_values(NodeConfig(), values))
    expected = untrained.process(frame, estimate=True)
    found = bicubic(untrained, frame)
    for name in ("sr_m", "unguarded_m", "sensor_m"):
        np.testing.assert_allclose(getattr(found, name), getattr(expected, name), atol=2e-6)
    assert (found.stamp_ns, found.frame_id) == (expected.stamp_ns, expected.frame_id)
    assert (found.bicubic, expected.bicubic) == ("no time", "")
    assert found.mde_m is None


def test_its_holes_are_not_called_the_network_s(untrained: Pipeline, tiny_frame: RgbdFrame) -> None:
    values = {"fill.mode": "all", "edge.enable": False}
    untrained.settings = frame_settings(with_values(NodeConfig(), values))
    for result, source in (
        (untrained.process(tiny_frame), Source.FILLED),
        (bicubic(untrained, tiny_frame), Source.SPREAD),
    ):
        mask = source_mask(result)
        assert (mask[8:12, 12:16] == source).all()
        assert (mask == Source.UPSAMPLED).sum() == mask.size - 16


def test_a_frame_that_cannot_be_used_is_refused_all_the_same(
    untrained: Pipeline, tiny_frame: RgbdFrame
) -> None:
    untrained.settings = frame_settings(NodeConfig())
    with pytest.raises(FrameError, match="no pixel between"):
        bicubic(untrained, replace(tiny_frame, depth=np.zeros((6, 8), np.uint16)))


def test_it_needs_no_device_and_hides_no_fault_of_it(tiny_frame: RgbdFrame) -> None:
    pipeline = Pipeline(BuiltEngine(engine=Broken(), card=CARD), frame_settings(NodeConfig()))
    with pytest.raises(EngineError, match="broken"):
        pipeline.process(tiny_frame)
    # Registration of a rig would run on the device; a registered pair needs none of it.
    result = bicubic(pipeline, tiny_frame)
    assert np.nanmin(result.sr_m) > 0.9
    assert pipeline.fault == "cuda:0 is broken"
