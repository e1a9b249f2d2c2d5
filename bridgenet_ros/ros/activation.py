"""What the node has only while it is active: subscriptions, pairing, the worker and the watch."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack

from diagnostic_msgs.msg import DiagnosticStatus
from rclpy.clock import Clock
from rclpy.node import Node
from sensor_msgs.msg import CameraInfo

from bridgenet_ros.config import NodeConfig
from bridgenet_ros.live import LiveSession, make_synchronizer
from bridgenet_ros.live_worker import JOIN_S
from bridgenet_ros.pipeline import Pipeline
from bridgenet_ros.ros.conversion import Decoder
from bridgenet_ros.ros.derived_outputs import LOG_EVERY_S
from bridgenet_ros.ros.inputs import FOLLOW_PERIOD_S, Callbacks, ImageInputs
from bridgenet_ros.ros.node_time import NodeTime
from bridgenet_ros.ros.reception import Reception
from bridgenet_ros.ros.results import Results
from bridgenet_ros.ros.rigs import Rigs
from bridgenet_ros.ros.watch import Watch

TIME_JUMP = "stamps went back in time, as in a looped recording: pairing starts anew"
GIVEN_UP = (
    f"the network has not finished its frame within {JOIN_S:.0f} s: the node stops without it; its "
    "result will be dropped and its memory freed once it is done"
)


class Activation:
    """Receives images and runs them from its making to `close`; on the executor's thread.

    Args:
        node: subscribes and logs.
        pipeline: its worker's until `close`.
        results: take what the worker brings.
        config: the settings as they are now.
        time: in which silence and ages are measured.
        clock: steady, for the timers.
        enabled: False where the node is paused.

    Raises:
        ConfigError: as `ImageInputs`; then nothing is left of it.
    """

    def __init__(
        self,
        node: Node,
        pipeline: Pipeline,
        results: Results,
        *,
        config: Callable[[], NodeConfig],
        time: NodeTime,
        clock: Clock,
        enabled: bool,
    ) -> None:
        self._node = node
        self._results = results
        self._config = config
        self._time = time
        with ExitStack() as undo:
            self.rigs = Rigs(node, config().register, lambda: results.color_info)
            undo.callback(self.rigs.close)
            self.session = self._make_session(pipeline)
            self.session.enabled = enabled
            undo.callback(self.session.stop)
            self.apply(config())
            self.inputs = self._make_inputs()
            undo.callback(self.inputs.close)
            self._watch = Watch(
                node,
                self.inputs,
                results.record,
                config=config,
                enabled=lambda: self.state == "active",
                busy_s=lambda: self.session.busy_s,
                time=time,
                clock=clock,
            )
            undo.callback(self._watch.close)
            # Not at once: publishers are still being discovered.
            follower = node.create_timer(FOLLOW_PERIOD_S, self._follow_publishers, clock=clock)
            undo.callback(node.destroy_timer, follower)
            self.session.start()
            self._closing = undo.pop_all()

    def close(self) -> None:
        """Stop receiving, finish the frames in hand, stop the worker.

        Where a frame does not end the session is still running afterwards, and the pipeline its.
        """
        self._closing.close()
        if self.session.running and self._node.context.ok():
            self._node.get_logger().error(GIVEN_UP)

    @property
    def state(self) -> str:
        """``paused`` by the service, ``idle`` while nobody listens, else ``active``."""
        if not self.session.enabled:
            return "paused"
        return "idle" if self.inputs.idle else "active"

    @property
    def color_hz(self) -> float:
        """The pace of colour; 0 while it is not known."""
        return self.inputs.color.meter.pace_hz

    def apply(self, config: NodeConfig) -> None:
        """Have the live settings."""
        self.rigs.finder.mode = config.register.mode
        self.session.update_sync(config.sync)
        self.session.update_schedule(config.schedule)

    def status(self) -> DiagnosticStatus:
        """What the watch says of the inputs."""
        return self._watch.status()

    def facts(self) -> dict[str, str]:
        """How the images are received, and what is noted of the results."""
        color, depth = self.inputs.reliability
        return {"rgb_qos": color, "depth_qos": depth, **self._results.notes.facts()}

    def _make_session(self, pipeline: Pipeline) -> LiveSession:
        return LiveSession(
            pipeline,
            make_synchronizer(self._config().sync),
            on_result=self._results.take,
            wants_estimate=self._results.wants_estimate,
            age_ms=self._time.age_ms,
            on_error=self._results.refuse,
            find_rig=self.rigs.find,
            on_jump=self._on_jump,
            now_s=self._time.now_s,
        )

    def _make_inputs(self) -> ImageInputs:
        reception = Reception(Decoder(), self.session, self._results.refuse)
        callbacks = Callbacks(
            color=reception.color,
            depth=reception.depth,
            pair=reception.pair,
            jump=self.session.note_jump,
            drop=self.session.drop,
            info=self._on_color_info,
        )
        return ImageInputs(self._node, self._config(), callbacks, self._time.now_s)

    def _on_color_info(self, message: CameraInfo) -> None:
        self._results.color_info = message

    def _on_jump(self) -> None:
        self._node.get_logger().warning(TIME_JUMP, throttle_duration_sec=LOG_EVERY_S)

    def _follow_publishers(self) -> None:
        wanted = self._results.wanted or not self._config().input.lazy
        if done := self.inputs.follow(wanted=wanted):
            self._node.get_logger().info(done)
        if self.inputs.idle:
            self.rigs.close()
