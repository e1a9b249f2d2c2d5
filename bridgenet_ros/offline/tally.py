"""What the parts of a run come to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from bridgenet_ros.offline.measuring import Measured
from bridgenet_ros.offline.options import ProcessSummary
from bridgenet_ros.offline.pairing import lead_text
from bridgenet_ros.offline.plan import Plan
from bridgenet_ros.offline.workers import Finished

_DISORDER = ("late", "duplicate", "time_jump", "invalid_stamp")
"""Reasons that have to do with the order of the stamps."""
_FAR_NS = 100_000_000
"""Streams that begin so far from each other were not started together."""


class Tally:
    """Counts over the parts, added in their order."""

    def __init__(self) -> None:
        self.results = 0
        self.bad_frames: Counter[str] = Counter()
        self.reused = 0
        self.last_error = ""
        self.measured: list[Measured] = []
        self._info_problem = ""
        self._registration = ""

    def add(self, finished: Finished) -> None:
        """Count a part."""
        part = finished.part
        self.results += part.results
        self.bad_frames.update(part.bad_frames)
        self.reused += finished.reused
        if part.measured is not None:
            self.measured.append(part.measured)
        self.last_error = part.last_error or self.last_error
        self._info_problem = part.info_problem or self._info_problem
        self._registration = part.registration or self._registration

    def summary(
        self, plan: Plan, color_topic: str, depth_topic: str, copied: int
    ) -> ProcessSummary:
        """The counts of a whole run."""
        return ProcessSummary(
            color_topic=color_topic,
            depth_topic=depth_topic,
            copied=copied,
            pairs=len(plan.pairs) + plan.skipped,
            skipped=plan.skipped,
            results=self.results,
            unpaired=plan.unpaired,
            bad_frames=dict(self.bad_frames),
            unreadable=plan.unreadable,
            reused=self.reused,
            warnings=self.warnings(plan, color_topic),
            registration=self._registration,
        )

    def warnings(self, plan: Plan, color_topic: str) -> tuple[str, ...]:
        """What the user should know of the plan and of the parts so far, in sentences."""
        return tuple(self._warnings(plan, color_topic))

    def _warnings(self, plan: Plan, color_topic: str) -> Iterator[str]:
        if not plan.infos:
            yield (
                f"no camera info beside {color_topic}: the output has images only. Name its topic "
                "if it has another name"
            )
        elif not plan.infos.calibrated:
            yield (
                f"the camera info beside {color_topic} is without calibration, its focal length "
                "is 0: so is that of the output"
            )
        for topic, sizes in plan.sizes.items():
            if len(sizes) > 1:
                listed = ", ".join(f"{size.width}x{size.height}" for size in sizes)
                yield f"the images of {topic} change their size: {listed}"
        if self._info_problem:
            yield f"images without camera info: {self._info_problem}"
        if abs(plan.lead_ns) >= _FAR_NS:
            yield f"{lead_text(plan.lead_ns)}: what lies before has no partner"
        if disorder := [f"{r} {plan.unpaired[r]}" for r in _DISORDER if r in plan.unpaired]:
            yield f"the stamps do not only grow: images are left out ({', '.join(disorder)})"
