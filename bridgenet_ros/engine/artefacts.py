"""A folder of compiled networks, each named by everything that it depends on.

A file is one line of JSON, ``{"key": {...}, "sha256": "..."}``, and the bytes that it describes.
Whatever does not match is made again: a stale file has another name, a corrupt one another hash.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

import torch

from bridgenet_ros import network as network_package
from bridgenet_ros.network.bridgenet import BridgeNet

_LOG = logging.getLogger(__name__)

KEPT_FILES = 32
_SUFFIX = ".artefact"


def default_folder() -> Path:
    """``$XDG_CACHE_HOME/bridgenet_ros``, by default in ``~/.cache``."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "bridgenet_ros"


def identity(network: BridgeNet) -> dict[str, str]:
    """What every artefact of a network depends on: its weights, its code and torch."""
    weights = hashlib.sha256()
    for name, tensor in network.state_dict().items():
        weights.update(name.encode())
        weights.update(tensor.cpu().contiguous().numpy().tobytes())
    code = hashlib.sha256()
    for file in sorted(Path(network_package.__file__).parent.glob("*.py")):
        code.update(file.read_bytes())
    return {
        "weights": weights.hexdigest(),
        "code": code.hexdigest(),
        "torch": torch.__version__,
    }


class Artefacts:
    """Compiled networks kept from one run to the next; at most `KEPT_FILES`.

    A folder that cannot be written costs time and a warning, nothing else.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, key: Mapping[str, str], make: Callable[[], bytes]) -> bytes:
        """The artefact of ``key``, read where it is intact and made where it is not."""
        path = self._path(key)
        payload = _read(path, key)
        if payload is None:
            payload = make()
            self._write(path, key, payload)
        return payload

    def drop(self, key: Mapping[str, str]) -> None:
        """Forget an artefact that is intact and yet of no use."""
        with suppress(OSError):
            self._path(key).unlink()

    def _path(self, key: Mapping[str, str]) -> Path:
        canonical = json.dumps(dict(key), sort_keys=True).encode()
        return self._folder / f"{_digest(canonical)[:32]}{_SUFFIX}"

    def _write(self, path: Path, key: Mapping[str, str], payload: bytes) -> None:
        header = {"key": dict(key), "sha256": _digest(payload)}
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self._folder, delete=False) as stream:
                stream.write(json.dumps(header).encode() + b"\n" + payload)
            # At once: a process that is killed, or a second one, leaves no half file.
            Path(stream.name).replace(path)
            self._prune()
        except OSError as error:
            _LOG.warning("%s is not kept for the next start: %s", path, error)

    def _prune(self) -> None:
        files = sorted(self._folder.glob(f"*{_SUFFIX}"), key=lambda f: f.stat().st_mtime)
        for file in files[:-KEPT_FILES]:
            file.unlink(missing_ok=True)


def _read(path: Path, key: Mapping[str, str]) -> bytes | None:
    try:
        line, _, payload = path.read_bytes().partition(b"\n")
    except FileNotFoundError:
        return None
    except OSError as error:
        _LOG.warning("%s cannot be read and is made again: %s", path, error)
        return None
    if line != json.dumps({"key": dict(key), "sha256": _digest(payload)}).encode():
        _LOG.warning("%s is corrupt or stale and is made again", path)
        return None
    return payload


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
