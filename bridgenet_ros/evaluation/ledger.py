"""The ledger of measured speed: one row a measurement, in CSV, JSON and Markdown."""

from __future__ import annotations

import csv
import json
import subprocess
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from platform import machine, processor

import torch

import bridgenet_ros
from bridgenet_ros.errors import ConfigError

NETWORK, PIPELINE, NODE = "network", "pipeline", "node"
KINDS = (NETWORK, PIPELINE, NODE)
"""What is timed, from the inside out; see `Row.what`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the ledger; what was not measured is None.

    Attributes:
        what: ``network`` is one frame through the engine, numpy arrays in and out; ``pipeline``
            adds units, registration and the guard; ``node`` runs from the publication of the
            later of a pair's images to the arrival of the result in another process.
        preset: of the weights, or the name of a classical method.
        trained: None for a classical method.
        estimate: whether D_DE was computed too.
        cores: that this process may use.
        threads: as configured; 0 is what the library takes by itself.
        median_ms: of one frame, warm-up excluded; ``p99_ms`` likewise.
        hz: frames a second that came out.
        rate_hz: frames a second that a node was fed.
        drops: frames that went in and did not come out.
        uncounted: drops that the node's diagnostics do not account for.
        degraded: results that the node made without the network, which would have been late.
        age_ms_p50: from the colour stamp to the arrival of the result; ``age_ms_p99`` likewise.
        age_drift_ms: median age of the second half of the run less that of the first.
        overhead_ms_p50: ``median_ms`` less what the engine took, frame by frame;
            ``overhead_ms_p99`` likewise.
        rss_mb: peak resident memory of the process that computes.
        rss_growth_mb: of a node, from 5 s after the first frame to the end.
        cpu_percent: of one core, by the process that computes.
        peak_share: operations of the network a second, as a share of the largest matrix product's.
        rmse_cm: error of the results, pooled over the pixels where they are valid.
        rmse_bicubic_cm: of bicubic upsampling over the same pixels.
        settings: parameters of the node that were not at their defaults, besides the model's.
        command: measures the row again.
    """

    date: str
    commit: str
    what: str
    preset: str
    trained: bool | None
    backend: str
    precision: str
    width: int
    height: int
    estimate: bool
    device: str
    cores: int | None = None
    threads: int
    median_ms: float | None
    p99_ms: float | None
    hz: float
    rate_hz: float | None = None
    frames_in: int
    frames_out: int
    drops: int
    uncounted: int | None = None
    degraded: int | None = None
    age_ms_p50: float | None = None
    age_ms_p99: float | None = None
    age_drift_ms: float | None = None
    overhead_ms_p50: float | None = None
    overhead_ms_p99: float | None = None
    rss_mb: float | None
    rss_growth_mb: float | None = None
    cpu_percent: float | None = None
    peak_share: float | None = None
    rmse_cm: float | None
    rmse_bicubic_cm: float | None
    settings: str = ""
    versions: str
    command: str = ""


COLUMNS = tuple(field.name for field in fields(Row))


def append(rows: Sequence[Row], ledger: Path) -> None:
    """Add rows to the ledger, a CSV file with a heading; it is made where it does not exist.

    Raises:
        ConfigError: the file has other columns.
    """
    ledger.parent.mkdir(parents=True, exist_ok=True)
    is_new = not ledger.exists()
    if not is_new:
        read(ledger)
    with ledger.open("a", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
        if is_new:
            writer.writeheader()
        writer.writerows(asdict(row) for row in rows)


def read(ledger: Path) -> list[dict[str, str]]:
    """The rows as text, in the order of the file; what was not measured is empty.

    Raises:
        ConfigError: the file is not there or has other columns.
    """
    try:
        with ledger.open(newline="", encoding="utf-8") as stream:
            reader = csv.DictReader(stream)
            rows = list(reader)
    except OSError as error:
        raise ConfigError(f"{ledger}: {error.strerror}; expected a ledger") from error
    found = tuple(reader.fieldnames or ())
    if found != COLUMNS:
        odd = sorted(set(found) ^ set(COLUMNS)) or ["their order"]
        raise ConfigError(
            f"{ledger} has other columns than a ledger: {', '.join(odd)}; expected "
            f"{', '.join(COLUMNS[:3])}, ..."
        )
    return rows


def to_json(rows: Sequence[Row]) -> str:
    """A list of objects with the columns as keys; null for what was not measured."""
    return json.dumps([asdict(row) for row in rows], indent=2, allow_nan=False) + "\n"


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


def versions() -> str:
    """Of this package and of torch."""
    return f"bridgenet_ros {bridgenet_ros.__version__}, torch {torch.__version__}"


# The tables of docs/performance.md

_IDENTITY = (
    *("preset", "backend", "precision", "width", "height", "estimate"),
    *("device", "threads", "rate_hz", "settings"),
)
LONG_S = 300.0
"""A node fed for longer tells of its memory; a newer, shorter run does not take its place."""
_Cell = Callable[[Mapping[str, str]], str]


def newest(rows: Iterable[Mapping[str, str]], what: str) -> list[Mapping[str, str]]:
    """The last row of each configuration of one kind, in the order in which they first came."""
    found: dict[tuple[object, ...], Mapping[str, str]] = {}
    for row in rows:
        if row["what"] == what:
            identity = (*(row[name] for name in _IDENTITY), _is_long(row))
            found[identity] = row
    return list(found.values())


def _is_long(row: Mapping[str, str]) -> bool:
    return bool(row["rate_hz"]) and float(row["frames_in"]) > LONG_S * float(row["rate_hz"])


def markdown(rows: Iterable[Mapping[str, str]], what: str) -> str:
    """The newest rows of one kind as a Markdown table with what tells them apart."""
    chosen = newest(rows, what)
    if not chosen:
        return "Not measured yet.\n"
    columns = {**_COMMON, **(_OF_NODE if what == NODE else _OF_ENGINE), **_LAST}
    lines = [list(columns), ["---"] * len(columns)]
    lines += [[cell(row) for cell in columns.values()] for row in chosen]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _figure(name: str, digits: int = 1) -> _Cell:
    return lambda row: f"{float(row[name]):.{digits}f}" if row[name] else ""


def _text(name: str) -> _Cell:
    return lambda row: row[name]


def _share(row: Mapping[str, str]) -> str:
    return f"{float(row['peak_share']) * 100:.0f} %" if row["peak_share"] else ""


def _machine(row: Mapping[str, str]) -> str:
    return f"{row['device']}, {row['cores']} cores" if row["cores"] else row["device"]


_COMMON: dict[str, _Cell] = {
    "preset": _text("preset"),
    "back end": lambda row: f"{row['backend']}, {row['precision']}",
    "colour": lambda row: f"{row['width']}x{row['height']}",
    "outputs": lambda row: "both" if row["estimate"] == "True" else "D_SR",
    "median ms": _figure("median_ms"),
    "p99 ms": _figure("p99_ms"),
    "Hz": _figure("hz"),
}
_OF_ENGINE: dict[str, _Cell] = {"of the peak": _share}
_OF_NODE: dict[str, _Cell] = {
    "fed Hz": _figure("rate_hz", 0),
    "frames in": _text("frames_in"),
    "out": _text("frames_out"),
    "uncounted": _text("uncounted"),
    "degraded": _text("degraded"),
    "age p99 ms": _figure("age_ms_p99"),
    "drift ms": _figure("age_drift_ms"),
    "own ms, median": _figure("overhead_ms_p50"),
    "own ms, p99": _figure("overhead_ms_p99"),
    "growth MB": _figure("rss_growth_mb"),
}
_LAST: dict[str, _Cell] = {
    "MB": _figure("rss_mb", 0),
    "CPU %": _figure("cpu_percent", 0),
    "RMSE cm": _figure("rmse_cm", 2),
    "bicubic cm": _figure("rmse_bicubic_cm", 2),
    "machine": _machine,
    "threads": _text("threads"),
    "settings": _text("settings"),
    "commit": _text("commit"),
    "date": _text("date"),
}
