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
KEPT_BYTES = 1 << 30
"""Of all files together; a compiled network is about as large as its weights."""
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
    """Compiled networks kept from one run to the next; at most `KEPT_FILES` of `KEPT_BYTES`.

    A folder that cannot be written costs time and a warning, nothing else.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, key: Mapping[str, str], make: Callable[[], bytes]) -> bytes:
        """The artefact of ``key``, read where it is intact and made where it is not."""
        payload = self.find(key)
        if payload is None:
            payload = make()
            self.keep(key, payload)
        return payload

    def find(self, key: Mapping[str, str]) -> bytes | None:
        """The artefact of ``key`` where it is there and intact; it is now the one used last."""
        path = self._path(key)
        payload = _read(path, key)
        if payload is not None:
            with suppress(OSError):  # it may be another user's
                os.utime(path)
        return payload

    def keep(self, key: Mapping[str, str], payload: bytes) -> None:
        """Write an artefact; those that were used longest ago make room for it."""
        path = self._path(key)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            _write(path, _header(key, payload), payload)
            self._prune(path)
        except OSError as error:
            _LOG.warning("%s is not kept for the next start: %s", path, error)

    def drop(self, key: Mapping[str, str]) -> None:
        """Forget an artefact that is intact and yet of no use."""
        with suppress(OSError):
            self._path(key).unlink()

    def _path(self, key: Mapping[str, str]) -> Path:
        canonical = json.dumps(dict(key), sort_keys=True).encode()
        return self._folder / f"{_digest(canonical)[:32]}{_SUFFIX}"

    def _prune(self, newest: Path) -> None:
        found = []
        for file in self._folder.glob(f"*{_SUFFIX}"):
            with suppress(FileNotFoundError):  # another process prunes as well
                status = file.stat()
                found.append((file == newest, status.st_mtime_ns, status.st_size, file))
        total = 0
        for number, (_, _, size, file) in enumerate(sorted(found, reverse=True)):
            total += size
            if number and (number >= KEPT_FILES or total > KEPT_BYTES):
                file.unlink(missing_ok=True)


def _write(path: Path, header: bytes, payload: bytes) -> None:
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as stream:
        try:
            stream.write(header + b"\n")
            stream.write(payload)
            stream.flush()
            # At once: a process that is killed, or a second one, leaves no half file.
            Path(stream.name).replace(path)
        except OSError:
            Path(stream.name).unlink(missing_ok=True)
            raise


def _read(path: Path, key: Mapping[str, str]) -> bytes | None:
    try:
        with path.open("rb") as stream:
            line, payload = stream.readline(), stream.read()
    except FileNotFoundError:
        return None
    except OSError as error:
        _LOG.warning("%s cannot be read and is made again: %s", path, error)
        return None
    if line != _header(key, payload) + b"\n":
        _LOG.warning("%s is corrupt or stale and is made again", path)
        return None
    return payload


def _header(key: Mapping[str, str], payload: bytes) -> bytes:
    return json.dumps({"key": dict(key), "sha256": _digest(payload)}).encode()


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
