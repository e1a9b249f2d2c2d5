"""What TensorBoard can read of a run."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from bridgenet_ros.training.events import EventFiles
from bridgenet_ros.training.train import StepReport
from bridgenet_ros.training.validation import Validated

event_accumulator = pytest.importorskip(
    "tensorboard.backend.event_processing.event_accumulator", reason="tensorboard is not installed"
)


def report(step: int, mde: float | None) -> StepReport:
    norms = {"dsr": 2.5, "mde": 0.5}
    return StepReport(step, 0.1, 3.0 + 0.5 * step, 8, 0.01, 0.02, mde, None, 1e-3, norms)


def test_curves_and_pictures_come_back(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "p.png"), np.full((8, 12, 3), 200, dtype=np.uint8))
    events = EventFiles(tmp_path, 0)
    for step in range(11):
        events.add_step(report(step, 0.3 if step == 0 else None), {8: 0.5})
    events.add_validation(11, [Validated("room", 8, 0.75, tmp_path / "p.png")])
    events.close()
    found = event_accumulator.EventAccumulator(str(tmp_path / "events"))
    found.Reload()
    curves = {
        tag: [(e.step, e.value) for e in found.Scalars(tag)] for tag in found.Tags()["scalars"]
    }
    assert {tag: points[-1] for tag, points in curves.items()} == {
        "loss/D_SR": (10, pytest.approx(0.01)),
        "loss/bicubic": (10, pytest.approx(0.02)),
        "loss/D_DE": (0, pytest.approx(0.3)),
        "learning_rate": (10, pytest.approx(1e-3)),
        "ratio/x8": (10, 0.5),
        "gradient_norm/dsr": (10, 2.5),
        "gradient_norm/mde": (10, 0.5),
        "steps_per_second": (10, 2.0),
        "validation/room/x8": (11, 0.75),
    }
    assert len(curves["loss/D_SR"]) == 2
    (image,) = found.Images("validation/room/x8")
    assert (image.step, image.width, image.height) == (11, 12, 8)
