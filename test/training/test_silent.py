"""Branches without effect are found on batches and written as zeros."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from training_data import write_folder

from bridgenet_ros.network.bridgenet import BridgeNet
from bridgenet_ros.network.deepest import deepest_branches, is_empty
from bridgenet_ros.network.topology import Guidance, Topology, preset_topology
from bridgenet_ros.network.weights import load_weights
from bridgenet_ros.training.config import TrainConfig
from bridgenet_ros.training.export import EMPTY, export_weights
from bridgenet_ros.training.samples import PatchStream
from bridgenet_ros.training.silent import empty_silent
from bridgenet_ros.training.train import Trainer

TINY = preset_topology("tiny")


@torch.no_grad()
def _draw(network: BridgeNet) -> None:
    """Untrained networks draw nothing at all: their output starts at zero."""
    assert network.dsr is not None
    network.dsr.out.weight.normal_()


@pytest.fixture
def lively() -> BridgeNet:
    torch.manual_seed(0)
    network = BridgeNet(TINY).eval()
    _draw(network)
    return network


@torch.no_grad()
def silence(network: BridgeNet, *, all_of_it: bool) -> None:
    """ReLUs behind biases far below: nothing comes through, though no weight is zero."""
    assert network.dsr is not None
    network.dsr.stages[-1].blocks[-1].conv2.bias.fill_(-1e4)
    network.dsr.body[-1].conv2.bias.fill_(-1e4)
    if all_of_it:
        network.dsr.post[-1].conv2.bias.fill_(-1e4)


def which_are_empty(network: BridgeNet) -> list[bool]:
    assert network.dsr is not None
    return [is_empty(branch) for branch in deepest_branches(network.dsr)]


@pytest.mark.parametrize("all_of_it", [False, True])
def test_silent_branches_are_emptied_without_a_change(
    lively: BridgeNet, stream: PatchStream, all_of_it: bool
) -> None:
    silence(lively, all_of_it=all_of_it)
    batches = [stream.batch(i) for i in range(2)]
    before = lively(*batches[0].inputs, estimate=False).sr
    assert empty_silent(lively, batches) == 1 + all_of_it
    assert which_are_empty(lively) == [True, all_of_it]
    assert torch.equal(lively(*batches[0].inputs, estimate=False).sr, before)


def test_branches_that_draw_are_kept(lively: BridgeNet, stream: PatchStream) -> None:
    assert empty_silent(lively, [stream.batch(0)]) == 0
    assert which_are_empty(lively) == [False, False]


def test_a_network_without_the_level_has_none_to_empty(stream: PatchStream) -> None:
    alone = Topology(
        **{
            **{name: getattr(TINY, name) for name in TINY.__dataclass_fields__},
            "dsr": False,
            "guidance": Guidance.NONE,
            "content_guidance": False,
        }
    )
    assert empty_silent(BridgeNet(alone).eval(), [stream.batch(0)]) == 0


def test_the_card_says_so(
    tmp_path: Path, make_config: Callable[..., TrainConfig], stream: PatchStream
) -> None:
    write_folder(tmp_path / "data", 1)
    trainer = Trainer(make_config(), stream)
    _draw(trainer.network)
    trainer.average.load(trainer.network.state_dict())
    loud = export_weights(trainer, tmp_path / "loud.safetensors", "c")
    assert "empty" not in loud.training
    silence(trainer.network, all_of_it=False)
    trainer.average.load(trainer.network.state_dict())
    card = export_weights(trainer, tmp_path / "silent.safetensors", "c")
    assert card.training["empty"] == EMPTY[0]
    network, _ = load_weights(tmp_path / "silent.safetensors")
    assert which_are_empty(network) == [True, False]
