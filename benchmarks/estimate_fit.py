"""Measures what fitting the estimated depth to the sensor does to it, on a data set of depth.

    python benchmarks/estimate_fit.py DATASET [--preset tiny] [--every N]

For each kind of input: AbsRel and delta1 of the estimate as the network gives it (the figures of
`bridgenet evaluate`), fitted by a factor, and by a factor and an offset; over all pixels, and over
those that the sensor did not measure. Then the same of parts of the images, by their spread, where
an offset is fitted however flat they are. Then how still they are when only the noise changes: the
jitter of the fit, beside that of plain least squares, and of the estimate's median. Last, the
milliseconds of a fit, of its own CPU time.
"""

from __future__ import annotations

import argparse
import itertools
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from bridgenet_ros.config import NodeConfig
from bridgenet_ros.data.dataset import RgbdDataset
from bridgenet_ros.data.degrade import range_noise
from bridgenet_ros.estimate_fit import FitLimits, align, cell_means, fit_estimate, fit_limits
from bridgenet_ros.evaluation.metrics import measure_estimate
from bridgenet_ros.evaluation.network import NetworkMethod
from bridgenet_ros.evaluation.protocol import Case, Protocol, make_case
from bridgenet_ros.network.weights import load_weights
from bridgenet_ros.open_dataset import open_dataset
from bridgenet_ros.resources import find_share_file

SCALE = 8
STILL_FRAMES = 15
STILL_EVERY = 6
"""Every n-th of the images is looked at again and again."""

Map = NDArray[np.float32]
SPREADS = (0.0, 0.05, 0.1, 0.2, 0.5, 5.0)

Degrade = Callable[[Map, np.random.Generator], Map]


def as_it_is(low: Map, rng: np.random.Generator) -> Map:
    """Nothing."""
    del rng
    return low


def sparse(low: Map, rng: np.random.Generator) -> Map:
    """3 % of the pixels."""
    return np.where(rng.random(low.shape) < 0.03, low, np.float32(0))


def short(low: Map, rng: np.random.Generator) -> Map:
    """The nearer 60 %, as a sensor of short range sees it."""
    del rng
    return np.where(low <= np.quantile(low[low > 0], 0.6), low, np.float32(0))


INPUTS: dict[str, tuple[Protocol, Degrade]] = {
    "clean": (Protocol(scale=SCALE), as_it_is),
    "sensor model": (Protocol(scale=SCALE, sensor=True), as_it_is),
    "3 % of it": (Protocol(scale=SCALE), sparse),
    "nearer 60 %": (Protocol(scale=SCALE), short),
}


def fits(estimate: Map, low: Map, limits: FitLimits) -> tuple[Map, Map, Map]:
    """The estimate as it is, by a factor, and by a factor and an offset."""
    by_factor, _ = align(estimate, low, replace(limits, shift=False))
    return estimate, by_factor, align(estimate, low, limits)[0]


def errors(estimate: Map, low: Map, case: Case, limits: FitLimits) -> list[float]:
    """AbsRel and delta1 of the three over all pixels, then over those not measured."""
    unmeasured = np.kron(low == 0, np.ones((SCALE, SCALE), np.bool_)) & case.counted
    found: list[float] = []
    for counted in (case.counted, unmeasured):
        for depth in fits(estimate, low, limits):
            measured = measure_estimate(np.nan_to_num(depth), case.truth, counted)
            found += [measured.abs_rel, measured.delta1]
    return found


def accuracy(dataset: RgbdDataset, network: NetworkMethod, limits: FitLimits, every: int) -> None:
    """Print the table of errors."""
    print("AbsRel and delta1: network | factor | factor and offset || of pixels not measured")
    for name, (protocol, degrade) in INPUTS.items():
        rows = []
        for i in range(0, len(dataset), every):
            case = make_case(dataset, i, protocol)
            low = degrade(case.low, np.random.default_rng(i))
            estimate = np.ascontiguousarray(network.estimate(case.rgb, low))
            rows.append(errors(estimate, low, case, limits))
        table = np.array(rows)
        better = np.count_nonzero(table[:, 4] < table[:, 0])
        known = ~np.isnan(table)
        means = [
            float(c[k].mean()) if k.any() else np.nan for c, k in zip(table.T, known.T, strict=True)
        ]
        texts = [f"{a:.4f} {d:.4f}" for a, d in zip(means[::2], means[1::2], strict=True)]
        print(
            f"{name:13} {' | '.join(texts[:3])} || {' | '.join(texts[3:])}"
            f"   n={len(rows)}, better in {better}"
        )


def flat_parts(dataset: RgbdDataset, network: NetworkMethod, limits: FitLimits, every: int) -> None:
    """Print AbsRel of the three in quarters and sixteenths of the images, by their spread."""
    anyway = replace(limits, least_spread=0.0)
    found = []
    for i in range(0, len(dataset), every):
        case = make_case(dataset, i, Protocol(scale=SCALE))
        estimate = np.ascontiguousarray(network.estimate(case.rgb, case.low))
        h, w = case.low.shape
        for n in (2, 4):
            for row, column in np.ndindex(n, n):
                low = np.s_[
                    row * h // n : (row + 1) * h // n, column * w // n : (column + 1) * w // n
                ]
                high = tuple(slice(s.start * SCALE, s.stop * SCALE) for s in low)
                counted = case.counted[high]
                if not counted.any() or not (case.low[low] > 0).any():
                    continue
                part = np.ascontiguousarray(estimate[high])
                tenth, middle, ninth = np.percentile(part, (10, 50, 90))
                scale = fit_estimate(part, case.low[low], anyway).scale
                rels = [
                    measure_estimate(np.nan_to_num(depth), case.truth[high], counted).abs_rel
                    for depth in fits(part, case.low[low], anyway)
                ]
                found.append(((ninth - tenth) / middle, scale, *rels))
    table = np.array(found)
    for low_end, high_end in itertools.pairwise(SPREADS):
        rows = table[(table[:, 0] >= low_end) & (table[:, 0] < high_end)]
        rels = " | ".join(f"{v:.4f}" for v in rows[:, 2:].mean(axis=0))
        print(
            f"spread {low_end} to {high_end}: AbsRel {rels}; slopes {rows[:, 1].min():.2f} to "
            f"{rows[:, 1].max():.2f}; n={len(rows)}"
        )


def stillness(
    dataset: RgbdDataset, network: NetworkMethod, limits: FitLimits, every: int, wrong_share: float
) -> None:
    """Print the jitter under range noise and so large a share of wrong pixels."""
    found = []
    for i in range(0, len(dataset), every * STILL_EVERY):
        case = make_case(dataset, i, Protocol(scale=SCALE))
        lines, plain, medians = [], [], []
        for frame in range(STILL_FRAMES):
            rng = np.random.default_rng([i, frame])
            low = range_noise(case.low, rng, floor_m=0.002, growth_per_m=0.006)
            wrong = rng.random(low.shape) < wrong_share
            low[wrong] = rng.uniform(0.3, 9, np.count_nonzero(wrong))
            estimate = np.ascontiguousarray(network.estimate(case.rgb, low))
            aligned, fit = align(estimate, low, limits)
            lines.append((fit.scale, fit.shift_m))
            plain.append(np.polyfit(cell_means(estimate, low.shape).ravel(), low.ravel(), 1))
            medians.append((np.median(estimate), np.nanmedian(aligned)))
        found.append(np.concatenate([np.std(x, axis=0) for x in (lines, plain, medians)]))
    scale, shift, scale_ls, shift_ls, before, after = np.median(found, axis=0)
    print(
        f"jitter with {wrong_share:.0%} wrong: factor {scale:.5f}, offset {shift * 1e3:.1f} mm; "
        f"least squares {scale_ls:.5f}, {shift_ls * 1e3:.1f} mm; median depth "
        f"{before * 1e3:.1f} mm before, {after * 1e3:.1f} mm after; n={len(found)}"
    )


def cost(limits: FitLimits) -> None:
    """Print the milliseconds of a VGA frame with depth an eighth of its size."""
    rng = np.random.default_rng(1)
    estimate = rng.uniform(1, 5, (480, 640)).astype(np.float32)
    low = cell_means(estimate, (60, 80)) + rng.normal(0, 0.02, (60, 80)).astype(np.float32)
    took = []
    for _ in range(100):
        before = time.thread_time()
        align(estimate, low, limits)
        took.append((time.thread_time() - before) * 1e3)
    print(f"one fit at 640x480: {np.median(took):.2f} ms of CPU time, {min(took):.2f} at best")


def main() -> None:
    """Print all of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--preset", default="tiny")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="only every n-th image")
    args = parser.parse_args()
    torch.set_num_threads(1)
    dataset = open_dataset(args.dataset)
    weights, _ = load_weights(find_share_file(f"models/{args.preset}.safetensors"))
    network = NetworkMethod(network=weights, value_range=dataset.card.value_range)
    limits = fit_limits(NodeConfig().mde.align)
    assert limits is not None  # on by default
    accuracy(dataset, network, limits, args.every)
    flat_parts(dataset, network, limits, args.every)
    for wrong_share in (0.0, 0.05):
        stillness(dataset, network, limits, args.every, wrong_share)
    cost(limits)


if __name__ == "__main__":
    main()
