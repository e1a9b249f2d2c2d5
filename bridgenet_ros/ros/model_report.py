"""What the log and the diagnostics say about the network that runs."""

from __future__ import annotations

import os
from math import isnan

import torch
from rclpy.impl.rcutils_logger import RcutilsLogger

from bridgenet_ros.engine.memory import used_mb
from bridgenet_ros.evaluation.process_load import load_of
from bridgenet_ros.pipeline import Pipeline

UNTRAINED = "untrained weights: sr/depth/image is the bicubic upsampling, no more"


def log_model(pipeline: Pipeline, logger: RcutilsLogger) -> None:
    """What was loaded, whose data it learnt from, and which preset was chosen why."""
    card = pipeline.card
    logger.info(
        f"{card.preset} on {pipeline.device_name} through {pipeline.backend}, "
        f"{card.value_range_m:g} m range"
    )
    names = ", ".join(entry.partition(":")[0] for entry in card.training_data)
    logger.info(f"trained on {names or 'no data'}; licence of the weights: {card.licence}")
    if pipeline.choice is not None:
        logger.info(f"model.preset auto: {pipeline.choice.reason}")
    if problem := model_problem(pipeline):
        logger.warning(problem)


def model_problem(pipeline: Pipeline) -> str:
    """What is a warning about it, in words; empty when all is well."""
    if pipeline.degraded:
        return pipeline.degraded
    if not pipeline.card.trained:
        return UNTRAINED
    if pipeline.choice is not None and not pipeline.choice.fits:
        return f"no preset keeps up: {pipeline.choice.reason}"
    return ""


def model_facts(pipeline: Pipeline) -> dict[str, str]:
    """For diagnostics and snapshots."""
    card, choice = pipeline.card, pipeline.choice
    facts = {
        "device": pipeline.device_name,
        "backend": pipeline.backend,
        "precision": pipeline.precision,
        "preset": card.preset,
        "trained": str(card.trained).lower(),
        "weights_sha256": card.sha256,
    }
    facts |= memory_facts(torch.device(pipeline.device_name))
    return facts if choice is None else {**facts, "preset_choice": choice.reason}


def memory_facts(device: torch.device) -> dict[str, str]:
    """Megabytes that are resident, and the GPU's; what cannot be known is left out."""
    resident = {"memory_mb": load_of(os.getpid()).memory_mb}
    measured = {**resident, **used_mb(device)}
    return {name: f"{value:.0f}" for name, value in measured.items() if not isnan(value)}
