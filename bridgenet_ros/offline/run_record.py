"""What a run measured, as arrays over time: gaps of the stamps, quality, milliseconds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bridgenet_ros.offline.measuring import Measured, View
from bridgenet_ros.offline.plan import PairArray

Values = npt.NDArray[np.float64]

_NS_PER_MS, _NS_PER_S = 1e6, 1e9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RunRecord:
    """What the parts of a run measured, and the pairs that it was about.

    Attributes:
        pairs: those that were to be processed.
        stamp_offset_ns: what was added to the depth stamps before pairing.
        measured: of the parts, in their order.
        last_error: of the last pair that could not be used.
    """

    pairs: PairArray
    stamp_offset_ns: int
    measured: Sequence[Measured]
    last_error: str = ""

    def gaps_ms(self) -> Values:
        """(n,) depth's stamp less colour's, of each pair."""
        return (self.pairs[:, 3] + self.stamp_offset_ns - self.pairs[:, 1]) / _NS_PER_MS

    def pair_times_s(self) -> Values:
        """(n,) recording times of the pairs, from the first."""
        return self.since_start_s(np.maximum(self.pairs[:, 0], self.pairs[:, 2]))

    def result_times_s(self) -> Values:
        """(m,) recording times of the results, from the first pair."""
        times = [np.array(part.time_ns, np.int64) for part in self.measured]
        return self.since_start_s(np.concatenate(times) if times else np.empty(0, np.int64))

    def since_start_s(self, time_ns: npt.NDArray[np.int64]) -> Values:
        """Seconds from the first pair's recording time."""
        start = np.maximum(self.pairs[:, 0], self.pairs[:, 2]).min() if len(self.pairs) else 0
        return (time_ns - start) / _NS_PER_S

    def quality(self, name: str) -> Values:
        """(m,) a figure of `Quality`, of each result."""
        return self._joined(lambda part: part.quality.get(name))

    def stages(self) -> list[str]:
        """Names of the timings."""
        return list(dict.fromkeys(name for part in self.measured for name in part.timings_ms))

    def timing_ms(self, stage: str) -> Values:
        """(m,) milliseconds of a stage, of each result."""
        return self._joined(lambda part: part.timings_ms.get(stage))

    def views(self) -> list[View]:
        """The kept pictures, in order."""
        return [view for part in self.measured for view in part.views]

    def _joined(self, of: Callable[[Measured], Sequence[float] | None]) -> Values:
        columns = [
            np.full(len(part.time_ns), np.nan) if (found := of(part)) is None else np.array(found)
            for part in self.measured
        ]
        return np.concatenate(columns) if columns else np.empty(0)
