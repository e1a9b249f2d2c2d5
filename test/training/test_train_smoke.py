"""The whole loop on tiny data: it learns, and a resumed run is the unbroken one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from untrained import untrained_card

from bridgenet_ros.errors import ConfigError
from bridgenet_ros.network.bridgenet import BridgeNet
from bridgenet_ros.network.deepest import deepest_branches, empty, is_empty
from bridgenet_ros.network.topology import preset_topology
from bridgenet_ros.network.weights import load_weights, save_weights
from bridgenet_ros.training.checkpoint import list_checkpoints
from bridgenet_ros.training.config import TrainConfig
from bridgenet_ros.training.samples import Batch, PatchStream
from bridgenet_ros.training.train import StepReport, Trainer

MakeConfig = Callable[..., TrainConfig]


class OneBatch(PatchStream):
    """Always the first batch."""

    def batch(self, step: int) -> Batch:
        del step
        return super().batch(0)


def losses(trainer: Trainer) -> list[float]:
    found: list[StepReport] = []
    trainer.run(found.append)
    return [report.loss_sr for report in found]


def test_four_patches_are_overfitted(make_config: MakeConfig, stream: PatchStream) -> None:
    config = make_config(steps=120, learning_rate=3e-3, muon=True, rmse_weight=1.0)
    four = OneBatch(stream.sources, stream.plan, seed=stream.seed)
    trainer = Trainer(config, four)
    reports: list[StepReport] = []
    trainer.run(reports.append)
    assert reports[-1].loss_sr < 0.5 * reports[-1].loss_bicubic
    estimated = [r.loss_mde for r in reports if r.loss_mde is not None]
    assert estimated[-1] < 0.5 * estimated[0]


@pytest.mark.parametrize("muon", [False, True])
def test_a_resumed_run_is_the_unbroken_one(
    make_config: MakeConfig, stream: PatchStream, muon: bool
) -> None:
    unbroken = Trainer(make_config(output="", muon=muon), stream)
    unbroken.save = lambda: None
    expected = losses(unbroken)
    config = make_config(muon=muon)
    first = Trainer(config, stream)
    start = [first.train_step().loss_sr for _ in range(3)]
    first.save()
    second = Trainer(config, stream)
    assert second.resume()
    assert second.step == 3
    np.testing.assert_array_equal(start + losses(second), expected)
    for found, wanted in zip(everything(second), everything(unbroken), strict=True):
        torch.testing.assert_close(found, wanted, rtol=0, atol=0)


def everything(trainer: Trainer) -> list[Any]:
    states = [optimiser.state_dict() for optimiser in trainer.optimisers.values()]
    return [trainer.network.state_dict(), trainer.average.values, *states]


def test_no_step_depends_on_torchs_random_state(
    make_config: MakeConfig, stream: PatchStream
) -> None:
    # A checkpoint holds no random state, so nothing may draw from one.
    trainer = Trainer(make_config(), stream)
    torch_state, numpy_state = torch.get_rng_state(), str(np.random.get_state())  # noqa: NPY002
    trainer.train_step()
    assert torch.equal(torch.get_rng_state(), torch_state)
    assert str(np.random.get_state()) == numpy_state  # noqa: NPY002


def test_a_leg_ends_at_a_checkpoint(make_config: MakeConfig, stream: PatchStream) -> None:
    trainer = Trainer(make_config(), stream)
    trainer.run(lambda _: None, stop_after_minutes=0.0)
    assert [p.name for p in list_checkpoints(trainer.folder)] == ["step-00000001"]


def test_the_schedule_can_follow_the_clock(make_config: MakeConfig, stream: PatchStream) -> None:
    trainer = Trainer(make_config(minutes=2.0), stream)
    trainer.elapsed_s = 30.0
    assert trainer.progress() == pytest.approx(0.25)


def test_other_settings_are_refused_on_resume(make_config: MakeConfig, stream: PatchStream) -> None:
    Trainer(make_config(), stream).save()
    with pytest.raises(ConfigError, match=r"was made with learning_rate=0\.001; this run has 0\.5"):
        Trainer(make_config(learning_rate=0.5), stream).resume()
    assert Trainer(make_config(steps=99), stream).resume()


def test_nothing_to_resume(make_config: MakeConfig, stream: PatchStream) -> None:
    assert not Trainer(make_config(), stream).resume()


def test_divergence_keeps_the_last_good_checkpoint(
    make_config: MakeConfig, stream: PatchStream
) -> None:
    trainer = Trainer(make_config(), stream)
    trainer.train_step()
    good = trainer.save()
    with torch.no_grad():
        next(trainer.network.parameters()).fill_(float("nan"))
    with pytest.raises(ConfigError, match="diverged"):
        trainer.run(lambda _: None)
    assert list_checkpoints(trainer.folder) == [good]


def test_the_averaged_network_is_in_eval_mode(make_config: MakeConfig, stream: PatchStream) -> None:
    trainer = Trainer(make_config(), stream)
    trainer.train_step()
    network = trainer.averaged_network()
    assert not network.training
    assert torch.equal(
        network.state_dict()["dsr.head.weight"], trainer.average.values["dsr.head.weight"]
    )


@pytest.mark.parametrize("detach", [True, False])
def test_the_estimate_may_teach_dsrnet(
    make_config: MakeConfig, stream: PatchStream, detach: bool
) -> None:
    config = make_config(detach_content=detach, l1_weight=0.0, estimate_every=1)
    trainer = Trainer(config, stream)
    # D_DE's first step reaches nothing but its last layer, which starts at zero.
    trainer.train_step()
    trainer.train_step()
    moments = trainer.optimisers["dsr"].state_dict()["state"]
    taught = any(bool(m["exp_avg"].any()) for m in moments.values())
    assert taught is not detach


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    torch.manual_seed(3)
    card = untrained_card(4)
    network = BridgeNet(preset_topology("tiny"))
    torch.nn.init.normal_(network.dsr.out.weight)
    save_weights(tmp_path / "w.safetensors", network, card)
    return tmp_path / "w.safetensors"


def test_a_run_can_start_from_weights(
    make_config: MakeConfig, stream: PatchStream, weights: Path
) -> None:
    trainer = Trainer(make_config(start_weights=str(weights)), stream)
    expected = load_weights(weights)[0].state_dict()["dsr.head.weight"]
    assert torch.equal(trainer.network.state_dict()["dsr.head.weight"], expected)


def test_what_is_empty_is_not_trained(
    make_config: MakeConfig, stream: PatchStream, weights: Path
) -> None:
    network, card = load_weights(weights)
    for branch in deepest_branches(network.dsr):
        empty(branch)
    save_weights(weights, network, card)
    trainer = Trainer(make_config(start_weights=str(weights)), stream)
    trainer.train_step()
    assert deepest_branches(trainer.network.dsr) == []
    whole = trainer.averaged_network()
    assert whole.state_dict().keys() == network.state_dict().keys()
    assert all(is_empty(branch) for branch in deepest_branches(whole.dsr))
    trained = whole.state_dict()["dsr.head.weight"]
    assert torch.equal(trained, trainer.average.values["dsr.head.weight"])


def test_weights_that_the_preset_does_not_contain_are_refused(
    make_config: MakeConfig, stream: PatchStream, weights: Path
) -> None:
    with pytest.raises(ConfigError, match="is a tiny: cannot grow into dsr_stage_blocks 2"):
        Trainer(make_config(start_weights=str(weights), preset="small"), stream)


@pytest.mark.parametrize("detached", [False, True])
def test_both_flows_of_gradients_can_be_cut(
    make_config: Callable[..., TrainConfig], stream: PatchStream, *, detached: bool
) -> None:
    trainer = Trainer(make_config(detach_taps=detached, detach_content=detached), stream)
    topology = trainer.network.topology
    assert (topology.detach_taps, topology.detach_content) == (detached, detached)
