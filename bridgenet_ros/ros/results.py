"""What becomes of each result and each refused frame: published, counted, measured, kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rclpy.node import Node
from sensor_msgs.msg import CameraInfo

from bridgenet_ros.calibration import intrinsics_if_known
from bridgenet_ros.config import NodeConfig
from bridgenet_ros.errors import FrameError
from bridgenet_ros.frame import DepthResult, RgbdFrame
from bridgenet_ros.output_record import OutputRecord
from bridgenet_ros.quality import QualityMonitor
from bridgenet_ros.ros.derived_outputs import LOG_EVERY_S
from bridgenet_ros.ros.outputs import Outputs
from bridgenet_ros.ros.publishers import Publishers
from bridgenet_ros.ros.result_notes import ResultNotes
from bridgenet_ros.ros.shutdown import UntilShutdown
from bridgenet_ros.snapshot import Snapshot


class Results:
    """Has publishers from `open` to `close`; the figures and notes live as long as the node.

    `take` and `wants_estimate` are the worker's while it runs. Frames are refused by the worker
    and by the executor's thread; the rest is the executor's.

    Args:
        node: publishes and logs.
        config: the settings as they are now.
        now_s: in which silence is measured.
    """

    def __init__(
        self, node: Node, config: Callable[[], NodeConfig], now_s: Callable[[], float]
    ) -> None:
        self.record = OutputRecord(now_s())
        self.quality = QualityMonitor()
        self.notes = ResultNotes(node.get_logger())
        self.color_info: CameraInfo | None = None
        """Colour's newest calibration; what is published has it too."""
        self.newest: tuple[RgbdFrame, DepthResult] | None = None
        """The last frame that has its depth, since `open`."""
        self._node = node
        self._config = config
        self._now_s = now_s
        self._publishers = Publishers(node)
        self._outputs: Outputs | None = None

    def open(self) -> None:
        """Create the publishers; where that fails, `close` removes those that were made.

        Raises:
            ConfigError: a ``qos_overrides`` parameter has a value that cannot be.
        """
        self._outputs = Outputs(self._publishers, self._config().output)

    def close(self) -> None:
        """Remove the publishers and forget the frames; the worker has stopped."""
        self._outputs = None
        self._publishers.destroy()
        self.newest = None
        self.quality.reset()

    @property
    def wanted(self) -> bool:
        """True while anyone subscribes to anything of this, and until the first result.

        The first one comes even if nobody waits for it: until then the watch says why not.
        """
        return self.newest is None or (self._outputs is not None and self._outputs.wanted)

    def wants_estimate(self) -> bool:
        """Whether the estimated depth is asked for, by a setting or by a subscriber."""
        if self._config().mde.enable:
            return True
        with UntilShutdown(self._node.context):
            return self._outputs is not None and self._outputs.estimate_wanted
        return False

    def take(self, frame: RgbdFrame, result: DepthResult) -> None:
        """A frame has its depth."""
        assert self._outputs is not None  # the worker stops before the publishers go
        config = self._config()
        with UntilShutdown(self._node.context):
            self._outputs.publish(frame, result, config, self.color_info)
        self.record.output(self._now_s())
        self.newest = frame, result
        self.notes.take(result)
        self.quality.add(frame, result, config.diagnostics.quality_every)

    def refuse(self, reason: str, message: str) -> None:
        """A frame has failed, for a reason that is counted, with words for the log."""
        self.record.refused(reason, message)
        logger = self._node.get_logger()
        if reason == "engine":  # not the frame's fault
            logger.error(message, throttle_duration_sec=LOG_EVERY_S)
            return
        logger.warning(f"frame dropped ({reason}): {message}", throttle_duration_sec=LOG_EVERY_S)

    def reset(self) -> None:
        """Forget the figures; the next cloud and preview go out whenever they come."""
        self.quality.reset()
        if self._outputs is not None:
            self._outputs.reset()

    def snapshot(self, facts: Mapping[str, str]) -> Snapshot:
        """The newest frame with all that belongs to it, to be saved.

        Args:
            facts: what else is known of the node.

        Raises:
            FrameError: ``no_frame``, there is none yet.
        """
        if self.newest is None:
            raise FrameError("no_frame", "there is no frame yet to save")
        frame, result = self.newest
        height, width = frame.rgb.shape[:2]
        return Snapshot(
            frame=frame,
            result=result,
            intrinsics=intrinsics_if_known(self.color_info, width, height),
            config=self._config(),
            facts=facts,
            quality=self.quality.snapshot(),
        )
