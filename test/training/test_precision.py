"""Mixed precision: what the network computes in, and what stays float32."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from bridgenet_ros.errors import ConfigError
from bridgenet_ros.training.config import TrainConfig
from bridgenet_ros.training.precision import make_scaler, mixed
from bridgenet_ros.training.samples import PatchStream
from bridgenet_ros.training.train import Trainer

MakeConfig = Callable[..., TrainConfig]
CPU = torch.device("cpu")


def test_only_half_precision_is_mixed() -> None:
    x = torch.ones(2, 2)
    with mixed("float32", CPU):
        assert (x @ x).dtype is torch.float32
    with mixed("bfloat16", CPU):
        assert (x @ x).dtype is torch.bfloat16


def test_float16_needs_a_gpu(make_config: MakeConfig, stream: PatchStream) -> None:
    with pytest.raises(ConfigError, match="precision is 'float16', which needs cuda; device"):
        Trainer(make_config(precision="float16"), stream)
    with pytest.raises(ConfigError, match="precision is 'half'; expected one of"):
        make_config(precision="half")


def test_nothing_but_float16_is_scaled() -> None:
    assert not make_scaler("bfloat16", CPU).is_enabled()
    assert not make_scaler("float32", CPU).is_enabled()


def test_bfloat16_trains_float32_weights(make_config: MakeConfig, stream: PatchStream) -> None:
    half = Trainer(make_config(precision="bfloat16"), stream)
    dtypes = []
    half.network.dsr.head.register_forward_hook(lambda *args: dtypes.append(args[2].dtype))
    whole = Trainer(make_config(), stream)
    for _ in range(3):
        found, expected = half.train_step(), whole.train_step()
        assert found.loss_sr == pytest.approx(expected.loss_sr, rel=0.03)
    assert set(dtypes) == {torch.bfloat16}
    assert {p.dtype for p in half.network.parameters()} == {torch.float32}
    assert half.network.dsr.head.weight.is_contiguous(memory_format=torch.channels_last)


@pytest.mark.gpu
@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
def test_half_precision_on_a_gpu(
    make_config: MakeConfig, stream: PatchStream, precision: str
) -> None:
    config = make_config(precision=precision, device="cuda", steps=40, muon=True)
    trainer = Trainer(config, stream)
    losses: list[float] = []
    trainer.run(lambda report: losses.append(report.loss_sr))
    assert losses[-1] < losses[0]
    again = Trainer(config, stream)
    assert again.resume()
    assert again.scaler.state_dict() == trainer.scaler.state_dict()
