"""The rows of the paper's Tables 3 and 4: the same short training of one network after another."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from bridgenet_ros.network.bridgenet import BridgeNet
from bridgenet_ros.network.topology import Guidance, preset_topology
from bridgenet_ros.training.config import TrainConfig
from bridgenet_ros.training.samples import PatchStream
from bridgenet_ros.training.train import StepReport, Trainer

_UNBRIDGED: dict[str, Any] = {"guidance": Guidance.NONE, "content_guidance": False}
SWITCHES: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "DSRNet": {**_UNBRIDGED, "mde": False},
        "MDENet": {**_UNBRIDGED, "dsr": False},
        "both, no bridge": _UNBRIDGED,
        "both, HABdg": {"content_guidance": False},
        "both, CGBdg": {"guidance": Guidance.NONE},
        "both, both bridges": {},
        "both, direct features for HABdg": {"guidance": Guidance.DIRECT},
    }
)
"""What each row changes in the preset; the names are those of `evaluation.paper.ABLATION_MAD`."""


def ablate(
    config: TrainConfig, stream: PatchStream, observe: Callable[[str, StepReport], None]
) -> Iterator[tuple[str, BridgeNet]]:
    """Train every row and yield its averaged network, in eval mode.

    Each row sees the same batches for as many steps; nothing is written.

    Raises:
        ConfigError: a loss is not finite.
    """
    preset = preset_topology(config.preset)
    for name, switches in SWITCHES.items():
        own = dataclasses.replace(config, output=str(Path(config.output) / name))
        topology = dataclasses.replace(preset, **switches)
        trainer = Trainer(own, stream, topology=topology)
        while trainer.progress() < 1:
            observe(name, trainer.train_step())
        yield name, trainer.averaged_network()
