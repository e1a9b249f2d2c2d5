"""The lifecycle node ``bridgenet``: decodes, hands over, publishes; it computes nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray
from rclpy.clock import Clock, ClockType
from rclpy.context import Context
from rclpy.lifecycle import LifecycleNode, LifecycleState, TransitionCallbackReturn
from rclpy.parameter import Parameter
from sensor_msgs.msg import CameraInfo

from bridgenet_ros import interface
from bridgenet_ros.calibration import intrinsics_if_known
from bridgenet_ros.config import NodeConfig
from bridgenet_ros.errors import BridgeNetError, FrameError
from bridgenet_ros.frame import DepthResult, RgbdFrame
from bridgenet_ros.live import LiveSession, make_synchronizer
from bridgenet_ros.output_record import OutputRecord
from bridgenet_ros.pipeline import Pipeline, build_pipeline, frame_settings
from bridgenet_ros.quality import QualityMonitor
from bridgenet_ros.ros.conversion import Decoder
from bridgenet_ros.ros.diagnostics import Report, diagnostic_array
from bridgenet_ros.ros.inputs import Callbacks, ImageInputs
from bridgenet_ros.ros.model_report import log_model, model_facts, model_problem
from bridgenet_ros.ros.node_time import NodeTime
from bridgenet_ros.ros.outputs import Outputs
from bridgenet_ros.ros.parameters import NodeParameters
from bridgenet_ros.ros.reception import Reception
from bridgenet_ros.ros.result_notes import ResultNotes
from bridgenet_ros.ros.rigs import Rigs
from bridgenet_ros.ros.services import Actions, Services
from bridgenet_ros.ros.watch import Watch
from bridgenet_ros.snapshot import Snapshot, save_snapshot

FOLLOW_PERIOD_S = 0.5
"""How often the publishers' QoS and our subscribers are looked at."""
LOG_EVERY_S = 5.0
TIME_JUMP = "stamps went back in time, as in a looped recording: pairing starts anew"

SUCCESS = TransitionCallbackReturn.SUCCESS
FAILURE = TransitionCallbackReturn.FAILURE


class BridgeNetNode(LifecycleNode):
    """Configure loads the model, activate subscribes, deactivate stops and frees the model.

    Activating again builds the model that configuring has chosen. Clean-up removes the publishers
    and forgets the choice.

    Threads: the executor's thread decodes and pairs; the session's worker owns the model and
    publishes.

    Raises:
        ConfigError: a parameter override is outside its range.
    """

    def __init__(
        self,
        *,
        context: Context | None = None,
        parameter_overrides: list[Parameter] | None = None,
        **node_arguments: Any,  # noqa: ANN401
    ) -> None:
        super().__init__(
            interface.NODE_NAME,
            context=context,
            parameter_overrides=parameter_overrides,
            **node_arguments,
        )
        self._pipeline: Pipeline | None = None
        self._session: LiveSession | None = None
        self._inputs: ImageInputs | None = None
        self._watch: Watch | None = None
        self._time = NodeTime(self)
        self._record = OutputRecord(self._time.now_s())
        self._rigs: Rigs | None = None
        self._outputs: Outputs | None = None
        self._color_info: CameraInfo | None = None
        self._color_hz = 0.0
        self._latest: tuple[RgbdFrame, DepthResult] | None = None
        self._notes = ResultNotes(self.get_logger())
        self._quality = QualityMonitor()
        self._enabled = True
        self._settings = NodeParameters(
            self, lambda: self._pipeline is not None, self._apply_live_settings
        )
        self._decoder = Decoder()
        Services(
            self,
            Actions(enable=self._enable, reset=self._reset, save_snapshot=self._save_snapshot),
        )
        self._diagnostics = self.create_publisher(DiagnosticArray, interface.DIAGNOSTICS, 10)
        # Steady: reports must go on while a paused bag stops the ROS clock.
        self._steady = Clock(clock_type=ClockType.STEADY_TIME)
        self.create_timer(self.config.diagnostics.period, self._report, clock=self._steady)
        follow = self._follow_publishers
        self._follower = self.create_timer(FOLLOW_PERIOD_S, follow, clock=self._steady)

    @property
    def config(self) -> NodeConfig:
        """The parameters as they are now."""
        return self._settings.config

    # Lifecycle

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:  # noqa: ARG002
        """Load the weights, warm the network up, create the publishers."""
        try:
            # Of the camera, where its rate is not given and has been measured.
            model = self.config.model
            model = replace(model, rate=model.rate or self._color_hz)
            self._pipeline = build_pipeline(replace(self.config, model=model))
            self._warm_up(self._pipeline)
            self._outputs = Outputs(self, self.config.output)
        except BridgeNetError as error:
            self.get_logger().error(str(error))
            self._free()
            return FAILURE
        return SUCCESS

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Load the model where it was freed, subscribe, start the worker."""
        assert self._pipeline is not None  # configured
        try:
            if self._pipeline.reopen():
                self._warm_up(self._pipeline)
            self._open(self._pipeline)
        except BridgeNetError as error:
            self.get_logger().error(str(error))
            self._stop()
            return FAILURE
        return super().on_activate(state)

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Stop receiving, finish the frame in hand, free the model."""
        self._stop()
        return super().on_deactivate(state)

    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:  # noqa: ARG002
        """Free the model and remove the publishers."""
        self._free()
        return SUCCESS

    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:  # noqa: ARG002
        """Stop and free, from any state."""
        self._stop()
        self._free()
        return SUCCESS

    def destroy_node(self) -> None:
        """Stop the worker before the publishers go."""
        self._stop()
        self._free()
        super().destroy_node()

    def _warm_up(self, pipeline: Pipeline) -> None:
        model = self.config.model
        pipeline.warm_up(model.warmup, (model.height, model.width))
        log_model(pipeline, self.get_logger())

    def _open(self, pipeline: Pipeline) -> None:
        self._rigs = Rigs(self, self.config.register, lambda: self._color_info)
        self._session = LiveSession(
            pipeline,
            make_synchronizer(self.config.sync),
            on_result=self._publish,
            wants_estimate=self._wants_estimate,
            age_ms=self._time.age_ms,
            on_error=self._on_frame_error,
            find_rig=self._rigs.find,
            on_jump=self._on_jump,
            now_s=self._time.now_s,
        )
        self._session.enabled = self._enabled
        self._apply_live_settings(self.config)
        reception = Reception(self._decoder, self._session, self._on_frame_error)
        self._inputs = ImageInputs(
            self,
            self.config,
            Callbacks(
                color=reception.color,
                depth=reception.depth,
                pair=reception.pair,
                jump=self._session.note_jump,
                drop=self._session.drop,
                info=self._on_color_info,
            ),
            self._time.now_s,
        )
        self._watch = Watch(
            self,
            self._inputs,
            self._record,
            config=lambda: self.config,
            enabled=lambda: self._state_name() == "active",
            time=self._time,
            clock=self._steady,
        )
        self._session.start()
        self._follower.reset()  # not at once: publishers are still being discovered

    def _stop(self) -> None:
        if self._watch is not None:
            self._watch.close()
            self._watch = None
        if self._inputs is not None:
            self._color_hz = self._inputs.color.meter.pace_hz or self._color_hz
            self._inputs.close()
            self._inputs = None
        if self._rigs is not None:
            self._rigs.close()
            self._rigs = None
        if self._session is not None:
            self._session.stop()
            self._session = None
        if self._pipeline is not None:
            self._pipeline.close()

    def _free(self) -> None:
        if self._outputs is not None:
            self._outputs.destroy()
            self._outputs = None
        if self._pipeline is not None:
            self._pipeline.close()
            self._pipeline = None
        self._latest = None
        self._quality.reset()

    # Executor's thread

    def _on_color_info(self, message: CameraInfo) -> None:
        self._color_info = message

    def _follow_publishers(self) -> None:
        if self._inputs is None or self._rigs is None or self._outputs is None:
            return
        # The first result comes even if nobody waits for it: until then the watch says why not.
        lazy = self.config.input.lazy and self._latest is not None
        if done := self._inputs.follow(wanted=self._outputs.wanted or not lazy):
            self.get_logger().info(done)
        if self._inputs.idle:
            self._rigs.close()

    def _on_jump(self) -> None:
        self.get_logger().warning(TIME_JUMP, throttle_duration_sec=LOG_EVERY_S)

    def _enable(self, enabled: bool) -> None:
        self._enabled = enabled
        if self._session is not None:
            self._session.enabled = enabled

    def _reset(self) -> None:
        self._quality.reset()
        if self._session is not None:
            self._session.reset()
        if self._outputs is not None:
            self._outputs.reset()

    def _save_snapshot(self) -> Path:
        if self._latest is None:
            raise FrameError("no_frame", "there is no frame yet to save")
        frame, result = self._latest
        height, width = frame.rgb.shape[:2]
        return save_snapshot(
            Snapshot(
                frame=frame,
                result=result,
                intrinsics=intrinsics_if_known(self._color_info, width, height),
                config=self.config,
                facts=self._facts(),
                quality=self._quality.snapshot(),
            )
        )

    def _apply_live_settings(self, config: NodeConfig) -> None:
        if self._pipeline is not None:
            self._pipeline.settings = frame_settings(config)
        if self._rigs is not None:
            self._rigs.finder.mode = config.register.mode
        if self._session is not None:
            self._session.update_sync(config.sync)
            self._session.update_schedule(config.schedule)

    # Worker's thread: publish

    def _publish(self, frame: RgbdFrame, result: DepthResult) -> None:
        assert self._outputs is not None  # the worker stops before the publishers go
        self._outputs.publish(frame, result, self.config, self._color_info)
        self._record.output(self._time.now_s())
        self._latest = frame, result
        self._notes.take(result)
        self._quality.add(frame, result, self.config.diagnostics.quality_every)

    def _wants_estimate(self) -> bool:
        return self.config.mde.enable or (
            self._outputs is not None and self._outputs.estimate_wanted
        )

    def _on_frame_error(self, reason: str, message: str) -> None:
        self._record.refused(reason, message)
        if reason == "engine":  # not the frame's fault
            self.get_logger().error(message, throttle_duration_sec=LOG_EVERY_S)
            return
        self.get_logger().warning(
            f"frame dropped ({reason}): {message}", throttle_duration_sec=LOG_EVERY_S
        )

    # Diagnostics

    def _report(self) -> None:
        session = self._session
        report = Report(
            name=f"{self.get_name()}: depth",
            hardware_id=self._pipeline.device_name if self._pipeline else "none",
            state=self._state_name(),
            fault=self._pipeline.fault if self._pipeline else "",
            problem=model_problem(self._pipeline) if self._pipeline else "",
            facts=self._facts(),
        )
        snapshot = session.snapshot() if session is not None else None
        array = diagnostic_array(
            self.get_clock().now().to_msg(), report, snapshot, self._quality.snapshot()
        )
        if self._watch is not None:
            array.status.append(self._watch.status())
        self._diagnostics.publish(array)

    def _state_name(self) -> str:
        if self._pipeline is None:
            return "unconfigured"
        if self._inputs is None:
            return "inactive"
        if not self._enabled:
            return "paused"
        return "idle" if self._inputs.idle else "active"

    def _facts(self) -> dict[str, str]:
        facts: dict[str, str] = {}
        if self._pipeline is not None:
            facts = model_facts(self._pipeline)
            facts["estimate"] = str(self._wants_estimate()).lower()
        if self._inputs is not None:
            color, depth = self._inputs.reliability
            facts |= {"rgb_qos": color, "depth_qos": depth, **self._notes.facts()}
        return facts
