"""MDENet: sizes, CLIFF's formula, and where CGBdg sits."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from bridgenet_ros.network.layers import BasicBlock, Bottleneck
from bridgenet_ros.network.mdenet import (
    Cliff,
    FeaturePyramid,
    MdeDecoderInputs,
    MdeEncoder,
    MDENet,
)

WIDTHS = (8, 16, 24, 32)


class Recorder(nn.Module):
    """A CGBdg that notes what it gets and hands MDENet's features on."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[Tensor, Tensor]] = []

    def forward(self, fd_dsr: Tensor, fd_mde: Tensor) -> Tensor:
        self.seen.append((fd_dsr, fd_mde))
        return fd_mde


def mdenet(*bridges: nn.Module) -> MDENet:
    encoder = MdeEncoder(3, 8, WIDTHS, (1, 1, 1, 1), BasicBlock)
    return MDENet(encoder, WIDTHS, 8, 1, bridges).eval()


@torch.no_grad()
@pytest.mark.parametrize("size", [(16, 16), (24, 40)])
def test_taps_are_at_a_half_a_quarter_and_an_eighth(size: tuple[int, int]) -> None:
    height, width = size
    network = mdenet()
    taps = network.taps(torch.randn(1, 3, height, width))
    assert [tuple(t.shape) for t in taps] == [
        (1, c, height // k, width // k) for c, k in zip(WIDTHS[:3], (2, 4, 8), strict=True)
    ]
    assert network.encoder.top(taps[-1]).shape == (1, 32, -(-height // 16), -(-width // 16))
    assert network.decode(taps, None).shape == (1, 1, height, width)


def test_encoder_of_full_is_a_resnet_50_without_its_pool() -> None:
    with torch.device("meta"):
        encoder = MdeEncoder(3, 64, (256, 512, 1024, 2048), (3, 4, 6, 3), Bottleneck)
    assert [len(stage) for stage in encoder.stages] == [3, 4, 6, 3]  # type: ignore[arg-type]
    assert not any(isinstance(module, nn.MaxPool2d) for module in encoder.modules())
    # 23.5 million: the published ResNet-50 without its classifier.
    assert sum(p.numel() for p in encoder.parameters()) == pytest.approx(23.5e6, rel=0.005)


@torch.no_grad()
def test_cliff_selects_low_by_high_and_keeps_high() -> None:
    cliff = Cliff(1).eval()
    for unit, weights in ((cliff.select_low, (1.0, 0.5)), (cliff.select_high, (-1.0, 1.0))):
        conv = unit[0]
        assert isinstance(conv, nn.Conv2d)
        conv.weight.zero_()
        conv.weight[0, :, 1, 1] = torch.tensor(weights)
    low, high = torch.full((1, 1, 1, 1), 2.0), torch.full((1, 1, 1, 1), 3.0)

    # l * h = 6; selected: 1 * 2 + 0.5 * 6 = 5; then -1 * 3 + 1 * 5 = 2, plus the high 3.
    assert cliff(low, high).item() == pytest.approx(5.0, rel=1e-4)  # batch norm's epsilon


@torch.no_grad()
def test_pyramid_adds_from_the_top_down() -> None:
    pyramid = FeaturePyramid((1, 1), 1).eval()
    for unit in (*pyramid.lateral, *pyramid.smooth):
        conv = unit[0]
        assert isinstance(conv, nn.Conv2d)
        conv.weight.zero_()
        centre = conv.kernel_size[0] // 2
        conv.weight[0, 0, centre, centre] = 1.0
    fine = torch.tensor([1.0, 2.0, 3.0, 4.0]).reshape(1, 1, 1, 4)
    coarse = torch.tensor([0.0, 4.0]).reshape(1, 1, 1, 2)

    # The coarse level, doubled bilinearly: 0, 1, 3, 4.
    p1, p2 = pyramid([fine, coarse])
    torch.testing.assert_close(p2, coarse, rtol=1e-4, atol=0)
    expected = torch.tensor([1.0, 3.0, 6.0, 8.0]).reshape(1, 1, 1, 4)
    torch.testing.assert_close(p1, expected, rtol=1e-4, atol=0)


@torch.no_grad()
def test_bridges_get_the_doubled_cliff_features_and_the_shuffles() -> None:
    first, second = Recorder(), Recorder()
    network = mdenet(first, second)
    cliffs: list[Tensor] = []
    for cliff in network.cliff:
        cliff.register_forward_hook(lambda _, args, out: cliffs.extend((args[1], out)))
    guidance = MdeDecoderInputs(torch.randn(1, 24, 8, 8), torch.randn(1, 16, 16, 16))
    network.decode(network.taps(torch.randn(1, 3, 32, 32)), guidance)

    _, out1, high2, out2, high3, _ = cliffs
    for bridge, shuffle, below, above in (
        (first, guidance.shuffle1, out1, high2),
        (second, guidance.shuffle2, out2, high3),
    ):
        ((fd_dsr, fd_mde),) = bridge.seen
        assert fd_dsr is shuffle
        assert fd_mde.shape[-2:] == shuffle.shape[-2:] == (2 * below.shape[-2], 2 * below.shape[-1])
        assert above is fd_mde  # nothing between the bridge and the next CLIFF


@torch.no_grad()
def test_without_guidance_the_bridges_rest() -> None:
    bridge = Recorder()
    network = mdenet(bridge, bridge)
    network.decode(network.taps(torch.randn(1, 3, 16, 16)), None)
    assert bridge.seen == []
