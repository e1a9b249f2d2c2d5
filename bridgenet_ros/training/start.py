"""A start from the data: the decoder begins as a dictionary of what bicubic upsampling loses.

Everything DSRNet draws passes through a few channels at an eighth of the grid, and a linear
decoder. From random weights the decoder cannot say what a good code is before the encoder sends
one, and the encoder cannot learn it before the decoder draws it: training stays at the bicubic
loss for hundreds of steps. So the decoder starts with the principal components of the true
residual of a few batches, by blocks, and the encoder only has to learn their coefficients.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from bridgenet_ros.network.bridgenet import BridgeNet
from bridgenet_ros.network.dsrnet import DSRNet
from bridgenet_ros.network.layers import ShuffleUp
from bridgenet_ros.training.samples import Batch

STD_HEAD, STD_BRANCH = 1.0, 0.5
"""Standard deviations after the head and after layers whose output is added to another's."""
QUIET = 0.3
"""Share of the residual that the decoder draws for a code of unit variance."""


@torch.no_grad()
def start_from_data(network: BridgeNet, batches: Sequence[Batch]) -> None:
    """Set DSRNet's outer layers in place; for a network that was not trained yet.

    Does nothing where there is no DSRNet or D_SR has no residual.
    """
    gain = network.topology.residual_gain
    if network.dsr is None or gain is None:
        return
    _forget_level(network.dsr.head, network.topology.space_to_depth**2)
    _equalise(network, batches[0])
    _draw_residuals(network.dsr, network.topology.space_to_depth, batches, QUIET / gain)


def _forget_level(head: nn.Conv2d, group: int) -> None:
    """Kernels of zero sum over each quantity: the residual does not depend on absolute depth."""
    for first in range(0, head.in_channels, group):
        part = head.weight[:, first : first + group]
        part -= part.mean(dim=(1, 2, 3), keepdim=True)


def _equalise(network: BridgeNet, batch: Batch) -> None:
    """Bring the layers that have no activation behind them to equal strength."""
    assert network.dsr is not None
    branches = [*network.dsr.multi_scale, *network.dsr.downsample.convs]
    targets = [(network.dsr.head, STD_HEAD), *((b, STD_BRANCH) for b in branches)]
    hooks = [layer.register_forward_hook(_rescale_to(std)) for layer, std in targets]
    network(*batch.inputs, estimate=False)
    for hook in hooks:
        hook.remove()


def _rescale_to(std: float) -> Callable[[nn.Module, tuple[Tensor, ...], Tensor], Tensor]:
    def rescale(layer: nn.Module, _inputs: tuple[Tensor, ...], out: Tensor) -> Tensor:
        assert isinstance(layer, nn.Conv2d)
        # Without the border, where zero padding answers louder than any edge.
        inside = out[..., 2:-2, 2:-2] if min(out.shape[-2:]) > 4 else out
        factor = std / float(inside.std().clamp_min(1e-6))
        layer.weight.mul_(factor)
        return out * factor

    return rescale


def _draw_residuals(dsr: DSRNet, k: int, batches: Sequence[Batch], gain: float) -> None:
    """Nested principal components: blocks of 8k pixels from blocks of 4k, from 2k, from k."""
    blocks = torch.cat([_blocks(_residual(b), 8 * k) for b in batches])  # (N, 1, 8k, 8k)
    values = F.pixel_unshuffle(blocks, k)  # (N, k*k, 8, 8)
    basis = torch.eye(k * k)
    _set_centre(dsr.out, basis[:, : dsr.out.in_channels])
    convs = [_shuffled(stage) for stage in dsr.decoder]
    for conv in reversed(convs):
        values = F.pixel_unshuffle(values, 2)  # (N, 4c, n/2, n/2), channel c first, as PixelShuffle
        vectors = values.permute(0, 2, 3, 1).flatten(0, 2)
        components = _principal(vectors, conv.in_channels)  # (4c, m)
        _set_shuffle(conv, components)
        values = torch.einsum("nchw,cm->nmhw", values, components)
    # Whitened: each coefficient of unit variance, the whole scaled to the quiet start.
    deviation = values.std(dim=(0, 2, 3))
    convs[0].weight[:, : len(deviation)] *= gain * deviation[:, None, None]


def _shuffled(stage: nn.Module) -> nn.Conv2d:
    assert isinstance(stage, ShuffleUp)
    conv = stage[0]
    assert isinstance(conv, nn.Conv2d)
    return conv


def _residual(batch: Batch) -> Tensor:
    weight = 8.0 / batch.scale
    return (batch.target - batch.inputs.depth) * batch.valid * weight


def _blocks(x: Tensor, side: int) -> Tensor:
    height, width = x.shape[-2] // side * side, x.shape[-1] // side * side
    tiles = F.unfold(x[..., :height, :width], side, stride=side)  # (B, side*side, L)
    return tiles.transpose(1, 2).reshape(-1, 1, side, side)


def _principal(vectors: Tensor, limit: int) -> Tensor:
    """(N, D) -> the (D, min(D, limit)) leading directions, without centring."""
    _, directions = torch.linalg.eigh(vectors.T @ vectors)
    leading: Tensor = directions.flip(1)[:, :limit]
    return leading


def _set_centre(conv: nn.Conv2d, matrix: Tensor) -> None:
    """The 1x1 convolution becomes ``matrix`` (out, in'), zero for further inputs."""
    conv.weight.zero_()
    conv.weight[:, : matrix.shape[1], 0, 0] = matrix


def _set_shuffle(conv: nn.Conv2d, components: Tensor) -> None:
    """A conv3x3 before PixelShuffle(2) draws ``components`` (4c, m) with its centre tap."""
    drawn, used = components.shape
    conv.weight[:drawn].zero_()
    conv.weight[:drawn, :used, 1, 1] = components
