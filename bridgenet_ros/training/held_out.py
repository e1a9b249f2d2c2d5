"""Which pairs of a training set are kept for validation."""

from __future__ import annotations

from bridgenet_ros.data.dataset import RgbdDataset

ONE_OF = 50
"""A data set without held-out names gives every so manieth pair, at least one ..."""
FEWEST = 10
"""... unless it has fewer pairs than this; then it gives none."""


def held_out(dataset: RgbdDataset, *, choose: bool) -> tuple[int, ...]:
    """Indices of the pairs that must not be trained on.

    Args:
        dataset: the training set.
        choose: where its card names none under ``validation``, take an evenly spread share.
    """
    if dataset.validation:
        return tuple(i for i, name in enumerate(dataset.names) if name in dataset.validation)
    if not choose or len(dataset) < FEWEST:
        return ()
    return spread(len(dataset), max(len(dataset) // ONE_OF, 1))


def spread(count: int, wanted: int) -> tuple[int, ...]:
    """At most ``wanted`` evenly spread indices below ``count``, each in the middle of its part."""
    wanted = min(wanted, count)
    return tuple((2 * k + 1) * count // (2 * wanted) for k in range(wanted))
