"""Progress of a run in one line."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from bridgenet_ros.training.train import StepReport

SHOW_EVERY_S = 0.5
LOG_EVERY_S = 60.0
MEMORY = 0.98
"""Weight of the past in the running means."""


@dataclass
class RunningReport:
    """Running means of the losses: D_SR's as a ratio to bicubic's, for each scale."""

    step: int = 0
    _sr: dict[int, float] = field(default_factory=dict)
    _bicubic: dict[int, float] = field(default_factory=dict)
    _mde: float | None = None
    _shown: float = 0.0
    _logged: float = field(default_factory=time.monotonic)

    def add(self, report: StepReport) -> None:
        """Take in one step."""
        self.step = report.step + 1
        self._sr[report.scale] = _mean(self._sr.get(report.scale), report.loss_sr)
        self._bicubic[report.scale] = _mean(self._bicubic.get(report.scale), report.loss_bicubic)
        if report.loss_mde is not None:
            self._mde = _mean(self._mde, report.loss_mde)

    def ratios(self) -> dict[int, float]:
        """D_SR's loss over bicubic's, for each scale seen so far."""
        return {s: self._sr[s] / max(self._bicubic[s], 1e-9) for s in sorted(self._sr)}

    def line(self) -> str:
        """Such as ``step 1200  x8 0.743  x16 0.801  D_DE 0.052``."""
        ratios = [f"x{s} {ratio:.3f}" for s, ratio in self.ratios().items()]
        mde = [] if self._mde is None else [f"D_DE {self._mde:.3f}"]
        return "  ".join([f"step {self.step}", *ratios, *mde])

    def due(self) -> bool:
        """Whether the display is older than half a second; True at most once."""
        now = time.monotonic()
        if now - self._shown < SHOW_EVERY_S:
            return False
        self._shown = now
        return True

    def due_for_log(self) -> bool:
        """Whether the last logged line is older than a minute; True at most once."""
        now = time.monotonic()
        if now - self._logged < LOG_EVERY_S:
            return False
        self._logged = now
        return True


def _mean(past: float | None, new: float) -> float:
    return new if past is None else MEMORY * past + (1 - MEMORY) * new
