"""The one topology and its presets; plain numbers that `BridgeNet` is built from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

from bridgenet_ros.errors import ConfigError


class Guidance(Enum):
    """How MDENet's encoder guides DSRNet's (paper, Tables 3 and 4)."""

    NONE = "none"
    HABDG = "habdg"
    DIRECT = "direct"


@dataclass(frozen=True, kw_only=True)
class Topology:
    """Everything that distinguishes one BridgeNet from another.

    Widths are channels. ``space_to_depth`` k runs the same network at 1/k of the input grid;
    ``residual_gain`` None is the paper's network (D_SR is the decoder's output), a number adds
    that multiple of the decoder's output to the upsampled depth.
    """

    dsr_widths: tuple[int, int, int, int]
    dsr_enc0_blocks: int
    dsr_stage_blocks: int
    dsr_body_blocks: int
    dsr_post_blocks: int
    mde_stem: int
    mde_widths: tuple[int, int, int, int]
    mde_depths: tuple[int, int, int, int]
    mde_bottleneck: bool
    pyramid: int
    space_to_depth: int
    validity_input: bool
    residual_gain: float | None
    decoder_skips: bool = False
    """The encoder's features are added to the decoder's of the same size; not in the paper."""
    decoder_skip_group: int | None = 4
    """So many channels of the encoder are mixed before they are added; None: all."""
    dsr_decoder_blocks: tuple[int, int] = (0, 0)
    """Residual blocks behind the decoder's sums at a quarter and a half of the grid; not in the
    paper."""
    dsr: bool = True
    mde: bool = True
    guidance: Guidance = Guidance.HABDG
    content_guidance: bool = True
    detach_content: bool = True
    """DSRNet's features enter CGBdg detached: the harder task cannot disturb the main one."""
    detach_taps: bool = False
    """MDENet's features enter HABdg detached."""

    def __post_init__(self) -> None:
        if not (self.dsr or self.mde):
            raise ConfigError("a BridgeNet needs DSRNet, MDENet or both; both are switched off")
        if self.guidance is not Guidance.NONE and not (self.dsr and self.mde):
            raise ConfigError(
                f"guidance={self.guidance.value!r} needs DSRNet and MDENet; use guidance='none'"
            )
        if self.content_guidance and not (self.dsr and self.mde):
            raise ConfigError("content_guidance needs DSRNet and MDENet")

    @property
    def multiple(self) -> int:
        """Input height and width must be a multiple of this (three halvings of the 1/k grid)."""
        return 8 * self.space_to_depth


PRESETS: Mapping[str, Topology] = MappingProxyType(
    {
        "full": Topology(
            dsr_widths=(128, 128, 128, 128),
            dsr_enc0_blocks=2,
            dsr_stage_blocks=4,
            dsr_body_blocks=32,
            dsr_post_blocks=2,
            mde_stem=64,
            mde_widths=(256, 512, 1024, 2048),
            mde_depths=(3, 4, 6, 3),
            mde_bottleneck=True,
            pyramid=256,
            space_to_depth=1,
            validity_input=False,
            residual_gain=None,
        ),
        "base": Topology(
            dsr_widths=(48, 72, 96, 128),
            dsr_enc0_blocks=1,
            dsr_stage_blocks=2,
            dsr_body_blocks=5,
            dsr_post_blocks=2,
            mde_stem=32,
            mde_widths=(32, 64, 128, 256),
            mde_depths=(2, 2, 2, 2),
            mde_bottleneck=False,
            pyramid=96,
            space_to_depth=2,
            validity_input=True,
            residual_gain=0.05,
            decoder_skips=True,
            decoder_skip_group=None,
            dsr_decoder_blocks=(8, 5),
        ),
        "small": Topology(
            dsr_widths=(32, 48, 64, 96),
            dsr_enc0_blocks=1,
            dsr_stage_blocks=2,
            dsr_body_blocks=5,
            dsr_post_blocks=2,
            mde_stem=24,
            mde_widths=(24, 48, 88, 128),
            mde_depths=(2, 2, 2, 2),
            mde_bottleneck=False,
            pyramid=64,
            space_to_depth=2,
            validity_input=True,
            residual_gain=0.05,
            decoder_skips=True,
            decoder_skip_group=None,
            dsr_decoder_blocks=(5, 3),
        ),
        "tiny": Topology(
            dsr_widths=(16, 24, 32, 48),
            dsr_enc0_blocks=1,
            dsr_stage_blocks=1,
            dsr_body_blocks=4,
            dsr_post_blocks=1,
            mde_stem=16,
            mde_widths=(16, 16, 32, 48),
            mde_depths=(1, 1, 1, 1),
            mde_bottleneck=False,
            pyramid=24,
            space_to_depth=2,
            validity_input=True,
            residual_gain=0.05,
            decoder_skips=True,
        ),
    }
)


def preset_topology(name: str) -> Topology:
    """The named preset.

    Raises:
        ConfigError: no preset has that name.
    """
    if name not in PRESETS:
        raise ConfigError(f"unknown preset {name!r}; expected one of {', '.join(PRESETS)}")
    return PRESETS[name]
