"""A wider network starts as a narrower one: what that has learnt is not learnt again.

The narrower network's channels are the first of the wider one's and read nothing of the others,
which begin at random; further blocks in the decoder hand on what they get. D_SR is the same as
before (the idea of Net2Net, Chen et al., ICLR 2016). D_DE is nearly so: the softmax of CGBdg runs
over more channels. A branch without effect stays without.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from bridgenet_ros.errors import ConfigError
from bridgenet_ros.network.attention import AttentionBlock
from bridgenet_ros.network.bridgenet import BridgeNet
from bridgenet_ros.network.cgbdg import ContentGuidanceBridge
from bridgenet_ros.network.deepest import deepest_branches, empty, is_empty
from bridgenet_ros.network.layers import ConvBnRelu
from bridgenet_ros.network.mdenet import Cliff
from bridgenet_ros.network.topology import Topology

MAY_GROW = ("dsr_widths", "dsr_decoder_blocks", "mde_stem", "mde_widths", "pyramid")
HOW_TO_TRAIN = ("detach_content", "detach_taps")
ATTENTION = (
    "channel.squeeze.weight",
    "channel.excite.weight",
    "channel.excite.bias",
    "fuse.weight",
)
"""Of an `AttentionBlock`: what reads, or gates, the channels of two tensors."""
UNHEARD = -10.0
"""Bias of CGBdg's new channels before its softmax: they take nothing of the others' shares."""

Parts = Mapping[str, tuple[int, int]]
"""By weight: the channels of the two tensors whose concatenation it reads."""


@torch.no_grad()
def grow(narrow: BridgeNet, topology: Topology) -> BridgeNet:
    """A network of ``topology``, on the CPU, that draws the same D_SR as ``narrow``.

    Random weights come from torch's global generator.

    Raises:
        ConfigError: ``topology`` is narrower somewhere, or another kind of network.
    """
    _require_room(narrow.topology, topology)
    wide = BridgeNet(topology)
    before, after = _concatenated(narrow), _concatenated(wide)
    values = wide.state_dict()
    for name, known in narrow.state_dict().items():
        if name not in values:
            raise ConfigError(f"cannot grow: there is no place for {name} in the wider network")
        _carry(known, values.pop(name), before.get(name), after.get(name))
    added = [name for name in values if not name.startswith("dsr.refine.")]
    if added:
        raise ConfigError(f"cannot grow: the weights lack {added[0]}")
    _leave_shares(narrow, wide)
    _leave_empty(narrow, wide)
    return wide


def _require_room(narrow: Topology, wide: Topology) -> None:
    for field in dataclasses.fields(Topology):
        key = field.name
        has, wanted = getattr(narrow, key), getattr(wide, key)
        if key in MAY_GROW:
            fits = all(a <= b for a, b in zip(_numbers(has), _numbers(wanted), strict=True))
        else:
            fits = key in HOW_TO_TRAIN or has == wanted
        if not fits:
            raise ConfigError(f"cannot grow into {key} {wanted}: the weights have {has}")


def _numbers(value: int | tuple[int, ...]) -> tuple[int, ...]:
    return value if isinstance(value, tuple) else (value,)


def _concatenated(network: BridgeNet) -> Parts:
    parts: dict[str, tuple[int, int]] = {}
    for name, module in network.named_modules():
        if isinstance(module, Cliff):
            channels = _out_channels(module.select_low)
            for conv in ("select_low.0.weight", "select_high.0.weight"):
                parts[f"{name}.{conv}"] = (channels, channels)
        elif isinstance(module, AttentionBlock):
            own, read = module.fuse.out_channels, module.fuse.in_channels
            for conv in ATTENTION:
                parts[f"{name}.{conv}"] = (own, read - own)
    return parts


def _out_channels(unit: ConvBnRelu) -> int:
    conv = unit[0]
    assert isinstance(conv, nn.Conv2d)
    return conv.out_channels


def _carry(
    known: Tensor, values: Tensor, before: tuple[int, int] | None, after: tuple[int, int] | None
) -> None:
    """Write the narrow weight ``known`` into the wide one, in place; its rows read nothing else."""
    if known.ndim == 0:  # a norm's count of batches
        values.copy_(known)
        return
    places = [torch.arange(n) for n in known.shape[:2]]
    if before is not None and after is not None:
        both = torch.cat([torch.arange(before[0]), after[0] + torch.arange(before[1])])
        # The excitation writes one gate for each of them, the others read them.
        axis = 0 if known.shape[0] == len(both) else 1
        places[axis] = both
    if known.ndim == 1:
        values[places[0]] = known
        return
    rows, columns = places
    values[rows] = 0
    values[rows[:, None], columns] = known


def _leave_shares(narrow: BridgeNet, wide: BridgeNet) -> None:
    if narrow.mde is None or wide.mde is None:
        return
    for old, new in zip(narrow.mde.bridges, wide.mde.bridges, strict=True):
        assert isinstance(old, ContentGuidanceBridge)
        assert isinstance(new, ContentGuidanceBridge)
        assert new.to_w_diff.bias is not None
        new.to_w_diff.weight[old.to_w_diff.out_channels :] = 0
        new.to_w_diff.bias[old.to_w_diff.out_channels :] = UNHEARD


def _leave_empty(narrow: BridgeNet, wide: BridgeNet) -> None:
    if narrow.dsr is None or wide.dsr is None:
        return
    pairs = zip(deepest_branches(narrow.dsr), deepest_branches(wide.dsr), strict=True)
    for old, new in pairs:
        if is_empty(old):
            empty(new)
