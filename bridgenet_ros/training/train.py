"""The training loop."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from bridgenet_ros.errors import ConfigError
from bridgenet_ros.network.bridgenet import BridgeNet
from bridgenet_ros.network.topology import preset_topology
from bridgenet_ros.network.weights import load_weights
from bridgenet_ros.training.checkpoint import (
    Progress,
    list_checkpoints,
    load_checkpoint,
    save_checkpoint,
)
from bridgenet_ros.training.config import TrainConfig
from bridgenet_ros.training.losses import masked_l1, super_resolution_loss
from bridgenet_ros.training.optimisers import build_optimisers, set_rate, step_all
from bridgenet_ros.training.samples import Batch, PatchStream
from bridgenet_ros.training.schedule import MovingAverage, cosine, steps, warm_up
from bridgenet_ros.training.start import start_from_data

MAY_CHANGE = {"output", "cache", "threads", "checkpoint_minutes", "minutes", "steps", "sources"}
"""Settings that a resumed run may set anew: where things lie, and how long it goes on."""


class StepReport(NamedTuple):
    """What a step tells its observer."""

    step: int
    progress: float
    """Share of the schedule that is over, [0, 1]."""
    elapsed_s: float
    scale: int
    loss_sr: float
    """L1 of D_SR, normalised."""
    loss_bicubic: float
    """L1 of the network's input, for comparison."""
    loss_mde: float | None
    """L1 of D_DE, in the steps that compute it."""


class Trainer:
    """Network, average, optimisers and batches of one run."""

    def __init__(self, config: TrainConfig, stream: PatchStream) -> None:
        torch.manual_seed(config.seed)
        if config.threads:
            torch.set_num_threads(config.threads)
        self.config = config
        self.folder = Path(config.output)
        self.stream = stream
        self.network = _start(config, stream)
        self.network.to(config.device)
        self.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.average = MovingAverage(self.network, config.ema_decay)
        self.optimisers = build_optimisers(self.network, config)
        self.step = 0
        self.elapsed_s = 0.0

    def resume(self) -> bool:
        """Continue from the newest checkpoint; False if there is none.

        Raises:
            ConfigError: the checkpoint was made with other settings.
            WeightsError: it cannot be read.
        """
        found = list_checkpoints(self.folder)
        if not found:
            return False
        progress = load_checkpoint(found[-1], self.network, self.average, self.optimisers)
        _require_same(progress.config, self.config, found[-1])
        self.step, self.elapsed_s = progress.step, progress.elapsed_s
        return True

    def run(
        self, observe: Callable[[StepReport], None], *, stop_after_minutes: float | None = None
    ) -> None:
        """Train to the end of the schedule, or for some minutes; ends at a checkpoint.

        Raises:
            ConfigError: the loss is not finite; the last good checkpoint stays.
            WeightsError: a checkpoint cannot be written.
        """
        start = last_saved = time.monotonic()
        before = self.elapsed_s
        while self.progress() < 1:
            observe(self.train_step())
            now = time.monotonic()
            self.elapsed_s = before + now - start
            if stop_after_minutes is not None and now - start >= 60 * stop_after_minutes:
                break
            if now - last_saved >= 60 * self.config.checkpoint_minutes:
                self.save()
                last_saved = now
        self.save()

    def progress(self) -> float:
        """Share of the schedule that is over: by the clock, or by steps."""
        if self.config.minutes is not None:
            return self.elapsed_s / (60 * self.config.minutes)
        return self.step / self.config.steps

    def train_step(self) -> StepReport:
        """One forward, one backward of the summed losses, one step of every optimiser.

        Raises:
            ConfigError: the loss or its gradient is not finite; no weight is changed.
        """
        config, progress = self.config, self.progress()
        set_rate(self.optimisers, config, self._rate(progress))
        batch = self.stream.batch(self.step).to(config.device)
        self.network.train()
        out = self.network(*batch.inputs, estimate=self.step % config.estimate_every == 0)
        loss, loss_mde = self._loss(out.sr, out.mde, batch)
        # A coarser scale has larger errors; the division lets none drown the others.
        step_all(
            self.optimisers, loss * config.loss_gain / batch.scale, config.clip_norm, self.step
        )
        self.average.update(self.network, self.step)
        report = self._report(progress, batch, out.sr, loss_mde)
        self.step += 1
        return report

    def save(self) -> Path:
        """Write a checkpoint of the present state.

        Raises:
            WeightsError: it cannot be written.
        """
        config = dataclasses.asdict(self.config)
        progress = Progress(step=self.step, elapsed_s=self.elapsed_s, config=config)
        return save_checkpoint(self.folder, progress, self.network, self.average, self.optimisers)

    def averaged_network(self) -> BridgeNet:
        """The network to evaluate and ship, on the CPU, in eval mode."""
        network = BridgeNet(self.network.topology)
        network.load_state_dict(self.average.values)
        return network.eval()

    def _loss(self, sr: Tensor, mde: Tensor | None, batch: Batch) -> tuple[Tensor, Tensor | None]:
        """The sum of both tasks' losses, and D_DE's own in the steps that compute it."""
        config = self.config
        loss = super_resolution_loss(
            sr,
            batch.target,
            batch.valid,
            l1=config.l1_weight,
            rmse=config.rmse_weight,
            gradient=config.gradient_weight,
        )
        if mde is None:
            return loss, None
        # Disparity is no depth: D_DE cannot learn both from one colour image.
        weight = batch.valid * batch.is_depth
        loss_mde = masked_l1(mde, batch.target, weight)
        return loss + config.estimate_weight * loss_mde, loss_mde

    def _rate(self, progress: float) -> float:
        config, peak = self.config, self.config.learning_rate
        if config.schedule == "cosine":
            rate = cosine(progress, peak=peak, floor=config.final_rate)
        else:
            rate = steps(progress, peak=peak, milestones=config.milestones)
        return rate * warm_up(self.step, config.warmup_steps)

    def _report(
        self, progress: float, batch: Batch, sr: Tensor, loss_mde: Tensor | None
    ) -> StepReport:
        with torch.no_grad():
            loss_sr = masked_l1(sr, batch.target, batch.valid)
            bicubic = masked_l1(batch.inputs.depth, batch.target, batch.valid)
        return StepReport(
            self.step,
            progress,
            self.elapsed_s,
            batch.scale,
            float(loss_sr),
            float(bicubic),
            None if loss_mde is None else float(loss_mde.detach()),
        )


def _start(config: TrainConfig, stream: PatchStream) -> BridgeNet:
    preset = preset_topology(config.preset)
    topology = dataclasses.replace(preset, detach_content=config.detach_content)
    if config.start_weights is not None:
        network, card = load_weights(Path(config.start_weights))
        if card.preset != config.preset:
            raise ConfigError(f"{config.start_weights} is a {card.preset}, not a {config.preset}")
        network.topology = topology
    else:
        network = BridgeNet(topology)
        start_from_data(network, [stream.batch(i) for i in range(config.start_batches)])
    return network


def _require_same(saved: dict[str, object], config: TrainConfig, path: Path) -> None:
    # Through the same conversion as the checkpoint's JSON: tuples become lists.
    for key, value in dataclasses.asdict(config).items():
        now = list(value) if isinstance(value, tuple) else value
        if key not in MAY_CHANGE and saved.get(key) != now:
            raise ConfigError(f"{path} was made with {key}={saved.get(key)}; this run has {now}")
