"""What a run shows and leaves beside its checkpoints: a line, event files, validation."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bridgenet_ros.errors import ConfigError
from bridgenet_ros.training.events import EventFiles
from bridgenet_ros.training.report import RunningReport
from bridgenet_ros.training.train import StepReport, Trainer
from bridgenet_ros.training.validation import ValidationSet, summary, validate

PICTURES = "validation"


class RunObserver:
    """Called after each step, on the first process only; needs a `close`."""

    def __init__(
        self, trainer: Trainer, sets: Sequence[ValidationSet], say: Callable[[str], None]
    ) -> None:
        """Watch ``trainer``; ``say`` takes the lines that should stay on the screen.

        Raises:
            ConfigError: the run's folder cannot be written.
        """
        self.report = RunningReport()
        self._trainer = trainer
        self._sets = sets
        self._say = say
        self._validated_s = trainer.elapsed_s
        self._validated_step = -1
        self._events: EventFiles | None = None
        with self._writing():
            trainer.folder.mkdir(parents=True, exist_ok=True)
            if trainer.config.tensorboard:
                self._events = EventFiles(trainer.folder, trainer.step)
        for chosen in sets:
            say(f"validation on {chosen.text()}")

    def __call__(self, step: StepReport) -> None:
        """Take in one step; validate if it is time.

        Raises:
            ConfigError: the run's folder cannot be written.
        """
        self.report.add(step)
        if self._events is not None:
            with self._writing():
                self._events.add_step(step, self.report.ratios())
        minutes = self._trainer.config.validation_minutes
        if minutes is not None and self._trainer.elapsed_s - self._validated_s >= 60 * minutes:
            self.validate()

    def validate(self) -> None:
        """Measure the averaged network now, unless that was done at this step.

        Raises:
            ConfigError: the run's folder cannot be written.
        """
        trainer, step = self._trainer, self._trainer.step
        if not self._sets or step == self._validated_step:
            return
        network = trainer.averaged_network().to(trainer.device)
        folder = trainer.folder / PICTURES / f"step-{step:08d}"
        with self._writing():
            found = validate(network, trainer.device, self._sets, trainer.config.scales, folder)
            if self._events is not None:
                self._events.add_validation(step, found)
        self._say(f"step {step}, RMSE over bicubic's: {summary(found)}")
        self._validated_s, self._validated_step = trainer.elapsed_s, step

    def close(self) -> None:
        """Write what is still in memory.

        Raises:
            ConfigError: the run's folder cannot be written.
        """
        if self._events is not None:
            with self._writing():
                self._events.close()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            folder: Path = self._trainer.folder
            raise ConfigError(f"{folder}: cannot be written: {error}") from error
