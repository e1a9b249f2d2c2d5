"""Asks the watchdog every second why nothing comes out, and passes its verdict on."""

from __future__ import annotations

from collections.abc import Callable

from diagnostic_msgs.msg import DiagnosticStatus, KeyValue
from rclpy.clock import Clock
from rclpy.node import Node

from bridgenet_ros.config import NodeConfig
from bridgenet_ros.output_record import OutputRecord
from bridgenet_ros.ros.diagnostics import status_name
from bridgenet_ros.ros.inputs import ImageInputs
from bridgenet_ros.ros.node_time import NodeTime
from bridgenet_ros.stream_meter import lag_ns, nearest_gap_ns
from bridgenet_ros.watchdog import InputFacts, Situation, Verdict, judge

PERIOD_S = 1.0
PERIODS = 5
"""At least so many looks within the timeout."""


class Watch:
    """One message in the log for each change of the verdict, and the verdict for diagnostics.

    Args:
        node: logs.
        inputs: what is looked at.
        record: of the results and refusals; starts anew here.
        config: the settings as they are now.
        enabled: False while the node is paused, when silence is what was asked for.
        busy_s: how long the network has been at work without a result.
        time: in which silence is measured.
        clock: steady, so that a paused bag does not stop the watch.
    """

    def __init__(
        self,
        node: Node,
        inputs: ImageInputs,
        record: OutputRecord,
        *,
        config: Callable[[], NodeConfig],
        enabled: Callable[[], bool],
        busy_s: Callable[[], float],
        time: NodeTime,
        clock: Clock,
    ) -> None:
        self._node = node
        self._inputs = inputs
        self._record = record
        self._config = config
        self._enabled = enabled
        self._busy_s = busy_s
        self._time = time
        self._begun_s = time.now_s()
        self._situation: Situation | None = None
        self._verdict: Verdict | None = None
        self._stopped = False
        record.output(self._begun_s)
        timeout_s = config().watchdog.timeout_s
        self._period_s = min(PERIOD_S, timeout_s / PERIODS) if timeout_s > 0 else PERIOD_S
        self._timer = node.create_timer(self._period_s, self._look, clock=clock)

    def close(self) -> None:
        """Look no more."""
        self._node.destroy_timer(self._timer)

    def status(self) -> DiagnosticStatus:
        """ERROR while nothing comes out for a known cause, WARN where depth comes all the same.

        That is while colour has no camera info or no frame_id, or ``/clock`` has not begun.
        """
        verdict, situation = self._verdict, self._situation
        level = DiagnosticStatus.OK
        if verdict is not None:
            level = DiagnosticStatus.ERROR if self._stopped else DiagnosticStatus.WARN
        values = _values(situation) if situation is not None else {}
        values |= {"cause": verdict.cause, "topic": verdict.topic} if verdict is not None else {}
        return DiagnosticStatus(
            level=level,
            name=status_name(self._node, "inputs"),
            message=verdict.message if verdict is not None else "nothing is known to be wrong",
            values=[KeyValue(key=key, value=value) for key, value in values.items()],
        )

    def _look(self) -> None:
        now_s = self._time.now_s()
        if not self._enabled():
            self._record.output(now_s)
        timeout_s = self._config().watchdog.timeout_s
        # One period early, so that the word comes within the timeout.
        patience_s = max(timeout_s - self._period_s, timeout_s / 2)
        self._situation = self._look_around(now_s, patience_s)
        on = self._enabled() and timeout_s > 0
        silent = self._situation.silent_s >= patience_s
        self._say(judge(self._situation) if on else None, stopped=silent)

    def _say(self, verdict: Verdict | None, *, stopped: bool) -> None:
        before, self._verdict = self._verdict, verdict
        was_stopped, self._stopped = self._stopped, stopped
        if _name(before) == _name(verdict):
            return
        logger = self._node.get_logger()
        if verdict is not None:
            logger.warning(verdict.message)
        elif self._enabled():
            end = "depth comes out again" if was_stopped else "all is well again"
            logger.info(f"{end} (it was: {_name(before)})")

    def _look_around(self, now_s: float, timeout_s: float) -> Situation:
        inputs, sync = self._inputs, self._config().sync
        color, depth = inputs.color.meter.stamps_ns, inputs.depth.meter.stamps_ns
        offset_ns = sync.stamp_offset_ns
        shifted = [stamp_ns + offset_ns for stamp_ns in depth]
        return Situation(
            color=inputs.color.facts(now_s),
            depth=inputs.depth.facts(now_s),
            info=inputs.info.facts(now_s),
            silent_s=self._record.silent_s(now_s),
            watched_s=now_s - self._begun_s,
            timeout_s=timeout_s,
            gap_s=_seconds(nearest_gap_ns(color, shifted)),
            lag_s=_seconds(lag_ns(color, shifted)),
            slop_s=sync.slop,
            exact=sync.policy == "exact",
            offset_s=sync.stamp_offset,
            refusals=self._record.refusals(),
            waits_for_clock=self._time.waits_for_clock,
            busy_s=self._busy_s(),
        )


def _seconds(ns: int | None) -> float | None:
    return None if ns is None else ns / 1e9


def _name(verdict: Verdict | None) -> str:
    """What makes two verdicts the same although their figures differ."""
    return f"{verdict.cause} {verdict.topic}".strip() if verdict is not None else ""


def _values(situation: Situation) -> dict[str, str]:
    values = {"silent_s": f"{situation.silent_s:.1f}"}
    for name, seconds in (("stamp_gap_s", situation.gap_s), ("stamp_lag_s", situation.lag_s)):
        if seconds is not None:
            values[name] = f"{seconds:.3f}"
    for facts in (situation.color, situation.depth, situation.info):
        values |= _input_values(facts)
    return values


def _input_values(facts: InputFacts) -> dict[str, str]:
    return {
        f"{facts.name}.topic": facts.topic,
        f"{facts.name}.publishers": str(len(facts.offered_types)),
        f"{facts.name}.types": " ".join(sorted(set(facts.offered_types))),
        f"{facts.name}.messages": str(facts.messages),
        f"{facts.name}.rate_hz": f"{facts.rate_hz:.2f}",
    }
