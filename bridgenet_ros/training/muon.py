"""Muon: momentum whose matrix is orthogonalised, for the weights of convolutions."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor

NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)
"""Odd quintic whose iteration drives every singular value towards 1 (Jordan et al., 2024)."""
ITERATIONS = 5
MATCH_ADAM = 0.2
"""Root mean square of an Adam step over its rate: both optimisers then share one rate."""


class Muon(torch.optim.Optimizer):
    """Each weight (out, in, kh, kw) is stepped as the matrix (out, in * kh * kw)."""

    def __init__(
        self, params: Iterable[Tensor], *, lr: float, momentum: float = 0.95, decay: float = 0.0
    ) -> None:
        super().__init__(params, {"lr": lr, "momentum": momentum, "decay": decay})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        """One step; weights without a gradient are left alone. ``closure`` is not used."""
        del closure
        for group in self.param_groups:
            shapes: dict[tuple[int, int], list[tuple[Tensor, Tensor]]] = {}
            for p in group["params"]:
                if p.grad is not None:
                    matrix = self._momentum(p, group).flatten(1)
                    shapes.setdefault((matrix.shape[0], matrix.shape[1]), []).append((p, matrix))
            for (rows, columns), members in shapes.items():
                rate = group["lr"] * MATCH_ADAM * max(rows, columns) ** 0.5
                updates = orthogonalise(torch.stack([m for _, m in members]))
                for (p, _), update in zip(members, updates, strict=True):
                    p.mul_(1 - group["lr"] * group["decay"])
                    p.add_(update.view_as(p), alpha=-rate)

    def _momentum(self, p: Tensor, group: dict[str, Any]) -> Tensor:
        state = self.state[p]
        if not state:
            state["momentum"] = torch.zeros_like(p, memory_format=torch.contiguous_format)
        buffer: Tensor = state["momentum"]
        grad = p.grad
        assert grad is not None  # the caller's condition; narrows the type
        buffer.lerp_(grad, 1 - group["momentum"])
        return grad.lerp(buffer, group["momentum"]).contiguous()  # Nesterov


def orthogonalise(matrices: Tensor) -> Tensor:
    """(N, R, C) -> the nearest (semi-)orthogonal matrices, singular values within 0.7 to 1.2.

    Each step of the iteration multiplies x by a polynomial of its Gram matrix G = x x^T. That one
    commutes with G, so G alone is iterated and x is multiplied once, at the end: the same result
    to a thousandth, in less than half of the time for the long matrices of convolutions.
    """
    a, b, c = NEWTON_SCHULZ
    wide = matrices.shape[-2] <= matrices.shape[-1]
    x = matrices if wide else matrices.mT
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    gram, product = x @ x.mT, None
    for i in range(ITERATIONS):
        factor = torch.baddbmm(gram, gram, gram, beta=b, alpha=c)
        factor.diagonal(dim1=-2, dim2=-1).add_(a)
        product = factor if product is None else product @ factor
        if i + 1 < ITERATIONS:
            gram = factor @ gram @ factor
    assert product is not None  # ITERATIONS is at least 1; narrows the type
    out: Tensor = product @ x
    return out if wide else out.mT
