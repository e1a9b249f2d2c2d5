"""Batches made ahead are the batches of the stream."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
import torch
from training_data import make_pairs, make_plan, make_source, write_folder

from bridgenet_ros.data.folder import open_folder
from bridgenet_ros.training.cache import cache_pairs
from bridgenet_ros.training.feed import Feed
from bridgenet_ros.training.samples import Batch, PatchStream

CPU = torch.device("cpu")


def same(a: Batch, b: Batch) -> bool:
    tensors = zip([*a.inputs, *a[1:4]], [*b.inputs, *b[1:4]], strict=True)
    return a.scale == b.scale and all(torch.equal(x, y) for x, y in tensors)


@pytest.fixture
def cached_stream(tmp_path: Path) -> PatchStream:
    """A stream from memory maps, as in a real run."""
    dataset = open_folder(write_folder(tmp_path / "d"))
    pairs = cache_pairs(dataset, range(len(dataset)), tmp_path / "cache")
    return PatchStream([make_source(pairs=pairs)], make_plan(sensor_shares=(0.5,)), seed=5)


def test_without_workers_it_is_the_stream(stream: PatchStream) -> None:
    assert same(Feed(stream, 0, CPU).batch(3), stream.batch(3))


def test_workers_change_nothing_and_a_jump_is_followed(cached_stream: PatchStream) -> None:
    feed = Feed(cached_stream, 1, CPU)
    for step in (4, 5, 9, 10):
        assert same(feed.batch(step), cached_stream.batch(step)), step


def test_a_memory_map_travels_as_its_folder(cached_stream: PatchStream) -> None:
    pairs = cached_stream.sources[0].pairs
    sent = pickle.dumps(pairs)
    assert len(sent) < 1000
    received = pickle.loads(sent)
    assert (received.rgb == pairs.rgb).all()
    assert (received.sizes, received.offsets) == (pairs.sizes, pairs.offsets)
    plain = make_pairs(1)
    assert (pickle.loads(pickle.dumps(plain)).code == plain.code).all()
