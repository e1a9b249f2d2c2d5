"""TensorBoard's event files; needs ``pip install 'bridgenet_ros[train]'``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from bridgenet_ros.data.folder import read_rgb
from bridgenet_ros.training.train import StepReport
from bridgenet_ros.training.validation import Validated

FOLDER = "events"
EVERY = 10
"""Steps between two points of a curve."""


class EventFiles:
    """The curves and pictures of a run, under ``folder/events``; needs a `close`."""

    def __init__(self, folder: Path, first_step: int) -> None:
        """Go on at ``first_step``; TensorBoard hides later points of a leg that was killed.

        Raises:
            ModuleNotFoundError: tensorboard is not installed.
            OSError: the folder cannot be written.
        """
        from torch.utils.tensorboard import SummaryWriter

        self._writer = SummaryWriter(str(folder / FOLDER), purge_step=first_step)
        self._last: StepReport | None = None

    def add_step(self, report: StepReport, ratios: Mapping[int, float]) -> None:
        """Losses, rate, gradient norms and speed, in every tenth step.

        Args:
            report: the step.
            ratios: running means of D_SR's loss over bicubic's, by scale.
        """
        if report.step % EVERY:
            return
        values = {
            "loss/D_SR": report.loss_sr,
            "loss/bicubic": report.loss_bicubic,
            "loss/D_DE": report.loss_mde,
            "loss/teacher": report.loss_teacher,
            "learning_rate": report.rate,
            **{f"ratio/x{scale}": ratio for scale, ratio in ratios.items()},
            **{f"gradient_norm/{name}": norm for name, norm in report.gradient_norms.items()},
            "steps_per_second": self._speed(report),
        }
        for tag, value in values.items():
            if value is not None:
                self._writer.add_scalar(tag, value, report.step)
        self._last = report

    def add_validation(self, step: int, found: Sequence[Validated]) -> None:
        """Ratios and pictures.

        Raises:
            DatasetError: a picture cannot be read back.
        """
        for v in found:
            tag = f"validation/{v.dataset}/x{v.scale}"
            self._writer.add_scalar(tag, v.ratio, step)
            self._writer.add_image(tag, read_rgb(v.picture), step, dataformats="HWC")
        self._writer.flush()

    def close(self) -> None:
        """Write what is still in memory."""
        self._writer.close()

    def _speed(self, report: StepReport) -> float | None:
        if self._last is None or report.elapsed_s <= self._last.elapsed_s:
            return None
        return (report.step - self._last.step) / (report.elapsed_s - self._last.elapsed_s)
