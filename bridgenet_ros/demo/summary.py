"""The figures of a run: a table for people and ``summary.json`` for programs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import isfinite

from rich.table import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What went in, what came out, how fast and how good.

    Attributes:
        frames_in: colour images that the camera process published.
        frames_out: super-resolved images that the recording process received.
        drops: frames lost, by reason.
        latency_ms_p50: median, from a colour image's stamp to its result's arrival in the
            recording process; None without a result.
        latency_ms_p99: 99th percentile.
        rmse_bicubic_cm: error of bicubic upsampling of the same frames; None without truth.
        rmse_sr_cm: error of the network, over the same pixels.
        preset: the network's preset.
        trained: whether the weights are trained.
        rate_out_hz: results a second while frames came in.
        estimates_out: estimated depth images received.
        frames_scored: results compared with the truth.
        pixels_scored: pixels in which truth, bicubic and network all have a depth.
        colour_size: width and height.
        depth_size: width and height of the sensor's depth.
        input: the recording that was played.
        latency_ms_p50_halves: median of the first and of the second half of the run.
        memory_growth_mb: of the node, after the first seconds; None for very short runs.
        exceptions: tracebacks in the node's log.
    """

    frames_in: int
    frames_out: int
    drops: Mapping[str, int]
    latency_ms_p50: float | None
    latency_ms_p99: float | None
    rmse_bicubic_cm: float | None
    rmse_sr_cm: float | None
    preset: str
    trained: bool
    rate_out_hz: float
    estimates_out: int
    frames_scored: int
    pixels_scored: int
    colour_size: tuple[int, int]
    depth_size: tuple[int, int]
    input: str
    latency_ms_p50_halves: tuple[float | None, ...]
    memory_growth_mb: float | None
    exceptions: int

    def as_json(self) -> str:
        """Strict JSON, one key a line."""
        return json.dumps(asdict(self), indent=2, allow_nan=False) + "\n"

    def as_table(self) -> Table:
        """The figures with their units."""
        table = Table(title="BridgeNet demo", title_justify="left", header_style="bold")
        table.add_column("", style="bold")
        table.add_column("value", justify="right")
        table.add_column("meaning", style="dim")
        for row in self._rows():
            table.add_row(*row)
        return table

    def _rows(self) -> list[tuple[str, str, str]]:
        weights = "trained" if self.trained else "not trained: bicubic upsampling, no more"
        colour, depth = (f"{w} x {h}" for w, h in (self.colour_size, self.depth_size))
        rows = [
            ("preset", self.preset, weights),
            ("input", depth, f"depth, with colour of {colour}"),
            ("frames in", str(self.frames_in), "colour images published"),
            ("frames out", str(self.frames_out), f"results received, {self.rate_out_hz:.1f} Hz"),
        ]
        rows += [
            (f"dropped: {reason}", str(number), "") for reason, number in sorted(self.drops.items())
        ]
        rows += [
            ("estimates out", str(self.estimates_out), "estimated depth images received"),
            ("latency p50", _figure(self.latency_ms_p50, "ms"), "colour stamp to result received"),
            ("latency p99", _figure(self.latency_ms_p99, "ms"), ""),
            ("latency p50, halves", self._halves(), "first and second half of the run"),
            ("memory growth", _figure(self.memory_growth_mb, "MB"), "of the node, once warm"),
            ("exceptions", str(self.exceptions), "tracebacks in the node's log"),
        ]
        if self.rmse_bicubic_cm is not None:
            over = f"{self.frames_scored} frames, {self.pixels_scored / 1e6:.1f} million pixels"
            rows.append(("RMSE bicubic", _figure(self.rmse_bicubic_cm, "cm"), over))
            rows.append(("RMSE network", _figure(self.rmse_sr_cm, "cm"), "the same pixels"))
        return rows

    def _halves(self) -> str:
        return " / ".join(_figure(half, "ms") for half in self.latency_ms_p50_halves)


def finite(value: float) -> float | None:
    """None in place of NaN and infinities, which JSON does not have."""
    return value if isfinite(value) else None


def _figure(value: float | None, unit: str) -> str:
    return "-" if value is None else f"{value:.1f} {unit}"
