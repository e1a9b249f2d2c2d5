"""Two tasks, their optimisers, one step."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from bridgenet_ros.errors import ConfigError
from bridgenet_ros.network.bridgenet import BridgeNet
from bridgenet_ros.network.topology import preset_topology
from bridgenet_ros.training.config import TrainConfig
from bridgenet_ros.training.optimisers import Optimisers, build_optimisers, set_rate, step_all
from bridgenet_ros.training.precision import make_scaler
from bridgenet_ros.training.processes import Processes

MakeConfig = Callable[..., TrainConfig]


def take_step(optimisers: Optimisers, loss: torch.Tensor, step: int) -> dict[str, float]:
    scaler = make_scaler("float32", torch.device("cpu"))
    alone = Processes()
    return step_all(optimisers, loss, step, clip_norm=1.0, scaler=scaler, processes=alone)


@pytest.mark.parametrize("muon", [False, True])
def test_each_parameter_has_exactly_one_optimiser(make_config: MakeConfig, muon: bool) -> None:
    network = BridgeNet(preset_topology("tiny"))
    optimisers = build_optimisers(network, make_config(muon=muon))
    owned = {
        name: {id(p) for group in o.param_groups for p in group["params"]}
        for name, o in optimisers.items()
    }
    assert set(owned) == (
        {"dsr", "mde", "dsr_matrices", "mde_matrices"} if muon else {"dsr", "mde"}
    )
    assert sum(map(len, owned.values())) == len({id(p) for p in network.parameters()})
    dsr = {id(p) for p in network.dsr_parameters()}
    assert set().union(*(ids for name, ids in owned.items() if name.startswith("dsr"))) == dsr


def test_muons_rate_is_higher_by_its_gain(make_config: MakeConfig) -> None:
    config = make_config(muon=True, muon_gain=2.0)
    optimisers = build_optimisers(BridgeNet(preset_topology("tiny")), config)
    set_rate(optimisers, config, 0.1)
    rates = {name: o.param_groups[0]["lr"] for name, o in optimisers.items()}
    assert rates == {"dsr": 0.1, "mde": 0.1, "dsr_matrices": 0.2, "mde_matrices": 0.2}


def test_gradients_are_clipped_for_each_optimiser() -> None:
    weights = [torch.nn.Parameter(torch.zeros(1)) for _ in range(2)]
    optimisers = {str(i): torch.optim.SGD([w], lr=1.0) for i, w in enumerate(weights)}
    norms = take_step(optimisers, 10 * weights[0].sum() + 0.5 * weights[1].sum(), 0)
    assert norms == {"0": 10.0, "1": 0.5}
    assert [w.item() for w in weights] == pytest.approx([-1.0, -0.5], abs=1e-5)


def test_overflowing_float16_gradients_are_left_out_until_no_scale_helps() -> None:
    weight = torch.nn.Parameter(torch.ones(1))
    optimisers = {"o": torch.optim.SGD([weight], lr=1.0)}
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**-6)

    def step() -> dict[str, float]:
        loss = (weight - 1).sqrt().sum()  # its gradient is infinite
        return step_all(optimisers, loss, 7, clip_norm=1.0, scaler=scaler, processes=Processes())

    assert step()["o"] == float("inf")
    assert scaler.get_scale() == 2.0**-7
    step()
    with pytest.raises(ConfigError, match="float16 gradients overflow at any scale at step 7"):
        step()
    assert weight.item() == 1


@pytest.mark.parametrize("where", ["loss", "gradient"])
def test_divergence_changes_nothing(where: str) -> None:
    weight = torch.nn.Parameter(torch.zeros(1))
    optimisers = {"o": torch.optim.SGD([weight], lr=1.0)}
    loss = weight.sum() * float("nan") if where == "loss" else (weight + 0).sqrt().sum()
    with pytest.raises(ConfigError, match=r"training diverged: the .* at step 3"):
        take_step(optimisers, loss, 3)
    assert weight.item() == 0
