"""Error-map pictures."""

from __future__ import annotations

from pathlib import Path

import cv2

from bridgenet_ros.data.folder import RgbdFolder
from bridgenet_ros.evaluation.baselines import bicubic, nearest
from bridgenet_ros.evaluation.pictures import draw_errors, save_errors
from bridgenet_ros.evaluation.protocol import Protocol, make_case


def test_one_column_a_method_and_one_for_the_input(depth_pairs: RgbdFolder) -> None:
    case = make_case(depth_pairs, 0, Protocol(scale=8))
    results = {"nearest": nearest(case.rgb, case.low), "bicubic": bicubic(case.rgb, case.low)}
    figure = draw_errors(case, results, unit="m", title="t")
    titles = [axes.get_title() for axes in figure.axes]
    assert titles[:3] == ["colour, 0", "nearest", "bicubic"]
    assert titles[4].startswith("error: RMSE")


def test_the_file_is_named_by_protocol_scale_and_image(
    depth_pairs: RgbdFolder, tmp_path: Path
) -> None:
    protocol = Protocol(scale=8)
    case = make_case(depth_pairs, 1, protocol)
    path = save_errors(
        tmp_path / "p", depth_pairs, protocol, case, {"bicubic": bicubic(case.rgb, case.low)}
    )
    assert path.name == "boxes_bicubic_x8_1.png"
    assert cv2.imread(str(path)).shape[1] > 500
