"""Weight files: safetensors with a YAML card beside it; loaded strictly, checked by sha256.

``models/tiny.safetensors`` has its card in ``models/tiny.yaml``. Pickle is never read. A card is
read without torch: the parent of `process-bag`'s workers looks at it and never loads the network.
"""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from safetensors import SafetensorError

from bridgenet_ros.checksum import files_sha256
from bridgenet_ros.errors import WeightsError
from bridgenet_ros.network.shards import LIMIT_BYTES, shard_paths, split
from bridgenet_ros.network.topology import PRESETS

if TYPE_CHECKING:
    import torch

    from bridgenet_ros.network.bridgenet import BridgeNet

SUFFIX = ".safetensors"
CARD_SUFFIX = ".yaml"
MOST_FILES = 99
_SHA256 = re.compile(r"[0-9a-f]{64}")
_CARD_TYPES = {
    "preset": str,
    "trained": bool,
    "scales": list,
    "training_data": list,
    "licence": str,
    "training": dict,
    "metrics": list,
    "sha256": str,
    "precision": str,
    "files": int,
}
WEIGHT_PRECISIONS = ("float32", "int8")


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
        sha256: of the weight file, or of all of them together; empty only before they are written.
        precision: ``int8`` where D_SR has learnt to compute in it (`network.quantised`).
        files: into how many the weights are split (`network.shards`).
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
    precision: str = "float32"
    files: int = 1

    def __post_init__(self) -> None:
        if self.preset not in PRESETS:
            raise WeightsError(
                f"card names preset {self.preset!r}; expected one of {', '.join(PRESETS)}"
            )
        if self.precision not in WEIGHT_PRECISIONS:
            raise WeightsError(
                f"card has precision {self.precision!r}; expected one of "
                f"{', '.join(WEIGHT_PRECISIONS)}"
            )
        if not 1 <= self.files <= MOST_FILES:
            raise WeightsError(f"card has files {self.files}; expected 1 to {MOST_FILES}")
        if not 0 < self.value_range_m < math.inf:
            raise WeightsError(
                f"card has value_range_m {self.value_range_m}; expected metres above 0"
            )


def save_weights(
    path: Path,
    network: BridgeNet,
    card: WeightsCard,
    dtype: torch.dtype | None = None,
    *,
    limit_bytes: int = LIMIT_BYTES,
) -> WeightsCard:
    """Write ``path`` (``*.safetensors``) and its card; returns the card with its sha256.

    Floating-point tensors are stored as ``dtype``, by default float32; loading returns float32.
    More than ``limit_bytes`` of tensors go to further files beside it.

    Raises:
        WeightsError: ``path`` has another suffix.
    """
    import torch
    from safetensors.torch import save_file

    _check_suffix(path)
    dtype = dtype or torch.float32
    tensors = {
        name: tensor.detach().to("cpu", dtype if tensor.is_floating_point() else None).contiguous()
        for name, tensor in network.state_dict().items()
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    shards = split(tensors, limit_bytes)
    files = shard_paths(path, len(shards))
    for file, shard in zip(files, shards, strict=True):
        save_file(shard, file)
    complete = dataclasses.replace(card, sha256=files_sha256(files), files=len(files))
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
        path: a ``*.safetensors`` file with its card, and its further files, beside it.
        sha256: the checksum that the caller insists on; empty trusts the card's.

    Raises:
        WeightsError: a file is missing, the checksum differs, the content is no safetensors
            file, or a tensor is missing, unknown or of another shape.
    """
    from safetensors.torch import load_file

    from bridgenet_ros.network.bridgenet import BridgeNet
    from bridgenet_ros.network.quantised import quantise

    card = read_card(path)
    files = shard_paths(path, card.files)
    try:
        _check_sha256(files, card.sha256, sha256)
        tensors = {name: tensor for file in files for name, tensor in load_file(file).items()}
    except OSError as error:
        raise WeightsError(f"{path} cannot be read: {error}") from error
    except SafetensorError as error:
        raise WeightsError(f"{path} is not a readable safetensors file: {error}") from error
    network = BridgeNet(PRESETS[card.preset])
    if card.precision == "int8":
        network = quantise(network)
    if problems := _misfits(network, tensors):
        raise WeightsError(
            f"{path} does not fit preset {card.preset}: {len(problems)} tensors differ: "
            + "; ".join(problems[:3])
        )
    network.load_state_dict(tensors)
    return network.eval(), card


def read_card(path: Path) -> WeightsCard:
    """The card beside a weight file.

    Raises:
        WeightsError: the weight file or the card is missing, or a field is missing, unknown or
            of the wrong type.
    """
    _check_suffix(path)
    card_file = card_path(path)
    for file in (path, card_file):
        if not file.is_file():
            raise WeightsError(f"{file} does not exist; a weight file needs {SUFFIX} and its card")
    try:
        fields = yaml.safe_load(card_file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise WeightsError(f"{card_file} is not readable YAML: {error}") from error
    return _parse_card(fields, card_file)


def card_path(path: Path) -> Path:
    """Where the card of a weight file lies."""
    return path.with_suffix(CARD_SUFFIX)


def _check_suffix(path: Path) -> None:
    if path.suffix != SUFFIX:
        raise WeightsError(f"weights {path} do not end in {SUFFIX}; no other format is used")


def _check_sha256(files: Sequence[Path], card_sha256: str, insisted: str) -> None:
    actual = files_sha256(files)
    for source, expected in (("its card", card_sha256), ("model.sha256", insisted.lower())):
        if expected and actual != expected:
            raise WeightsError(f"{files[0]} has sha256 {actual}; {source} expects {expected}")


def _parse_card(fields: object, card_file: Path) -> WeightsCard:
    if not isinstance(fields, dict):
        raise WeightsError(f"{card_file} holds {type(fields).__name__}; expected a mapping")
    known = {f.name for f in dataclasses.fields(WeightsCard)}
    required = {
        f.name
        for f in dataclasses.fields(WeightsCard)
        if f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING
    }
    if unknown := sorted(str(name) for name in set(fields) - known):
        raise WeightsError(f"{card_file} has unknown fields: {', '.join(unknown)}")
    if missing := sorted((required | {"sha256"}) - set(fields)):
        raise WeightsError(f"{card_file} lacks the fields: {', '.join(missing)}")
    for name, value in fields.items():
        expected = _CARD_TYPES.get(name)
        if expected and not isinstance(value, expected):
            raise WeightsError(f"{card_file} has {name} {value!r}; expected a {expected.__name__}")
    if not _SHA256.fullmatch(fields["sha256"]):
        raise WeightsError(f"{card_file} has sha256 {fields['sha256']!r}; expected 64 hex digits")
    return _card_of(fields, card_file)


def _card_of(fields: Mapping[str, Any], card_file: Path) -> WeightsCard:
    try:
        return WeightsCard(
            **{
                **fields,
                "scales": tuple(int(s) for s in fields["scales"]),
                "value_range_m": float(fields["value_range_m"]),
                "training_data": tuple(str(d) for d in fields["training_data"]),
                "metrics": tuple(dict(row) for row in fields.get("metrics", ())),
            }
        )
    except (TypeError, ValueError) as error:
        raise WeightsError(f"{card_file} has a field of the wrong type: {error}") from error
    except WeightsError as error:
        raise WeightsError(f"{card_file}: {error}") from error


def _misfits(network: BridgeNet, tensors: Mapping[str, torch.Tensor]) -> list[str]:
    """What keeps the tensors from being the network's weights, in words."""
    expected = network.state_dict()
    problems = [f"has unknown {name}" for name in tensors if name not in expected]
    for name, wanted in expected.items():
        found = tensors.get(name)
        if found is None:
            problems.append(f"lacks {name}")
        elif found.shape != wanted.shape:
            problems.append(f"{name} is {tuple(found.shape)}, expected {tuple(wanted.shape)}")
        elif found.is_floating_point() != wanted.is_floating_point():
            problems.append(f"{name} is {found.dtype}, expected {wanted.dtype}")
    return problems
