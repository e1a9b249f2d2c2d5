"""Decoded pairs in two flat memory-mapped files: a random patch costs no image decoding."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bridgenet_ros.data.dataset import RgbdDataset
from bridgenet_ros.errors import DatasetError

CODE_LIMIT = np.iinfo(np.uint16).max


@dataclass(frozen=True, kw_only=True, slots=True)
class CachedPairs:
    """Colour and depth of many pairs.

    Depth is coded as ``depth / stored_unit + 1``, rounded, in uint16; code 0 is an invalid
    pixel.
    """

    rgb: NDArray[np.uint8]
    """(total pixels, 3)"""
    code: NDArray[np.uint16]
    """(total pixels,)"""
    sizes: tuple[tuple[int, int], ...]
    """(H, W) of each pair."""
    offsets: tuple[int, ...]
    """Index of each pair's first pixel."""

    def __len__(self) -> int:
        return len(self.sizes)

    def __reduce__(self) -> tuple[Callable[..., CachedPairs], tuple[Path, ...]]:
        """A memory map travels to another process as its folder, not as all its pixels."""
        if isinstance(self.rgb, np.memmap):
            return map_pairs, (Path(str(self.rgb.filename)).parent,)
        same = partial(
            CachedPairs, rgb=self.rgb, code=self.code, sizes=self.sizes, offsets=self.offsets
        )
        return same, ()

    def pick(self, step: int, rng: np.random.Generator) -> int:  # noqa: ARG002 - all are there
        """Any pair."""
        return int(rng.integers(len(self)))

    def image(self, index: int) -> tuple[NDArray[np.uint8], NDArray[np.uint16]]:
        """Views (H, W, 3) and (H, W) of pair ``index``; nothing is read until they are used."""
        height, width = self.sizes[index]
        pixels = slice(self.offsets[index], self.offsets[index] + height * width)
        return self.rgb[pixels].reshape(height, width, 3), self.code[pixels].reshape(height, width)


def cache_pairs(dataset: RgbdDataset, indices: Sequence[int], directory: Path) -> CachedPairs:
    """Decode the chosen pairs of ``dataset`` once, into ``directory``, and map them.

    A later call with the same files reuses them. Every pair is checked on the way in.

    Raises:
        DatasetError: as `RgbdDataset.load`, or a depth exceeds 65534 stored units, or
            ``directory`` cannot be written.
    """
    target = directory / f"{dataset.name}-{_fingerprint(dataset, indices)}"
    index_file = target / "index.json"
    if not index_file.is_file():
        try:
            _decode(dataset, indices, target)
        except OSError as error:
            raise DatasetError(f"{target}: cache cannot be written: {error}") from error
        finally:
            for part in target.glob(f"*.{os.getpid()}"):
                part.unlink()
    return map_pairs(target)


def map_pairs(target: Path) -> CachedPairs:
    """Map what `cache_pairs` decoded into ``target``."""
    index_file = target / "index.json"
    sizes = [(int(h), int(w)) for h, w in json.loads(index_file.read_text(encoding="utf-8"))]
    starts = np.cumsum([0, *(h * w for h, w in sizes)])
    total = int(starts[-1])
    return CachedPairs(
        rgb=np.memmap(target / "rgb.bin", np.uint8, "r", shape=(total, 3)),
        code=np.memmap(target / "code.bin", np.uint16, "r", shape=(total,)),
        sizes=tuple(sizes),
        offsets=tuple(int(s) for s in starts[:-1]),
    )


def _decode(dataset: RgbdDataset, indices: Sequence[int], target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    sizes = []
    # Names of this process: two trainings that start together must not write one file.
    rgb_tmp, code_tmp = (target / f"{name}.{os.getpid()}" for name in ("rgb", "code"))
    with rgb_tmp.open("wb") as rgb_file, code_tmp.open("wb") as code_file:
        for i in indices:
            sample = dataset.load(i)
            code = np.round(sample.depth / dataset.card.stored_unit) + 1
            if code.max() > CODE_LIMIT:
                limit = (CODE_LIMIT - 1) * dataset.card.stored_unit
                raise DatasetError(
                    f"{dataset.files(i)[-1]}: {sample.name} reaches {sample.depth.max():g} "
                    f"{dataset.card.unit}; training takes up to {limit:g}"
                )
            sample.rgb.tofile(rgb_file)
            np.where(sample.valid, code, 0).astype(np.uint16).tofile(code_file)
            sizes.append(sample.depth.shape)
    rgb_tmp.replace(target / "rgb.bin")
    code_tmp.replace(target / "code.bin")
    index_tmp = target / f"index.{os.getpid()}"
    index_tmp.write_text(json.dumps(sizes), encoding="utf-8")
    index_tmp.replace(target / "index.json")


def _fingerprint(dataset: RgbdDataset, indices: Sequence[int]) -> str:
    digest = hashlib.sha256(f"{dataset.path.resolve()} {dataset.card}".encode())
    names = dataset.names
    for i in indices:
        digest.update(f"{names[i]}:".encode())
        for path in dataset.files(i):
            stat = path.stat()
            digest.update(f"{path.name} {stat.st_size} {stat.st_mtime_ns};".encode())
    return digest.hexdigest()[:16]
