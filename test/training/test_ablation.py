"""Tables 3 and 4 in a few steps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import torch

from bridgenet_ros.evaluation.paper import ABLATION_MAD
from bridgenet_ros.network.topology import Guidance
from bridgenet_ros.training.ablation import SWITCHES, ablate
from bridgenet_ros.training.config import TrainConfig
from bridgenet_ros.training.samples import PatchStream


def test_every_row_of_the_paper_is_trained_for_as_long(
    make_config: Callable[..., TrainConfig], stream: PatchStream
) -> None:
    steps: Counter[str] = Counter()
    config = make_config(steps=2, estimate_disparity=True)
    networks = dict(ablate(config, stream, lambda name, _: steps.update([name])))

    assert list(networks) == list(SWITCHES) == list(ABLATION_MAD)
    assert set(steps.values()) == {2}
    assert networks["DSRNet"].mde is None
    assert networks["MDENet"].dsr is None
    assert networks["both, HABdg"].topology.guidance is Guidance.HABDG
    assert not networks["both, HABdg"].topology.content_guidance
    assert not Path(config.output).exists()

    image, depth = torch.rand(1, 3, 32, 32), torch.rand(1, 1, 32, 32)
    for name, network in networks.items():
        out = network(image, depth, torch.ones_like(depth))
        assert (out.sr is None, out.mde is None) == (name == "MDENet", name == "DSRNet")
