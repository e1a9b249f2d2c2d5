"""The optional libraries of back ends and exports, and how to get them."""

from __future__ import annotations

from importlib.util import find_spec
from typing import NamedTuple

from bridgenet_ros.errors import ConfigError


class _Needs(NamedTuple):
    modules: tuple[str, ...]
    pip: str


_NEEDS = {
    "torch": _Needs((), ""),
    "openvino": _Needs(("openvino",), "openvino"),
    "onnx": _Needs(("onnx",), "'bridgenet_ros[onnx]'"),
    "onnxruntime": _Needs(("onnxruntime", "onnx"), "'bridgenet_ros[onnx]'"),
    "tensorrt": _Needs(("tensorrt", "onnx"), "tensorrt onnx"),
}


def is_installed(name: str) -> bool:
    """Whether everything that a back end or an export needs is there."""
    return not _missing(name)


def require(name: str, asked: str) -> None:
    """Refuse what cannot be had here.

    Args:
        name: of a back end or an export format.
        asked: the words that asked for it, such as ``model.backend is 'openvino'``.

    Raises:
        ConfigError: a library is missing; the message has the line that installs it.
    """
    if missing := _missing(name):
        verb = "is" if len(missing) == 1 else "are"
        raise ConfigError(
            f"{asked}, and {' and '.join(missing)} {verb} not installed; "
            f"run: pip install {_NEEDS[name].pip}"
        )


def _missing(name: str) -> list[str]:
    return [module for module in _NEEDS[name].modules if find_spec(module) is None]
