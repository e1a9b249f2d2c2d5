"""The training loop."""

from __future__ import annotations

import copy
import dataclasses
import math
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from bridgenet_ros.engine_build import choose_device
from bridgenet_ros.errors import ConfigError
from bridgenet_ros.network.bridgenet import BridgeNet
from bridgenet_ros.network.deepest import drop_empty, restore_empty
from bridgenet_ros.network.folding import fold
from bridgenet_ros.network.topology import Topology, preset_topology
from bridgenet_ros.network.weights import load_weights
from bridgenet_ros.training.calibrate import quantise_from_data
from bridgenet_ros.training.checkpoint import (
    Progress,
    Stateful,
    list_checkpoints,
    load_checkpoint,
    save_checkpoint,
)
from bridgenet_ros.training.config import TrainConfig
from bridgenet_ros.training.feed import Feed
from bridgenet_ros.training.grow import grow
from bridgenet_ros.training.losses import masked_l1
from bridgenet_ros.training.objective import Objective, measure_objective
from bridgenet_ros.training.optimisers import build_optimisers, set_rate, step_all
from bridgenet_ros.training.precision import make_scaler, mixed
from bridgenet_ros.training.processes import Processes
from bridgenet_ros.training.resume import require_same
from bridgenet_ros.training.samples import Batch, PatchStream
from bridgenet_ros.training.schedule import MovingAverage, learning_rate
from bridgenet_ros.training.start import start_from_data
from bridgenet_ros.training.teacher import load_teacher, teach


class StepReport(NamedTuple):
    """What a step tells its observer; the losses are those of this process's batch."""

    step: int
    progress: float
    """Share of the schedule that is over, [0, 1]."""
    elapsed_s: float
    scale: int
    loss_sr: float
    """L1 of D_SR, normalised; of D_DE where there is no DSRNet."""
    loss_bicubic: float
    """L1 of the network's input, for comparison."""
    loss_mde: float | None
    """L1 of D_DE, in the steps that compute it."""
    loss_teacher: float | None
    """L1 between D_SR and the teacher's, where there is one."""
    rate: float
    """Learning rate."""
    gradient_norms: Mapping[str, float]
    """Before clipping, by optimiser."""


class Trainer:
    """Network, average, optimisers and batches of one run."""

    def __init__(
        self,
        config: TrainConfig,
        stream: PatchStream,
        processes: Processes | None = None,
        topology: Topology | None = None,
    ) -> None:
        """Make everything that a run needs.

        Args:
            config: the settings.
            stream: where batches come from.
            processes: those that train together; None is this one alone.
            topology: another network than the preset's, for ablation.

        Raises:
            ConfigError: the device, precision, teacher or first weights cannot be used.
            WeightsError: a weight file cannot be read.
        """
        torch.manual_seed(config.seed)
        if config.threads:
            torch.set_num_threads(config.threads)
        self.config = config
        self.folder = Path(config.output)
        self.processes = processes or Processes(device=choose_device(config.device, "device"))
        self.device = self.processes.device
        # Each scale has one size: measuring cuDNN's algorithms for it pays.
        torch.backends.cudnn.benchmark = True
        self.stream = stream
        self.feed = Feed(stream, config.workers, self.device)
        self.scaler = make_scaler(config.precision, self.device)
        self.teacher = load_teacher(config, self.device)
        self.network = _start(config, stream, topology or preset_topology(config.preset))
        self.network.to(self.device)
        self.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.processes.copy_first_(self.network.state_dict().values())
        self.average = MovingAverage(self.network, config.ema_decay)
        self.optimisers = build_optimisers(self.network, config)
        self.step = 0
        self.elapsed_s = 0.0

    def resume(self) -> bool:
        """Continue from the newest checkpoint; False if there is none.

        Raises:
            ConfigError: the checkpoint was made with other settings, or a process has another.
            WeightsError: it cannot be read.
        """
        found = list_checkpoints(self.folder)
        if found:
            progress = load_checkpoint(found[-1], self.network, self.average, self._states())
            require_same(progress.config, self.config, found[-1])
            self.step, self.elapsed_s = progress.step, progress.elapsed_s
        first = int(self.processes.from_first(self.step))
        if not self.processes.all_agree(self.step == first):
            raise ConfigError(
                f"the first process resumes {self.folder} at step {first}, another one does not; "
                "output must be a folder that all machines share"
            )
        return bool(found)

    def run(
        self, observe: Callable[[StepReport], None], *, stop_after_minutes: float | None = None
    ) -> None:
        """Train to the end of the schedule, or for some minutes; ends at a checkpoint.

        Raises:
            ConfigError: the loss is not finite; the last good checkpoint stays.
            WeightsError: a checkpoint cannot be written.
        """
        start, before = time.monotonic(), self.elapsed_s
        saved = before
        end = math.inf if stop_after_minutes is None else before + 60 * stop_after_minutes
        while self.progress() < 1:
            observe(self.train_step())
            # One clock for all: the schedule and every decision below follow it.
            self.elapsed_s = self.processes.from_first(before + time.monotonic() - start)
            if self.elapsed_s >= end:
                break
            if self.elapsed_s - saved >= 60 * self.config.checkpoint_minutes:
                self.save()
                saved = self.elapsed_s
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
        rate = learning_rate(config, self.step, progress)
        set_rate(self.optimisers, config, rate)
        batch = self.feed.batch(self.step)
        self.network.train()
        with mixed(config.precision, self.device):
            out = self.network(*batch.inputs, estimate=self._estimates())
            taught = None if self.teacher is None else teach(self.teacher, batch)
        objective = measure_objective(out, batch, taught, config)
        norms = step_all(
            self.optimisers,
            # A coarser scale has larger errors; the division lets none drown the others.
            objective.total * config.loss_gain / batch.scale,
            self.step,
            clip_norm=config.clip_norm,
            scaler=self.scaler,
            processes=self.processes,
        )
        self.processes.average_(b for b in self.network.buffers() if b.is_floating_point())
        self.average.update(self.network, self.step)
        drawn = out.mde if out.sr is None else out.sr
        report = self._report(progress, rate, batch, drawn, objective, norms)
        self.step += 1
        return report

    def save(self) -> Path | None:
        """Write a checkpoint of the present state; None in the processes that leave it to another.

        Raises:
            WeightsError: it cannot be written.
        """
        if not self.processes.is_first:
            return None
        config = dataclasses.asdict(self.config)
        progress = Progress(step=self.step, elapsed_s=self.elapsed_s, config=config)
        return save_checkpoint(self.folder, progress, self.network, self.average, self._states())

    def averaged_network(self) -> BridgeNet:
        """The network to evaluate and ship, on the CPU, in eval mode."""
        network = copy.deepcopy(self.network).cpu()
        network.load_state_dict(self.average.values)
        return (network if self.config.int8 else restore_empty(network)).eval()

    def _estimates(self) -> bool:
        return self.network.dsr is None or self.step % self.config.estimate_every == 0

    def _states(self) -> dict[str, Stateful]:
        """What a checkpoint holds beside the weights."""
        states: dict[str, Stateful] = dict(self.optimisers)
        if self.scaler.is_enabled():
            states["scaler"] = self.scaler
        return states

    def _report(
        self,
        progress: float,
        rate: float,
        batch: Batch,
        drawn: Tensor,
        objective: Objective,
        norms: Mapping[str, float],
    ) -> StepReport:
        with torch.no_grad():
            loss_sr = masked_l1(drawn, batch.target, batch.valid)
            bicubic = masked_l1(batch.inputs.depth, batch.target, batch.valid)
        return StepReport(
            self.step,
            progress,
            self.elapsed_s,
            batch.scale,
            loss_sr.item(),
            bicubic.item(),
            _number(objective.estimate),
            _number(objective.teacher),
            rate,
            norms,
        )


def _number(loss: Tensor | None) -> float | None:
    return None if loss is None else loss.item()


def _start(config: TrainConfig, stream: PatchStream, topology: Topology) -> BridgeNet:
    topology = dataclasses.replace(
        topology, detach_content=config.detach_content, detach_taps=config.detach_taps
    )
    first = (stream.batch(i) for i in range(config.start_batches))
    if config.start_weights is None:
        network = BridgeNet(topology)
        start_from_data(network, list(first))
        return network
    network, card = load_weights(Path(config.start_weights))
    if card.preset != config.preset:
        try:
            network = grow(network, topology)
        except ConfigError as e:
            raise ConfigError(f"{config.start_weights} is a {card.preset}: {e}") from e
    network.topology = topology
    if network.dsr is not None and not config.int8:
        drop_empty(network.dsr)
    if config.int8:
        fold(network)
        quantise_from_data(network, first)
    return network
