"""Batch norm folding is exact, complete, and leaves the original alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from bridgenet_ros.engine.optimise import optimise_for_inference
from bridgenet_ros.network.bridgenet import BridgeNet


def inputs() -> tuple[Tensor, Tensor, Tensor]:
    depth = torch.rand(2, 1, 32, 48)
    return torch.rand(2, 3, 32, 48), depth, torch.ones_like(depth)


@torch.no_grad()
def test_hand_computed_fold() -> None:
    conv, norm = nn.Conv2d(1, 1, 1, bias=False), nn.BatchNorm2d(1, eps=0.0)
    conv.weight.fill_(3.0)
    assert norm.running_mean is not None
    assert norm.running_var is not None
    norm.running_mean.fill_(2.0)
    norm.running_var.fill_(4.0)
    norm.weight.fill_(5.0)
    norm.bias.fill_(1.0)
    fused = optimise_for_inference(nn.Sequential(conv, norm))

    # 5 * (3x - 2) / sqrt(4) + 1 = 7.5 x - 4.
    assert isinstance(fused[0], nn.Conv2d)
    assert fused[0].weight.item() == 7.5
    assert fused[0].bias is not None
    assert fused[0].bias.item() == -4.0
    assert isinstance(fused[1], nn.Identity)


@torch.no_grad()
def test_outputs_stay_within_a_hundred_thousandth(trained: BridgeNet, device: torch.device) -> None:
    network = trained.to(device)
    frame = [t.to(device) for t in inputs()]
    expected, found = network(*frame), optimise_for_inference(network)(*frame)
    # Of the full range; a GPU may multiply in TensorFloat-32.
    tolerance = 1e-5 if device.type == "cpu" else 1e-3
    torch.testing.assert_close(found.sr, expected.sr, rtol=0, atol=tolerance)
    torch.testing.assert_close(found.mde, expected.mde, rtol=1e-5, atol=tolerance)


def test_no_batch_norm_is_left(trained: BridgeNet) -> None:
    def norms(network: nn.Module) -> int:
        return sum(isinstance(module, nn.BatchNorm2d) for module in network.modules())

    assert norms(trained) > 20
    assert norms(optimise_for_inference(trained)) == 0


def test_the_original_is_left_alone(trained: BridgeNet) -> None:
    before = {name: tensor.clone() for name, tensor in trained.state_dict().items()}
    optimise_for_inference(trained)
    after = trained.state_dict()
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_a_network_in_training_mode_comes_back_in_eval_mode(trained: BridgeNet) -> None:
    trained.train()
    optimised = optimise_for_inference(trained)
    assert trained.training
    assert not optimised.training


def test_weights_lie_channels_last(trained: BridgeNet) -> None:
    weights = [p for p in optimise_for_inference(trained).parameters() if p.dim() == 4]
    assert all(w.is_contiguous(memory_format=torch.channels_last) for w in weights)


@pytest.mark.parametrize(
    "make",
    [
        lambda: nn.Sequential(nn.BatchNorm2d(2), nn.Conv2d(2, 2, 1)),  # the wrong way round
        lambda: nn.Sequential(nn.Conv2d(2, 2, 1), nn.ReLU(), nn.BatchNorm2d(2)),
    ],
)
def test_only_a_norm_right_after_a_convolution_is_folded(
    make: Callable[[], nn.Sequential],
) -> None:
    kinds = [type(module) for module in make()]
    assert [type(module) for module in optimise_for_inference(make())] == kinds
