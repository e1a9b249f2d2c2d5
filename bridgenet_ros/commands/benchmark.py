"""`bridgenet benchmark`: times the pipeline on rendered frames, with the error beside the time."""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.table import Table

    from bridgenet_ros.evaluation.benchmark import Case, Row

NAME = "benchmark"
HELP = "time the pipeline on rendered frames; memory and error beside the time"
FRAMES = 4
SIZES = {"640x480": 1.0, "1280x720": 1.5}
"""Colour sizes, and what the focal length of the VGA camera is multiplied by."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--preset", nargs="+", default=["tiny"], metavar="P", help="presets")
    parser.add_argument(
        "--backend",
        nargs="+",
        default=["auto"],
        metavar="B",
        help="auto, torch, openvino, onnxruntime, tensorrt",
    )
    parser.add_argument("--precision", default="auto", help="auto, float32, float16 or bfloat16")
    parser.add_argument("--size", nargs="+", default=["640x480"], choices=SIZES, help="of colour")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:N")
    parser.add_argument("--threads", type=int, default=0, help="CPU threads; 0: one a core")
    parser.add_argument("--repeats", type=int, default=25, help=f"rounds through {FRAMES} frames")
    parser.add_argument("--estimate", action="store_true", help="also the estimated depth")
    parser.add_argument("--ledger", type=Path, metavar="CSV", help="append the rows to this file")


def run(args: argparse.Namespace) -> int:
    """Measure every combination; returns the exit code.

    Raises:
        BridgeNetError: a preset, back end or device cannot be used.
    """
    from rich.console import Console

    from bridgenet_ros.config import NodeConfig, with_values
    from bridgenet_ros.evaluation.benchmark import append, time_pipeline
    from bridgenet_ros.pipeline import build_pipeline

    command = shlex.join(["bridgenet", *sys.argv[1:]])
    rows: list[Row] = []
    for size in args.size:
        cases = rendered_cases(size)
        for preset in args.preset:
            for backend in args.backend:
                values = {
                    "model.preset": preset,
                    "model.backend": backend,
                    "model.device": args.device,
                    "model.precision": args.precision,
                    "model.threads": args.threads,
                }
                pipeline = build_pipeline(with_values(NodeConfig(), values))
                rows.append(
                    time_pipeline(
                        pipeline,
                        cases,
                        repeats=args.repeats,
                        estimate=args.estimate,
                        threads=args.threads,
                        command=command,
                    )
                )
                pipeline.close()
    Console().print(table(rows))
    if args.ledger is not None:
        append(rows, args.ledger)
    return 0


def rendered_cases(size: str) -> list[Case]:
    """A few frames of the demo's room, with depth lowered by 8, noise and holes."""
    from bridgenet_ros.demo.frames import bicubic
    from bridgenet_ros.demo.sequence import LOOP_FRAMES, RenderedLoop
    from bridgenet_ros.evaluation.benchmark import Case
    from bridgenet_ros.frame import RgbdFrame
    from bridgenet_ros.scenes.camera import VGA, Intrinsics

    width, height = (int(n) for n in size.split("x"))
    camera = Intrinsics(
        width=width,
        height=height,
        focal=VGA.focal * SIZES[size],
        cx=(width - 1) / 2,
        cy=(height - 1) / 2,
    )
    loop = RenderedLoop(camera=camera)
    cases = []
    for i in range(FRAMES):
        shot = loop.shot(i * LOOP_FRAMES // FRAMES)
        frame = RgbdFrame(
            rgb=shot.rgb,
            depth=shot.sensor_m,
            stamp_ns=i + 1,
            depth_stamp_ns=i + 1,
            frame_id="camera",
            depth_frame_id="camera",
        )
        cases.append(Case(frame, shot.truth_m, bicubic(shot.sensor_m, (height, width))))
    return cases


def table(rows: list[Row]) -> Table:
    """The rows for people."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    made = Table(
        title="Pipeline, one frame after the other; errors are RMSE",
        title_justify="left",
        box=SIMPLE_HEAD,
    )
    for heading in ("preset", "backend", "size", "ms", "p99", "Hz", "MB", "cm", "bicubic cm"):
        made.add_column(
            heading, no_wrap=True, justify="left" if heading in {"preset", "backend"} else "right"
        )
    for r in rows:
        size = f"{r.width}x{r.height}"
        figures = (r.median_ms, r.p99_ms, r.hz, r.rss_mb, r.rmse_cm, r.rmse_bicubic_cm)
        made.add_row(
            r.preset, r.backend, size, *("-" if f is None else f"{f:.1f}" for f in figures)
        )
    return made
