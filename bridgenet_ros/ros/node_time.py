"""The time in which the node measures silence and rates."""

from __future__ import annotations

from time import monotonic

from rclpy.clock import ROSClock
from rclpy.node import Node

from bridgenet_ros.continuous_time import ContinuousTime

CLOCK = "/clock"


class NodeTime:
    """ROS time with ``use_sim_time``, else the steady clock, which nobody sets.

    Until `CLOCK` has begun the steady clock stands in for it, so that a node that waits for it
    in vain still says so.
    """

    def __init__(self, node: Node) -> None:
        clock = node.get_clock()
        assert isinstance(clock, ROSClock)  # every node's is
        self._clock = clock
        self._time = ContinuousTime(self._read_s)

    def now_s(self) -> float:
        """Seconds since the node was made; never goes back, and stands still with the ROS clock."""
        return self._time.now_s()

    @property
    def waits_for_clock(self) -> bool:
        """True while ``use_sim_time`` is set and nothing has come on `CLOCK`."""
        clock = self._clock
        return bool(clock.ros_time_is_active) and clock.now().nanoseconds == 0

    def age_ms(self, stamp_ns: int) -> float:
        """Milliseconds since a stamp, on the node's clock; NaN while that has not begun."""
        if self.waits_for_clock:
            return float("nan")
        return float(self._clock.now().nanoseconds - stamp_ns) / 1e6

    def _read_s(self) -> float:
        clock = self._clock
        ros_ns = clock.now().nanoseconds if clock.ros_time_is_active else 0
        return ros_ns / 1e9 if ros_ns else monotonic()
