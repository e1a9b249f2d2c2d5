"""Weight files: safetensors with a YAML card beside it; loaded strictly, checked by sha256.

``models/tiny.safetensors`` has its card in ``models/tiny.yaml``. Pickle is never read.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import yaml
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from bridgenet_ros.errors import WeightsError
from bridgenet_ros.network.bridgenet import BridgeNet
from bridgenet_ros.network.topology import PRESETS

SUFFIX = ".safetensors"
CARD_SUFFIX = ".yaml"
_HASH_BLOCK = 1 << 20


@dataclass(frozen=True, kw_only=True)
class WeightsCard:
    """What a weight file is and where it comes from; the YAML beside it.

    Attributes:
        preset: name in `topology.PRESETS`.
        trained: False for initial weights, whose D_SR is the bicubic upsampling.
        scales: upsampling factors that the weights were trained for.
        value_range_m: metres that the network sees as 1.0.
        training_data: names of the data sets, with what their owners ask for.
        licence: under which terms the weights may be used.
        training: how they were made: command, seconds, device.
        metrics: measured figures with their protocol.
        sha256: of the weight file; empty only before it is written.
    """

    preset: str
    trained: bool
    scales: tuple[int, ...]
    value_range_m: float
    training_data: tuple[str, ...]
    licence: str
    training: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    metrics: tuple[Mapping[str, Any], ...] = ()
    sha256: str = ""

    def __post_init__(self) -> None:
        if self.preset not in PRESETS:
            raise WeightsError(
                f"card names preset {self.preset!r}; expected one of {', '.join(PRESETS)}"
            )
        if not self.value_range_m > 0:
            raise WeightsError(f"card has value_range_m {self.value_range_m}; expected above 0")


def save_weights(
    path: Path, network: BridgeNet, card: WeightsCard, dtype: torch.dtype = torch.float32
) -> WeightsCard:
    """Write ``path`` (``*.safetensors``) and its card; returns the card with its sha256.

    Floating-point tensors are stored as ``dtype``; loading returns them to float32.
    """
    tensors = {
        name: tensor.detach().to("cpu", dtype if tensor.is_floating_point() else None).contiguous()
        for name, tensor in network.state_dict().items()
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(tensors, path)
    complete = dataclasses.replace(card, sha256=file_sha256(path))
    plain = dataclasses.asdict(complete)
    plain.update(
        scales=list(card.scales),
        training_data=list(card.training_data),
        metrics=[dict(row) for row in card.metrics],
    )
    card_path(path).write_text(
        yaml.safe_dump(plain, sort_keys=False, allow_unicode=True), encoding="utf-8"
    )
    return complete


def load_weights(path: Path, *, sha256: str = "") -> tuple[BridgeNet, WeightsCard]:
    """The network in eval mode, on the CPU, in float32, and its card.

    Args:
        path: a ``*.safetensors`` file with its card beside it.
        sha256: the checksum that the caller insists on; empty trusts the card's.

    Raises:
        WeightsError: a file is missing, the checksum differs, the content is no safetensors
            file, or a tensor is missing, unknown or of another shape.
    """
    card = read_card(path)
    actual = file_sha256(path)
    for source, expected in (("its card", card.sha256), ("model.sha256", sha256)):
        if expected and actual != expected:
            raise WeightsError(f"{path} has sha256 {actual}; {source} expects {expected}")
    network = BridgeNet(PRESETS[card.preset])
    try:
        tensors = load_file(path)
    except SafetensorError as error:
        raise WeightsError(f"{path} is not a readable safetensors file: {error}") from error
    _load_strictly(network, tensors, path)
    return network.eval(), card


def read_card(path: Path) -> WeightsCard:
    """The card beside a weight file.

    Raises:
        WeightsError: the weight file or the card is missing, or a field is missing or unknown.
    """
    if path.suffix != SUFFIX:
        raise WeightsError(f"weights {path} do not end in {SUFFIX}; no other format is loaded")
    card_file = card_path(path)
    for file in (path, card_file):
        if not file.is_file():
            raise WeightsError(f"{file} does not exist; a weight file needs {SUFFIX} and its card")
    try:
        fields = yaml.safe_load(card_file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise WeightsError(f"{card_file} is not readable YAML: {error}") from error
    return _parse_card(fields, card_file)


def card_path(path: Path) -> Path:
    """Where the card of a weight file lies."""
    return path.with_suffix(CARD_SUFFIX)


def file_sha256(path: Path) -> str:
    """Hexadecimal sha256 of a file, read in blocks."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(_HASH_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _parse_card(fields: object, card_file: Path) -> WeightsCard:
    if not isinstance(fields, dict):
        raise WeightsError(f"{card_file} holds {type(fields).__name__}; expected a mapping")
    known = {f.name for f in dataclasses.fields(WeightsCard)}
    required = {
        f.name
        for f in dataclasses.fields(WeightsCard)
        if f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING
    }
    if unknown := sorted(set(fields) - known):
        raise WeightsError(f"{card_file} has unknown fields: {', '.join(unknown)}")
    if missing := sorted((required | {"sha256"}) - set(fields)):
        raise WeightsError(f"{card_file} lacks the fields: {', '.join(missing)}")
    try:
        return WeightsCard(
            **{
                **fields,
                "scales": tuple(int(s) for s in fields["scales"]),
                "value_range_m": float(fields["value_range_m"]),
                "training_data": tuple(str(d) for d in fields["training_data"]),
                "metrics": tuple(fields.get("metrics") or ()),
                "sha256": str(fields["sha256"]),
            }
        )
    except (TypeError, ValueError) as error:
        raise WeightsError(f"{card_file} has a field of the wrong type: {error}") from error


def _load_strictly(network: BridgeNet, tensors: Mapping[str, torch.Tensor], path: Path) -> None:
    expected = network.state_dict()
    problems = [f"lacks {name}" for name in expected if name not in tensors]
    problems += [f"has unknown {name}" for name in tensors if name not in expected]
    problems += [
        f"{name} is {tuple(tensors[name].shape)}, expected {tuple(expected[name].shape)}"
        for name in expected
        if name in tensors and tensors[name].shape != expected[name].shape
    ]
    if problems:
        listed = "; ".join(problems[:3])
        raise WeightsError(f"{path} does not fit preset: {len(problems)} tensors differ: {listed}")
    network.load_state_dict({n: t.to(expected[n].dtype) for n, t in tensors.items()})
