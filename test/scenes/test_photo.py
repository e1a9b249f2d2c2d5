from __future__ import annotations

import numpy as np

from bridgenet_ros.scenes.photo import develop


def scene(level: int) -> np.ndarray:
    rgb = np.full((64, 80, 3), level, np.uint8)
    rgb[:, 40:] //= 2
    return rgb


def test_a_photo_keeps_its_edges_and_its_size() -> None:
    for seed in range(10):
        photo = develop(scene(120), np.random.default_rng(seed))
        assert photo.shape == (64, 80, 3)
        assert photo.dtype == np.uint8
        assert photo[:, 42:].mean() < photo[:, :38].mean() - 20


def test_dark_and_bright_scenes_are_exposed_alike() -> None:
    means = [
        develop(scene(level), np.random.default_rng(s)).mean()
        for level in (50, 220)
        for s in (1, 2)
    ]

    assert 55 < min(means) < max(means) < 175


def test_photos_are_noisy_and_repeatable() -> None:
    first, again, other = (develop(scene(120), np.random.default_rng(s)) for s in (3, 3, 4))

    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    noise = [develop(scene(120), np.random.default_rng(s))[20:44, 5:35].std() for s in range(12)]
    assert max(noise) > 1.5
    assert max(noise) < 12
