"""From the configuration's sources to the stream of batches."""

from __future__ import annotations

from pathlib import Path

from bridgenet_ros.data.dataset import Quantity, RgbdDataset
from bridgenet_ros.data.guard import refuse_test_images
from bridgenet_ros.errors import DatasetError
from bridgenet_ros.open_dataset import open_dataset
from bridgenet_ros.training.cache import cache_pairs
from bridgenet_ros.training.config import TrainConfig
from bridgenet_ros.training.held_out import FEWEST, held_out
from bridgenet_ros.training.samples import PatchPlan, PatchStream, Source
from bridgenet_ros.training.scenes import scene_source
from bridgenet_ros.training.validation import ValidationSet, choose_pairs


def build_stream(config: TrainConfig, rank: int = 0) -> PatchStream:
    """Open, check and decode every data set; name the scenes.

    Args:
        config: the run.
        rank: the process among those of the run; each draws its own patches.

    Raises:
        ConfigError: there is no such family of scenes.
        DatasetError: a folder is wrong, or holds test images.
    """
    plan = PatchPlan(
        scales=config.scales,
        scale_weights=config.scale_weights,
        patches=config.patches,
        batches=config.batches,
        sensor_shares=config.sensor_shares,
        place_draws=config.place_draws,
        colour_jitter=config.colour_jitter,
        depth_jitter=config.depth_jitter,
        mirror_share=config.mirror_share,
        nearest_share=config.nearest_share,
        focus_scale=config.focus_scale,
        focus_steps=config.focus_steps,
    )
    validated = config.validation_minutes is not None
    total = sum(entry.weight for entry in config.sources)
    sources = [
        scene_source(entry.scenes, entry.weight, (config.seed, rank), share=entry.weight / total)
        if entry.scenes
        else make_source(
            open_dataset(Path(entry.path)), entry.weight, Path(config.cache), validated=validated
        )
        for entry in config.sources
    ]
    return PatchStream(sources, plan, seed=config.seed, rank=rank)


def make_source(
    dataset: RgbdDataset, weight: float, cache: Path, *, validated: bool = False
) -> Source:
    """Decode a data set's pairs, without those held out for validation.

    With ``validated`` a data set that names none gives a few, and those held out are checked
    too: a bad one would else end the run at its first validation.

    Raises:
        DatasetError: a pair is wrong, or a test image, or no pair is left.
    """
    refuse_test_images(dataset.name, dataset.split, dataset.names)
    held = set(held_out(dataset, choose=validated))
    indices = [i for i in range(len(dataset)) if i not in held]
    if not indices:
        raise DatasetError(f"{dataset.path}: every pair is held out; none is left to train on")
    for i in held if validated else ():
        dataset.load(i)
    return Source(
        pairs=cache_pairs(dataset, indices, cache),
        unit=dataset.card.stored_unit / dataset.card.value_range,
        value_range=dataset.card.value_range,
        is_depth=dataset.quantity is Quantity.DEPTH,
        weight=weight,
    )


def validation_sets(config: TrainConfig) -> list[ValidationSet]:
    """The held-out pairs that a run looks at; none where it does not validate.

    Raises:
        DatasetError: no data set has a pair to hold out, or one of ``validation`` is wrong or
            holds test images.
    """
    if config.validation_minutes is None:
        return []
    datasets = [open_dataset(Path(entry.path)) for entry in config.sources if entry.path]
    held = [(dataset, held_out(dataset, choose=True)) for dataset in datasets]
    sets = [choose_pairs(d, indices, config.validation_pairs) for d, indices in held if indices]
    sets += [_only_looked_at(Path(path), config.validation_pairs) for path in config.validation]
    if not sets:
        raise DatasetError(
            f"validation_minutes is set, but no data set names validation pairs or has {FEWEST}; "
            "name one under validation"
        )
    return sets


def _only_looked_at(path: Path, most: int) -> ValidationSet:
    dataset = open_dataset(path)
    # What is chosen by them has been looked at: test images stay unseen until the end.
    refuse_test_images(dataset.name, dataset.split, dataset.names)
    chosen = choose_pairs(dataset, range(len(dataset)), most)
    for i in chosen.indices:
        dataset.load(i)
    return chosen
