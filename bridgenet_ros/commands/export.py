"""`bridgenet export`: the network as an ONNX model, OpenVINO IR or TensorRT engine."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from bridgenet_ros.commands._weights import add_weights_arguments, chosen_weights

NAME = "export"
HELP = "write the network for another runtime, with a sidecar that describes it"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_weights_arguments(parser, required=True)
    parser.add_argument("--backend", required=True, choices=("onnx", "openvino", "tensorrt"))
    parser.add_argument(
        "--size",
        type=_size,
        metavar="WxH",
        help="of the images, such as 640x480; without it any size, except with tensorrt",
    )
    parser.add_argument("--estimate", action="store_true", help="also the estimated depth")
    parser.add_argument(
        "--precision", choices=("float32", "float16"), default="float32", help="of the weights"
    )
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar="FILE", help="*.onnx, *.xml or *.plan"
    )


def run(args: argparse.Namespace) -> int:
    """Write the file and its sidecar; returns the exit code.

    Raises:
        ConfigError: what was asked for cannot be exported here.
        WeightsError: the weights are missing or corrupt.
        EngineError: TensorRT could not build its engine.
    """
    import torch

    from bridgenet_ros.engine.export import ExportOptions, export_network
    from bridgenet_ros.network.weights import load_weights

    path = chosen_weights(args)
    assert path is not None  # the parser wants one
    network, card = load_weights(path)
    options = ExportOptions(
        form=args.backend,
        size=args.size,
        estimate=args.estimate,
        dtype=getattr(torch, args.precision),
    )
    sidecar = export_network(network, card, args.output, options, print)
    print(f"{args.output}: {args.output.stat().st_size / 1e6:.1f} MB; described in {sidecar.name}")
    return 0


def _size(text: str) -> tuple[int, int]:
    """``WxH`` as (H, W)."""
    found = re.fullmatch(r"(\d+)x(\d+)", text)
    if not found:
        raise argparse.ArgumentTypeError(f"{text!r}; expected WxH, such as 640x480")
    return int(found[2]), int(found[1])
