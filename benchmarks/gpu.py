"""Measures the engine on a GPU: eager and captured, copies hidden or not, share of the peak.

    python benchmarks/gpu.py --output gpu_results

writes ``throughput.csv`` and a timeline of frames in flight for each row, which shows that frame
n+1 uploads and frame n-1 downloads while frame n computes. Without a GPU the CPU takes its place:
nothing overlaps there, and no graph is captured.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from bridgenet_ros.engine_build import choose_device
from bridgenet_ros.evaluation.ledger import device_text
from bridgenet_ros.evaluation.throughput import Case, measure
from bridgenet_ros.network.topology import PRESETS


def main(argv: list[str] | None = None) -> int:
    """Measure, print and write; returns the exit code."""
    args = _arguments(argv)
    device = choose_device(args.device)
    print(f"{device_text(str(device))}, torch {torch.__version__}")
    args.output.mkdir(parents=True, exist_ok=True)
    peak: dict[str, float] = {}
    rows: list[dict[str, Any]] = []
    for case in _cases(args, graphs=(False, True) if device.type == "cuda" else (False,)):
        row, spans = measure(case, device, peak)
        rows.append({"device": device_text(str(device)), **asdict(row)})
        print(", ".join(f"{name} {value}" for name, value in asdict(row).items()))
        form = "graphs" if case.graphs else "eager"
        name = f"timeline_{case.preset}_{case.size[1]}x{case.size[0]}_{form}.csv"
        _write(args.output / name, [span._asdict() for span in spans])
    for precision, operations in peak.items():
        print(f"measured peak in {precision}: {operations / 1e12:.2f} TFLOP/s")
    _write(args.output / "throughput.csv", rows)
    return 0


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--preset", nargs="+", default=list(PRESETS), choices=PRESETS)
    parser.add_argument("--size", nargs="+", default=["640x480", "1280x720"], metavar="WxH")
    parser.add_argument("--precision", default="auto", help="auto, float32, float16 or bfloat16")
    parser.add_argument("--depth-scale", type=int, default=8, help="colour over depth")
    parser.add_argument("--estimate", action="store_true", help="also the estimated depth")
    parser.add_argument("--frames", type=int, default=200)
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:N")
    parser.add_argument("--output", type=Path, required=True, metavar="FOLDER")
    return parser.parse_args(argv)


def _cases(args: argparse.Namespace, graphs: Iterable[bool]) -> Iterable[Case]:
    for preset in args.preset:
        for size in args.size:
            width, height = (int(n) for n in size.split("x"))
            for captured in graphs:
                yield Case(
                    preset=preset,
                    size=(height, width),
                    depth_scale=args.depth_scale,
                    estimate=args.estimate,
                    precision=args.precision,
                    graphs=captured,
                    frames=args.frames,
                )


def _write(path: Path, rows: list[dict[str, Any]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    sys.exit(main())
