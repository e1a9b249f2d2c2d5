"""Whether a frame can still be on time, judged by how long the frames before it took."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Hashable

import numpy as np

WINDOW = 15
"""Times that a prediction rests on: half a second at 30 Hz."""
SETTLING = 2
"""First frames of a kind, which compile or capture the network for it."""
PROBE_S = 1.0
LONGEST_PROBE_S = 60.0
TRANSPORT_MS = 10_000.0


class TimePredictor:
    """How long a frame will take: median of the last times plus twice their median deviation.

    Up to half of the times may be outliers. Frames of another kind start anew. Not thread-safe.
    """

    def __init__(self) -> None:
        self._kind: Hashable = None
        self._settling = 0
        self._times_ms: deque[float] = deque(maxlen=WINDOW)

    def add(self, kind: Hashable, ms: float) -> None:
        """A frame of this kind took so long; the first `SETTLING` of a kind do not count."""
        if kind != self._kind:
            self._kind, self._settling = kind, SETTLING
            self._times_ms.clear()
        if self._settling:
            self._settling -= 1
        else:
            self._times_ms.append(ms)

    def forget(self) -> None:
        """Rest the next prediction on the times to come."""
        self._times_ms.clear()

    def expected_ms(self, kind: Hashable) -> float:
        """Milliseconds of the next frame of this kind; 0 while that is not known."""
        if kind != self._kind or not self._times_ms:
            return 0.0
        times_ms = np.asarray(self._times_ms)
        median = np.median(times_ms)
        return float(median + 2 * np.median(np.abs(times_ms - median)))


class Deadline:
    """Decides frame by frame whether there is time for the network. Not thread-safe.

    A frame that is predicted to miss runs all the same once no frame has run for a while, because
    the prediction could not improve otherwise: after `PROBE_S`, and after twice as long each time
    that this was in vain.

    Attributes:
        budget_ms: greatest age of a result, milliseconds; 0 or infinite: any.
    """

    def __init__(self, budget_ms: float = 0.0) -> None:
        self.budget_ms = budget_ms
        self._predictor = TimePredictor()
        self._ran_s = -math.inf
        self._probe_s = PROBE_S

    @property
    def is_set(self) -> bool:
        """Whether there is one."""
        return 0 < self.budget_ms < math.inf

    def why_late(self, kind: Hashable, *, age_ms: float, now_s: float) -> str:
        """Why there is no time for the network, in words; empty where it is to run.

        Args:
            kind: what the time depends on: image size, outputs, network.
            age_ms: see `frame_age_ms`.
            now_s: monotonic clock.
        """
        budget_ms = self.budget_ms
        if not self.is_set:
            return ""
        expected_ms = self._predictor.expected_ms(kind)
        if age_ms + expected_ms <= budget_ms:
            return ""
        if age_ms < budget_ms and now_s - self._ran_s >= self._probe_s:
            self._predictor.forget()
            return ""
        return (
            f"{age_ms:.0f} ms old when its turn came, {expected_ms:.0f} ms expected, "
            f"schedule.budget_ms {budget_ms:g}"
        )

    def ran(self, kind: Hashable, *, took_ms: float, now_s: float) -> None:
        """The network has run; the frame took so long, publishing included."""
        in_vain = 0 < self.budget_ms < took_ms
        self._probe_s = min(2 * self._probe_s, LONGEST_PROBE_S) if in_vain else PROBE_S
        self._ran_s = now_s
        self._predictor.add(kind, took_ms)


def frame_age_ms(*, waited_ms: float, stamp_age_ms: float) -> float:
    """The age of a frame by its stamp, or since its arrival where that stamp tells nothing.

    A recording's stamps, or those of a camera with a clock of its own, make ages that no transport
    explains: negative ones, or more than `TRANSPORT_MS` from exposure to arrival.

    Args:
        waited_ms: since the images arrived.
        stamp_age_ms: the node's time less the stamp.
    """
    explained = 0 <= stamp_age_ms - waited_ms <= TRANSPORT_MS
    return stamp_age_ms if explained else waited_ms
