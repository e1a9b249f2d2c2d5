"""The stream of batches."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from training_data import make_pairs, make_plan, make_source

from bridgenet_ros.training.samples import Batch, PatchStream


def same(a: Batch, b: Batch) -> bool:
    tensors = zip([*a.inputs, *a[1:4]], [*b.inputs, *b[1:4]], strict=True)
    return a.scale == b.scale and all(torch.equal(x, y) for x, y in tensors)


def test_shapes_and_ranges(stream: PatchStream) -> None:
    batch = stream.batch(0)
    assert batch.inputs.image.shape == (4, 3, 64, 64)
    assert batch.inputs.depth.shape == batch.target.shape == batch.valid.shape == (4, 1, 64, 64)
    assert batch.is_depth.flatten().tolist() == [1, 1, 1, 1]
    assert 0.09 < batch.target.min() < batch.target.max() < 0.31
    assert (batch.inputs.depth - batch.target).abs().mean() < 0.02


def test_a_batch_is_a_function_of_seed_and_step() -> None:
    plan = make_plan(sensor_shares=(0.5,))
    streams = [PatchStream([make_source()], plan, seed=s) for s in (1, 1, 2)]
    assert same(streams[0].batch(7), streams[1].batch(7))
    assert not same(streams[0].batch(7), streams[0].batch(8))
    assert not same(streams[0].batch(7), streams[2].batch(7))


def test_each_scale_has_its_patch_and_batch() -> None:
    both = {"scales": (4, 8), "scale_weights": (1, 1), "sensor_shares": (0.0, 0.0)}
    plan = make_plan(patches=(32, 48), batches=(3, 2), **both)
    stream = PatchStream([make_source()], plan, seed=0)
    shapes = {b.scale: tuple(b.target.shape) for b in map(stream.batch, range(20))}
    assert shapes == {4: (3, 1, 32, 32), 8: (2, 1, 48, 48)}


def test_the_focus_comes_first_and_the_rest_comes_in() -> None:
    plan = make_plan(
        scales=(4, 8),
        scale_weights=(1, 1),
        patches=(16, 16),
        batches=(1, 1),
        focus_scale=8,
        focus_steps=20,
        sensor_shares=(1.0, 1.0),
    )
    stream = PatchStream([make_source()], plan, seed=0)
    early = [stream.batch(s) for s in range(20)]
    assert {b.scale for b in early} == {8}
    assert all(b.inputs.validity.min() == 1 for b in early)
    assert {stream.batch(s).scale for s in range(40, 60)} == {4, 8}


def test_the_sensor_leaves_the_target(stream: PatchStream) -> None:
    faulty = PatchStream([make_source()], make_plan(sensor_shares=(1.0,)), seed=5)
    clean, noisy = stream.batch(3), faulty.batch(3)
    assert not torch.equal(clean.inputs.depth, noisy.inputs.depth)
    assert torch.isfinite(noisy.inputs.depth).all()
    assert (noisy.target > 0).all()


def test_jitter_of_colour_leaves_the_depth() -> None:
    plain, jittered = (
        PatchStream([make_source()], make_plan(batches=(1,), colour_jitter=j), seed=4).batch(0)
        for j in (0.0, 0.3)
    )
    assert torch.equal(jittered.target, plain.target)
    assert torch.equal(jittered.inputs.depth, plain.inputs.depth)
    assert not torch.equal(jittered.inputs.image, plain.inputs.image)


def test_jitter_of_depth_scales_input_and_target_alike() -> None:
    plain, jittered = (
        PatchStream([make_source()], make_plan(batches=(1,), depth_jitter=j), seed=5).batch(0)
        for j in (0.0, 0.3)
    )
    factor = float(jittered.target[0, 0, 0, 0] / plain.target[0, 0, 0, 0])
    assert abs(factor - 1) > 0.01
    torch.testing.assert_close(jittered.target, plain.target * factor)
    torch.testing.assert_close(jittered.inputs.depth, plain.inputs.depth * factor)
    assert torch.equal(jittered.inputs.image, plain.inputs.image)


def test_disparity_is_marked_and_turned() -> None:
    source = make_source(is_depth=False, unit=1 / 400, value_range=255.0)
    batch = PatchStream([source], make_plan(sensor_shares=(1.0,)), seed=1).batch(0)
    assert batch.is_depth.sum() == 0
    assert torch.isfinite(batch.inputs.depth).all()
    assert (batch.inputs.depth - batch.target).abs().mean() < 0.15


def test_holes_are_not_learnt() -> None:
    pairs = make_pairs()
    code = pairs.code.copy()
    code[::7] = 0
    source = make_source(
        pairs=type(pairs)(rgb=pairs.rgb, code=code, sizes=pairs.sizes, offsets=pairs.offsets)
    )
    batch = PatchStream([source], make_plan(), seed=1).batch(0)
    assert 0.8 < batch.valid.mean() < 0.9
    assert torch.equal(batch.valid > 0, batch.target > 0)


def test_an_image_smaller_than_the_patch_is_mirrored() -> None:
    source = make_source(pairs=make_pairs(side=40))
    batch = PatchStream([source], make_plan(patches=(48,)), seed=1).batch(0)
    assert batch.target.shape[-1] == 48
    assert (batch.target > 0).all()


def test_sources_are_drawn_by_weight() -> None:
    sources = [make_source(), make_source(is_depth=False, weight=3.0)]
    stream = PatchStream(sources, make_plan(patches=(16,), batches=(8,)), seed=1)
    share = np.mean([stream.batch(s).is_depth.mean().item() for s in range(40)])
    assert share == pytest.approx(0.25, abs=0.08)


def test_a_mirror_is_in_the_input_and_not_in_the_colour() -> None:
    plain, mirror = (
        PatchStream([make_source()], make_plan(batches=(1,), mirror_share=m), seed=5).batch(0)
        for m in (0.0, 1.0)
    )
    assert torch.equal(mirror.inputs.image, plain.inputs.image)
    assert torch.equal(mirror.valid, plain.valid)
    assert 0.02 < (mirror.target != plain.target).float().mean() < 0.6
    assert (mirror.inputs.depth - mirror.target).abs().mean() < 0.05


def test_rounded_metres_are_dithered_and_grey_levels_are_not() -> None:
    steps = {}
    for is_depth in (True, False):
        source = make_source(is_depth=is_depth, unit=0.001, value_range=10.0)
        units = PatchStream([source], make_plan(), seed=1).batch(0).target / 0.001
        steps[is_depth] = (units - units.round()).abs()
    assert steps[False].max() < 1e-3
    assert steps[True].max() <= 0.5
    assert steps[True].mean().item() == pytest.approx(0.25, abs=0.01)  # uniform to 0.5


def test_a_share_of_the_batches_is_of_nearest_pixels() -> None:
    def inputs(share: float) -> list[torch.Tensor]:
        plan = make_plan(batches=(1,), nearest_share=share)
        stream = PatchStream([make_source(is_depth=False)], plan, seed=3)
        return [stream.batch(step).inputs.depth for step in range(20)]

    bicubic, nearest, mixed = inputs(0.0), inputs(1.0), inputs(0.5)
    assert not any(map(torch.equal, bicubic, nearest))
    same = sum(map(torch.equal, nearest, mixed))
    assert 3 < same < 17
