"""From the configuration's folders to the stream of batches."""

from __future__ import annotations

from pathlib import Path

from bridgenet_ros.data.dataset import Quantity, RgbdDataset
from bridgenet_ros.data.folder import open_folder
from bridgenet_ros.data.guard import refuse_test_images
from bridgenet_ros.training.cache import cache_pairs
from bridgenet_ros.training.config import TrainConfig
from bridgenet_ros.training.samples import PatchPlan, PatchStream, Source


def build_stream(config: TrainConfig) -> PatchStream:
    """Open, check and decode every training dataset.

    Raises:
        DatasetError: a folder is wrong, or holds test images.
    """
    plan = PatchPlan(
        scales=config.scales,
        scale_weights=config.scale_weights,
        patches=config.patches,
        batches=config.batches,
        sensor_share=config.sensor_share,
        place_draws=config.place_draws,
        focus_scale=config.focus_scale,
        focus_steps=config.focus_steps,
    )
    sources = [
        make_source(open_folder(Path(entry.path)), entry.weight, Path(config.cache))
        for entry in config.sources
    ]
    return PatchStream(sources, plan, seed=config.seed)


def make_source(dataset: RgbdDataset, weight: float, cache: Path) -> Source:
    """Decode a data set's pairs, without those it holds out for validation.

    Raises:
        DatasetError: a pair is wrong, or a test image.
    """
    refuse_test_images(dataset.name, dataset.split, dataset.names)
    indices = [i for i, name in enumerate(dataset.names) if name not in dataset.validation]
    return Source(
        pairs=cache_pairs(dataset, indices, cache),
        unit=dataset.card.stored_unit / dataset.card.value_range,
        value_range=dataset.card.value_range,
        is_depth=dataset.quantity is Quantity.DEPTH,
        weight=weight,
    )
