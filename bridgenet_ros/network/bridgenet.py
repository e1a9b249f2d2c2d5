"""BridgeNet: DSRNet and MDENet, joined by three HABdg and two CGBdg (paper, figure 2)."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from bridgenet_ros.network.cgbdg import ContentGuidanceBridge
from bridgenet_ros.network.dsrnet import DSRNet, DsrOutput
from bridgenet_ros.network.habdg import DirectFeatures, HighFrequencyAttentionBridge
from bridgenet_ros.network.init import initialise
from bridgenet_ros.network.layers import (
    BasicBlock,
    Bottleneck,
    concat,
    depth_to_space,
    space_to_depth,
)
from bridgenet_ros.network.mdenet import TAPS, MdeDecoderInputs, MdeEncoder, MDENet
from bridgenet_ros.network.topology import Guidance, Topology

DEPTH_CENTRE, DEPTH_SPREAD = 0.3, 0.2
COLOUR_CENTRE, COLOUR_SPREAD = 0.45, 0.25
"""Rough mean and spread of normalised indoor depth and colour: inputs of about unit range."""


class BridgeNetOutput(NamedTuple):
    """The two depth maps, normalised to [0, 1]; None where a branch was not asked for."""

    sr: Tensor | None
    """D_SR, (B, 1, H, W)."""
    mde: Tensor | None
    """D_DE, (B, 1, H, W)."""


class BridgeNet(nn.Module):
    """The joint network of depth super-resolution and monocular depth estimation."""

    def __init__(self, topology: Topology) -> None:
        super().__init__()
        self.topology = topology
        self.mde = _build_mde(topology) if topology.mde else None
        self.dsr = _build_dsr(topology) if topology.dsr else None
        initialise(self)

    def forward(
        self, image: Tensor, depth: Tensor, validity: Tensor, *, estimate: bool = True
    ) -> BridgeNetOutput:
        """Run both tasks, or only what D_SR needs.

        Args:
            image: colour I_HR, (B, 3, H, W), [0, 1].
            depth: D_LR upsampled to the colour size, (B, 1, H, W), [0, 1].
            validity: 1 where ``depth`` was measured, (B, 1, H, W).
            estimate: False skips Res4, the pyramid, CLIFF and CGBdg; D_SR stays identical.

        H and W are multiples of ``topology.multiple``. Inputs and outputs are float32 whatever
        the weights are; only what lies between takes their type.
        """
        k = self.topology.space_to_depth
        colour = space_to_depth(((image - COLOUR_CENTRE) / COLOUR_SPREAD).to(self.dtype), k)
        count = self.tap_count(estimate=estimate)
        taps = self.mde.taps(colour, count) if self.mde is not None and count else []
        decoded = self._super_resolve(depth, validity, taps)
        return BridgeNetOutput(
            self._residual(depth, decoded) if decoded is not None else None,
            self._estimate(taps, decoded) if estimate and self.mde is not None else None,
        )

    @property
    def dtype(self) -> torch.dtype:
        """The type of the weights, in which the convolutions compute."""
        return next(self.parameters()).dtype

    def tap_count(self, *, estimate: bool) -> int:
        """How many of MDENet's Res1..Res3 are needed, with or without D_DE."""
        if estimate:
            return TAPS if self.mde is not None else 0
        return len(self.dsr.bridges) if self.dsr is not None else 0

    def _super_resolve(
        self, depth: Tensor, validity: Tensor, taps: list[Tensor]
    ) -> DsrOutput | None:
        if self.dsr is None:
            return None
        scaled = (depth - DEPTH_CENTRE) / DEPTH_SPREAD
        channels = concat([scaled, validity]) if self.topology.validity_input else scaled
        channels = channels.to(self.dtype)
        guides = [t.detach() for t in taps] if self.topology.detach_taps else taps
        out: DsrOutput = self.dsr(space_to_depth(channels, self.topology.space_to_depth), guides)
        return out

    def _residual(self, depth: Tensor, decoded: DsrOutput) -> Tensor:
        """D_SR; the residual is added in float32, because half precision steps by millimetres."""
        out = depth_to_space(decoded.depth, self.topology.space_to_depth).float()
        gain = self.topology.residual_gain
        return out if gain is None else depth.float() + gain * out

    def _estimate(self, taps: list[Tensor], decoded: DsrOutput | None) -> Tensor:
        assert self.mde is not None  # the caller's condition; narrows the type
        guidance = None
        if decoded is not None:
            detach = self.topology.detach_content
            features = (decoded.shuffle1, decoded.shuffle2)
            guidance = MdeDecoderInputs(*(f.detach() if detach else f for f in features))
        score = self.mde.decode(taps, guidance)
        return depth_to_space(score, self.topology.space_to_depth).float()

    def dsr_parameters(self) -> list[nn.Parameter]:
        """DSRNet and the HABdg: what L_DSR (eq 1) optimises."""
        return list(self.dsr.parameters()) if self.dsr is not None else []

    def mde_parameters(self) -> list[nn.Parameter]:
        """MDENet and the CGBdg: what L_MDE (eq 2) optimises."""
        return list(self.mde.parameters()) if self.mde is not None else []


def _build_dsr(t: Topology) -> DSRNet:
    bridge = {
        Guidance.HABDG: HighFrequencyAttentionBridge,
        Guidance.DIRECT: DirectFeatures,
        Guidance.NONE: None,
    }[t.guidance]
    pairs = zip(t.mde_widths[:3], t.dsr_widths[1:], strict=True)
    return DSRNet(
        in_channels=(2 if t.validity_input else 1) * t.space_to_depth**2,
        out_channels=t.space_to_depth**2,
        widths=t.dsr_widths,
        enc0_blocks=t.dsr_enc0_blocks,
        stage_blocks=t.dsr_stage_blocks,
        body_blocks=t.dsr_body_blocks,
        post_blocks=t.dsr_post_blocks,
        bridges=[] if bridge is None else [bridge(mde, dsr) for mde, dsr in pairs],
        decoder_skips=t.decoder_skips,
        skip_group=t.decoder_skip_group,
        decoder_blocks=t.dsr_decoder_blocks,
    )


def _build_mde(t: Topology) -> MDENet:
    encoder = MdeEncoder(
        3 * t.space_to_depth**2,
        t.mde_stem,
        t.mde_widths,
        t.mde_depths,
        Bottleneck if t.mde_bottleneck else BasicBlock,
    )
    guided = t.content_guidance
    dsr = (t.dsr_widths[2], t.dsr_widths[1])  # the widths after Shuffle1 and Shuffle2
    bridges = [ContentGuidanceBridge(w, t.pyramid) for w in dsr] if guided else []
    return MDENet(encoder, t.mde_widths, t.pyramid, t.space_to_depth**2, bridges)
