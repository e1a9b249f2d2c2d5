"""Records and manifests of runs that were not, for the tests of reports."""

from __future__ import annotations

from dataclasses import asdict, replace

import numpy as np
from frames import make_frame, result_for

from bridgenet_ros.frame import EstimateFit
from bridgenet_ros.offline.manifest import Manifest, StoredFile
from bridgenet_ros.offline.measuring import Measured, Measurer
from bridgenet_ros.offline.options import ProcessSummary
from bridgenet_ros.offline.run_record import RunRecord

START = 1_700_000_000_000_000_000
PERIOD = 100_000_000
KEY = "ab" * 32


def measured(
    first: int, count: int, viewed: frozenset[int] = frozenset({0}), *, estimated: bool = False
) -> Measured:
    """Result n is 1 + n/100 m of a sensor's 1 m, in 10 + n ms; the camera stands still.

    The estimate is fitted by a factor of 1 + n/100 and an offset of -n/10 m.
    """
    measurer = Measurer(viewed)
    for index in range(first, first + count):
        stamp = START + index * PERIOD
        rows, columns = np.mgrid[:48, :64]
        rgb = np.dstack([rows * 5, columns * 3, rows + columns]).astype(np.uint8)
        frame = make_frame(rgb, np.ones((12, 16), np.uint16), stamp_ns=stamp)
        result = result_for(
            frame,
            np.full((48, 64), 1 + index / 100, np.float32),
            sensor_m=np.ones((12, 16), np.float32),
            fit=fit_of(index) if estimated else None,
            timings_ms={"engine": 9.0 + index},
        )
        measurer.add(index - first, stamp, frame, result, 10.0 + index)
    return measurer.finish()


def fit_of(index: int) -> EstimateFit:
    return EstimateFit(
        scale=1 + index / 100, shift_m=-index / 10, pixels=192, agreeing=1.0, fitted=True
    )


def record(pairs: int, parts: int = 1, *, estimated: bool = False) -> RunRecord:
    """So many pairs, colour n ms before depth, in equal parts."""
    times = START + np.arange(pairs) * PERIOD
    gaps = np.arange(pairs) * 1_000_000
    each = pairs // parts
    return RunRecord(
        pairs=np.stack([times, times, times, times + gaps], axis=1).astype(np.int64),
        stamp_offset_ns=0,
        measured=[measured(n * each, each, estimated=estimated) for n in range(parts)]
        if pairs
        else [],
    )


def manifest(results: int, *, topics: dict[str, int] | None = None, **changes: object) -> Manifest:
    """Of a run without losses; ``changes`` are of its summary."""
    summary = ProcessSummary(
        color_topic="/rgb/image",
        depth_topic="/depth/image",
        copied=5,
        pairs=results,
        skipped=0,
        results=results,
        unpaired={},
        bad_frames={},
        unreadable=0,
        reused=0,
        warnings=(),
    )
    return Manifest(
        source="in.mcap",
        input=[StoredFile(name="in.mcap", size=28_844_550, sha256="cd" * 32)],
        output=[StoredFile(name="out.mcap", size=1000, sha256="ef" * 32)],
        settings={
            "options": {"slop_ns": 20_000_000, "storage": None, "selection": {"exclude": []}},
            "processor": {"weights": {"preset": "tiny", "sha256": "12" * 32}, "device": "cpu"},
        },
        key=KEY,
        summary=asdict(replace(summary, **changes)),  # type: ignore[arg-type]
        topics=topics or {"/sr/depth/image": results},
        timings_s={"plan": 0.25, "process": 2.0, "total": 2.5},
        workers=2,
    )
