"""Times the pipeline on given frames, with the error of its results beside the time."""

from __future__ import annotations

import csv
import resource
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date
from pathlib import Path
from platform import machine, processor
from time import perf_counter
from typing import NamedTuple

import numpy as np
import torch

import bridgenet_ros
from bridgenet_ros.errors import ConfigError
from bridgenet_ros.frame import FloatArray, RgbdFrame
from bridgenet_ros.pipeline import Pipeline

WARM_UP_FRAMES = 5


class Case(NamedTuple):
    """A frame and its true depth."""

    frame: RgbdFrame
    truth_m: FloatArray
    """(H, W) metres."""
    bicubic_m: FloatArray
    """The baseline, (H, W) metres, NaN where invalid."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the ledger; what was not measured is None.

    Attributes:
        what: ``pipeline`` is one frame from numpy arrays to numpy arrays; ``node`` runs from
            the camera's stamp to the result in another process.
        estimate: whether D_DE was computed too.
        median_ms: of one frame, warm-up excluded; ``p99_ms`` likewise.
        hz: frames a second, one after the other.
        rss_mb: peak resident memory of the process.
        rmse_cm: error of the results, pooled over the pixels where they are valid.
        rmse_bicubic_cm: of bicubic upsampling over the same pixels.
    """

    date: str
    commit: str
    what: str
    preset: str
    trained: bool
    backend: str
    precision: str
    width: int
    height: int
    estimate: bool
    device: str
    threads: int
    median_ms: float
    p99_ms: float
    hz: float
    frames_in: int
    frames_out: int
    drops: int
    rss_mb: float | None
    rmse_cm: float | None
    rmse_bicubic_cm: float | None
    versions: str
    command: str


def time_pipeline(
    pipeline: Pipeline,
    cases: Sequence[Case],
    *,
    repeats: int,
    estimate: bool,
    threads: int,
    command: str,
) -> Row:
    """Run every case ``repeats`` times, one frame after the other.

    Args:
        pipeline: warm or not; `WARM_UP_FRAMES` are run first.
        cases: of one size.
        repeats: rounds through the cases.
        estimate: also compute D_DE.
        threads: as configured, for the row.
        command: what reproduces the row.

    Raises:
        ConfigError: no cases or no repeats.
        EngineError: the network failed.
    """
    if not cases or repeats < 1:
        raise ConfigError(f"{len(cases)} frames, {repeats} repeats; expected at least one each")
    for _ in range(WARM_UP_FRAMES):
        pipeline.process(cases[0].frame, estimate=estimate)
    times_ms: list[float] = []
    errors, baseline = _Pooled(), _Pooled()
    for _ in range(repeats):
        for case in cases:
            started = perf_counter()
            result = pipeline.process(case.frame, estimate=estimate)
            times_ms.append((perf_counter() - started) * 1e3)
            valid = np.isfinite(result.sr_m) & np.isfinite(case.bicubic_m)
            errors.add(result.sr_m[valid], case.truth_m[valid])
            baseline.add(case.bicubic_m[valid], case.truth_m[valid])
    height, width = cases[0].frame.rgb.shape[:2]
    return Row(
        date=date.today().isoformat(),  # noqa: DTZ011 - the ledger's day is the measurer's
        commit=commit(),
        what="pipeline",
        preset=pipeline.card.preset,
        trained=pipeline.card.trained,
        backend=pipeline.backend,
        precision=pipeline.precision,
        width=width,
        height=height,
        estimate=estimate,
        device=device_text(pipeline.device_name),
        threads=threads,
        median_ms=round(float(np.median(times_ms)), 2),
        p99_ms=round(float(np.percentile(times_ms, 99)), 2),
        hz=round(1e3 / float(np.mean(times_ms)), 2),
        frames_in=len(times_ms),
        frames_out=len(times_ms),
        drops=0,
        rss_mb=round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3, 1),
        rmse_cm=errors.rmse_cm,
        rmse_bicubic_cm=baseline.rmse_cm,
        versions=f"bridgenet_ros {bridgenet_ros.__version__}, torch {torch.__version__}",
        command=command,
    )


class _Pooled:
    """Squared errors over all pixels of all frames."""

    def __init__(self) -> None:
        self._squares = 0.0
        self._pixels = 0

    def add(self, found_m: FloatArray, truth_m: FloatArray) -> None:
        """Two lists of depths in metres."""
        error = found_m.astype(np.float64) - truth_m
        self._squares += float((error**2).sum())
        self._pixels += error.size

    @property
    def rmse_cm(self) -> float | None:
        """None without a pixel."""
        return round((self._squares / self._pixels) ** 0.5 * 100, 3) if self._pixels else None


def append(rows: Sequence[Row], ledger: Path) -> None:
    """Add rows to the ledger, a CSV file with a heading; it is made where it does not exist."""
    ledger.parent.mkdir(parents=True, exist_ok=True)
    is_new = not ledger.exists()
    with ledger.open("a", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, [f.name for f in fields(Row)])
        if is_new:
            writer.writeheader()
        writer.writerows(asdict(row) for row in rows)


def commit() -> str:
    """The short hash of the checked-out commit; empty outside a clone."""
    folder = Path(__file__).parent
    command = ["git", "-C", str(folder), "rev-parse", "--short", "HEAD"]
    try:
        found = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        return ""
    return found.stdout.strip()


def device_text(device: str) -> str:
    """The device in words that mean something on another machine."""
    if device.startswith("cuda"):
        return torch.cuda.get_device_name(device)
    return f"{processor() or machine()}, {torch.backends.cpu.get_cpu_capability()}"
