"""The node's pipeline as the processor of recordings: how to make it, and what decides about it.

torch waits until it is made: a process that leaves the work to others does without its two seconds.
"""

from __future__ import annotations

from functools import partial
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from bridgenet_ros.config import NodeConfig, settings, value_of, with_values
from bridgenet_ros.cores import usable_cores
from bridgenet_ros.engine.no_gpu import surely_no_gpu
from bridgenet_ros.network.weights import WeightsCard, read_card
from bridgenet_ros.offline.segment import MakeProcessor
from bridgenet_ros.preset_choice import weights_path

if TYPE_CHECKING:
    from bridgenet_ros.pipeline import Pipeline

_LIBRARIES = ("torch", "openvino", "onnxruntime", "tensorrt", "opencv-python-headless")


class Processing:
    """The pipeline of a configuration, for any number of workers.

    A worker takes one thread of a CPU unless ``model.threads`` says otherwise: the bytes of a
    result may depend on the number of threads, and so must not depend on that of the workers.

    Args:
        config: of the node.

    Raises:
        ConfigError: the device does not exist or the packaged weights are not installed.
        WeightsError: the weights have no card.
    """

    def __init__(self, config: NodeConfig) -> None:
        self._config = with_values(config, {"model.threads": config.model.threads or 1})
        self._device = _device_name(config.model.device)
        self.card: WeightsCard = read_card(weights_path(config.model))

    @property
    def make(self) -> MakeProcessor:
        """Makes the pipeline; may travel to another process."""
        return partial(_build, self._config)

    @property
    def identity(self) -> dict[str, object]:
        """What decides about its results, as plain values."""
        return {
            "weights": {
                "preset": self.card.preset,
                "sha256": self.card.sha256,
                "trained": self.card.trained,
            },
            "device": self._device,
            "parameters": {s.name: value_of(self._config, s.name) for s in settings()},
            "libraries": {name: _version(name) for name in _LIBRARIES},
        }

    def default_workers(self) -> int:
        """One a core on a CPU; one on a GPU, which it fills alone."""
        if not self._device.startswith("cpu"):
            return 1
        return max(usable_cores() // self._config.model.threads, 1)


def _device_name(name: str) -> str:
    if name == "cpu" or (name == "auto" and surely_no_gpu()):
        return "cpu"
    from bridgenet_ros.engine_build import choose_device

    return str(choose_device(name))


def _build(config: NodeConfig) -> Pipeline:
    from bridgenet_ros.pipeline import build_pipeline

    return build_pipeline(config)


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
