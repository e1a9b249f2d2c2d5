"""Search the classical filters' parameters on training images, for `evaluation.baselines.TUNED`.

    python benchmarks/tune_baselines.py --data ../shared/data

Depth: every hundredth image of nyu_v2_train from 50 on; disparity: every third of middlebury_train.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from bridgenet_ros.evaluation.tuning import tune
from bridgenet_ros.open_dataset import open_dataset

IMAGES = {
    "depth": ("nyu_v2_train", range(50, 1000, 100)),
    "disparity": ("middlebury_train", range(0, 24, 3)),
}


def main() -> None:
    """Print the best filters of each kind and scale."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--kind", nargs="+", choices=tuple(IMAGES), default=list(IMAGES))
    parser.add_argument("--scale", nargs="+", type=int, default=[4, 8, 16])
    args = parser.parse_args()
    for kind in args.kind:
        name, indices = IMAGES[kind]
        dataset = open_dataset(args.data / name)
        for scale in args.scale:
            for method, (best, error) in tune(dataset, scale, indices).items():
                setting = "" if method == "bicubic" else f", {best}"
                print(f"{kind} x{scale} {method}: {error:.5g}{setting}", flush=True)


if __name__ == "__main__":
    main()
