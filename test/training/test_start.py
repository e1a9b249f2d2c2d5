"""The start from the data."""

from __future__ import annotations

import pytest
import torch

from bridgenet_ros.network.bridgenet import BridgeNet
from bridgenet_ros.network.topology import preset_topology
from bridgenet_ros.training.samples import PatchStream
from bridgenet_ros.training.start import start_from_data


@pytest.fixture
def started(stream: PatchStream) -> BridgeNet:
    torch.manual_seed(0)
    network = BridgeNet(preset_topology("tiny"))
    start_from_data(network, [stream.batch(i) for i in range(8)])
    return network


def test_the_decoder_can_draw_most_of_a_residual(started: BridgeNet, stream: PatchStream) -> None:
    assert started.dsr is not None
    codes = torch.eye(48)[:, :, None, None]
    with torch.no_grad():
        features = codes
        for stage in started.dsr.decoder:
            features = stage(features)
        drawn = torch.nn.functional.pixel_shuffle(started.dsr.out(features), 2).flatten(1)
    batch = stream.batch(100)
    residual = batch.target - batch.inputs.depth
    blocks = torch.nn.functional.unfold(residual, 16, stride=16).transpose(1, 2).reshape(-1, 256)
    basis, _ = torch.linalg.qr(drawn.T)
    left = blocks - blocks @ basis @ basis.T
    assert left.square().mean().sqrt() < 0.6 * blocks.square().mean().sqrt()


def test_the_head_does_not_see_the_level_of_depth(started: BridgeNet) -> None:
    assert started.dsr is not None
    flat = torch.ones(1, 8, 8, 8)
    flat[:, :4] *= 3.0
    with torch.no_grad():
        inside = started.dsr.head(flat)[..., 2:-2, 2:-2]
    torch.testing.assert_close(inside, torch.zeros_like(inside), atol=1e-4, rtol=0)


def test_a_network_without_residual_is_left_alone(stream: PatchStream) -> None:
    topology = preset_topology("tiny")
    paper = BridgeNet(type(topology)(**{**_fields(topology), "residual_gain": None}))
    before = {k: v.clone() for k, v in paper.state_dict().items()}
    start_from_data(paper, [stream.batch(0)])
    assert all(torch.equal(v, before[k]) for k, v in paper.state_dict().items())


def _fields(topology: object) -> dict[str, object]:
    return {name: getattr(topology, name) for name in topology.__dataclass_fields__}
