"""A strict run refuses every recording that another run would warn about, and leaves nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from processors import Constant
from tiny_bags import (
    COLOR,
    COLOR_INFO,
    DEPTH,
    PERIOD,
    START,
    Recorded,
    image,
    info,
    recording,
    write_bag,
)

from bridgenet_ros.errors import BagError
from bridgenet_ros.image_codec import encode_color, encode_depth
from bridgenet_ros.offline.options import RunOptions
from bridgenet_ros.offline.process_bag import process_bag

STRICT = RunOptions(strict=True)


def without_info() -> list[Recorded]:
    return [m for m in recording() if m[0] != COLOR_INFO]


def without_calibration() -> list[Recorded]:
    return [info(COLOR_INFO, m[2], fx=0.0) if m[0] == COLOR_INFO else m for m in recording()]


def depth_later() -> list[Recorded]:
    return [m for m in recording(10) if m[0] != DEPTH or m[2] >= START + 4 * PERIOD]


def stamps_again() -> list[Recorded]:
    again = [(topic, kind, ns + 1_000_000_000, raw) for topic, kind, ns, raw in recording()]
    return [*recording(), *again]


def of_size(stamp: int, color: tuple[int, int], depth: tuple[int, int]) -> list[Recorded]:
    return [
        image(COLOR, stamp, encode_color(np.zeros((*color, 3), np.uint8))),
        image(DEPTH, stamp, encode_depth(np.full(depth, 1000, np.uint16))),
    ]


def other_size() -> list[Recorded]:
    """All of one size, which the calibration does not have."""
    return [info(COLOR_INFO, START), *of_size(START, (24, 31), (2, 3))]


def color_changes() -> list[Recorded]:
    return [*recording(), *of_size(START + 20 * PERIOD, (24, 31), (2, 3))]


def depth_changes() -> list[Recorded]:
    return [*recording(), *of_size(START + 20 * PERIOD, (8, 12), (4, 6))]


@pytest.mark.parametrize(
    ("messages", "named"),
    [
        (without_info(), "no camera info beside"),
        (without_calibration(), "the camera info beside /rgb/image is without calibration"),
        (depth_later(), "depth begins 0.133 s after colour"),
        (stamps_again(), "the stamps do not only grow"),
        (other_size(), "images without camera info"),
        (color_changes(), "the images of /rgb/image change their size: 12x8, 31x24"),
        (depth_changes(), "the images of /depth/image change their size: 3x2, 6x4"),
    ],
)
def test_a_warning_is_a_refusal(tmp_path: Path, messages: list[Recorded], named: str) -> None:
    source, target = write_bag(tmp_path / "in.mcap", messages), tmp_path / "out.mcap"
    with pytest.raises(BagError, match=rf"in\.mcap: {named}.*; refused, because the run is strict"):
        process_bag(source, target, Constant, how=STRICT)
    assert [path.name for path in tmp_path.iterdir()] == ["in.mcap"]

    assert named in " ".join(process_bag(source, target, Constant).warnings)
    # Nor is what another run has made taken for a strict one's.
    again = RunOptions(strict=True, resume=True)
    with pytest.raises(BagError, match=named):
        process_bag(source, target, Constant, how=again)


def test_a_clean_recording_passes(tmp_path: Path) -> None:
    source = write_bag(tmp_path / "in.mcap", recording())
    assert process_bag(source, tmp_path / "out.mcap", Constant, how=STRICT).results == 3
