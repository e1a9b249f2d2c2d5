"""Which file of large weights holds what."""

from __future__ import annotations

from pathlib import Path

import torch

from bridgenet_ros.network.shards import shard_paths, split


def test_files_are_numbered_from_the_second_on() -> None:
    found = shard_paths(Path("models/full.safetensors"), 3)
    assert [p.name for p in found] == [
        "full.safetensors",
        "full.2.safetensors",
        "full.3.safetensors",
    ]
    assert {p.parent for p in found} == {Path("models")}


def test_tensors_keep_their_order_and_the_limit() -> None:
    half = torch.float16
    tensors = {
        "a": torch.zeros(3, dtype=half),  # 6 bytes
        "b": torch.zeros(2, dtype=half),  # 4 more: the limit
        "c": torch.zeros(9, dtype=half),  # 18: alone, though it is too large
        "d": torch.zeros(1),
    }
    assert [list(shard) for shard in split(tensors, 10)] == [["a", "b"], ["c"], ["d"]]
    assert [list(shard) for shard in split(tensors, 1000)] == [list(tensors)]


def test_nothing_is_one_empty_file() -> None:
    assert split({}, 10) == [{}]
