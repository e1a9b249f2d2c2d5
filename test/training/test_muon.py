"""Muon: momentum made orthogonal."""

from __future__ import annotations

import pytest
import torch

from bridgenet_ros.training.muon import ITERATIONS, MATCH_ADAM, NEWTON_SCHULZ, Muon, orthogonalise


@pytest.mark.parametrize("shape", [(2, 4, 9), (3, 9, 4), (1, 5, 5)])
def test_singular_values_come_near_one(shape: tuple[int, int, int]) -> None:
    out = orthogonalise(torch.randn(shape))
    values = torch.linalg.svdvals(out)
    assert out.shape == shape
    assert values.min() > 0.4
    assert values.max() < 1.3


@pytest.mark.parametrize("shape", [(2, 6, 54), (3, 54, 6), (1, 8, 8)])
def test_it_is_the_iteration_on_the_matrix_itself(shape: tuple[int, int, int]) -> None:
    # Down to singular values a ten-thousandth of the largest, as a momentum's are.
    u, s, v = torch.linalg.svd(torch.randn(shape), full_matrices=False)
    matrices = u * torch.logspace(0, -4, s.shape[1]) @ v
    a, b, c = NEWTON_SCHULZ
    x = matrices / matrices.norm(dim=(-2, -1), keepdim=True)
    for _ in range(ITERATIONS):
        gram = x @ x.mT
        x = a * x + (b * gram + c * gram @ gram) @ x
    assert (orthogonalise(matrices) - x).norm() < 2e-3 * x.norm()


def test_direction_is_kept_for_a_scaled_rotation() -> None:
    rotation = torch.tensor([[[0.0, -1.0], [1.0, 0.0]]])
    out = orthogonalise(5 * rotation)
    assert torch.nn.functional.cosine_similarity(out.flatten(), rotation.flatten(), dim=0) > 0.999


def test_a_step_has_adams_size() -> None:
    weight = torch.nn.Parameter(torch.zeros(8, 4, 3, 3))
    optimiser = Muon([weight], lr=0.1)
    weight.grad = torch.randn_like(weight)
    optimiser.step()
    rms = weight.detach().square().mean().sqrt().item()
    # An orthogonal 8x36 matrix has entries of rms 1/6; times 0.2 * sqrt(36) that is 0.2.
    assert rms == pytest.approx(0.1 * MATCH_ADAM, rel=0.3)


def test_it_goes_down_and_keeps_weights_without_gradient() -> None:
    weight = torch.nn.Parameter(torch.randn(4, 3, 1, 1))
    idle = torch.nn.Parameter(torch.ones(2, 2, 1, 1))
    target = torch.randn(4, 3, 1, 1)
    optimiser = Muon([weight, idle], lr=0.1)
    before = (weight - target).square().sum().item()
    for _ in range(150):
        optimiser.zero_grad()
        (weight - target).square().sum().backward()
        optimiser.step()
    assert (weight - target).square().sum().item() < 0.2 * before
    assert torch.equal(idle, torch.ones(2, 2, 1, 1))


def test_decay_shrinks() -> None:
    weight = torch.nn.Parameter(torch.ones(2, 2, 1, 1))
    optimiser = Muon([weight], lr=0.1, decay=0.5)
    weight.grad = torch.zeros_like(weight)
    optimiser.step()
    assert weight.detach().flatten().tolist() == pytest.approx([0.95] * 4)
