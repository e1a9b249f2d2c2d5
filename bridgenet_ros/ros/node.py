"""The lifecycle node ``bridgenet``: its states, settings, services and reports."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray
from rclpy.clock import Clock, ClockType
from rclpy.context import Context
from rclpy.lifecycle import LifecycleNode, LifecycleState, TransitionCallbackReturn
from rclpy.parameter import Parameter

from bridgenet_ros import interface
from bridgenet_ros.config import NodeConfig
from bridgenet_ros.errors import BridgeNetError
from bridgenet_ros.frame_settings import frame_settings
from bridgenet_ros.live import LiveSession
from bridgenet_ros.pipeline import Pipeline, build_pipeline
from bridgenet_ros.ros.activation import Activation
from bridgenet_ros.ros.diagnostics import Report, diagnostic_array, status_name
from bridgenet_ros.ros.model_report import log_model, model_facts, model_problem
from bridgenet_ros.ros.node_time import NodeTime
from bridgenet_ros.ros.parameters import NodeParameters
from bridgenet_ros.ros.results import Results
from bridgenet_ros.ros.services import Actions, Services
from bridgenet_ros.ros.transition import mistakes_logged
from bridgenet_ros.snapshot import Snapshot

SUCCESS = TransitionCallbackReturn.SUCCESS
FAILURE = TransitionCallbackReturn.FAILURE
BUSY = (
    "the network still computes a frame of before the node was deactivated; try again later, or "
    "clean the node up and configure it for a network of its own"
)


class BridgeNetNode(LifecycleNode):
    """Configure loads the model, activate subscribes, deactivate stops and frees the model.

    Activating again builds the model that configuring has chosen. Clean-up removes the publishers
    and forgets the choice.

    `Results` publishes and keeps what the model makes; `Activation` holds what there is only
    while the node is active.

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
        self._active: Activation | None = None
        self._stopped: LiveSession | None = None
        self._color_hz = 0.0
        self._enabled = True
        self._time = NodeTime(self)
        self._results = Results(self, lambda: self.config, self._time.now_s)
        self._own_services = Services(  # rclpy has `_services`
            self, Actions(enable=self._enable, reset=self._reset, snapshot=self._snapshot)
        )
        # After all that `destroy_node` needs: a setting out of its range ends the node here.
        self._settings = NodeParameters(
            self, lambda: self._pipeline is not None, self._apply_live_settings
        )
        self._diagnostics = self.create_publisher(DiagnosticArray, interface.DIAGNOSTICS, 10)
        # Steady: reports must go on while a paused bag stops the ROS clock.
        self._steady = Clock(clock_type=ClockType.STEADY_TIME)
        self.create_timer(self.config.diagnostics.period, self._report, clock=self._steady)

    @property
    def config(self) -> NodeConfig:
        """The parameters as they are now."""
        return self._settings.config

    # Lifecycle

    @mistakes_logged
    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:  # noqa: ARG002
        """Load the weights, warm the network up, create the publishers."""
        try:
            # Of the camera, where its rate is not given and has been measured.
            model = self.config.model
            model = replace(model, rate=model.rate or self._color_hz)
            self._pipeline = build_pipeline(replace(self.config, model=model))
            self._warm_up(self._pipeline)
            self._results.open()
        except BridgeNetError as error:
            self.get_logger().error(str(error))
            self._free()
            return FAILURE
        return SUCCESS

    @mistakes_logged
    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Load the model where it was freed, subscribe, start the worker."""
        assert self._pipeline is not None  # configured
        if self._in_use:
            self.get_logger().error(BUSY)
            return FAILURE
        try:
            if self._pipeline.reopen():
                self._warm_up(self._pipeline)
            self._active = Activation(
                self,
                self._pipeline,
                self._results,
                config=lambda: self.config,
                time=self._time,
                clock=self._steady,
                enabled=self._enabled,
            )
        except BridgeNetError as error:
            self.get_logger().error(str(error))
            self._stop()
            return FAILURE
        return super().on_activate(state)

    @mistakes_logged
    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Stop receiving, finish the frame in hand, free the model."""
        self._stop()
        return super().on_deactivate(state)

    @mistakes_logged
    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:  # noqa: ARG002
        """Free the model and remove the publishers."""
        self._free()
        return SUCCESS

    @mistakes_logged
    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:  # noqa: ARG002
        """Stop and free, from any state."""
        self._stop()
        self._free()
        return SUCCESS

    @mistakes_logged
    def on_error(self, state: LifecycleState) -> TransitionCallbackReturn:  # noqa: ARG002
        """Stop and free after a mistake in a transition: the node can be configured again."""
        self._stop()
        self._free()
        return SUCCESS

    def destroy_node(self) -> None:
        """Stop the worker before the publishers go; finish a snapshot that is being written."""
        self._stop()
        self._free()
        self._own_services.close()
        super().destroy_node()

    def _warm_up(self, pipeline: Pipeline) -> None:
        model = self.config.model
        pipeline.warm_up(model.warmup, (model.height, model.width))
        log_model(pipeline, self.get_logger())

    def _stop(self) -> None:
        if self._active is not None:
            self._color_hz = self._active.color_hz or self._color_hz
            self._active.close()
            self._stopped = self._active.session
            self._active = None
        if self._pipeline is not None and not self._in_use:
            self._pipeline.close()

    def _free(self) -> None:
        self._results.close()
        if self._pipeline is not None and not self._in_use:
            self._pipeline.close()
        self._pipeline = self._stopped = None

    @property
    def _in_use(self) -> bool:
        """True while a worker that would not stop has the pipeline, and is to close it."""
        return self._stopped is not None and self._stopped.running

    # Services and settings

    def _enable(self, enabled: bool) -> None:
        self._enabled = enabled
        if self._active is not None:
            self._active.session.enabled = enabled

    def _reset(self) -> None:
        self._results.reset()
        if self._active is not None:
            self._active.session.reset()

    def _snapshot(self) -> Snapshot:
        return self._results.snapshot(self._facts())

    def _apply_live_settings(self, config: NodeConfig) -> None:
        if self._pipeline is not None:
            self._pipeline.settings = frame_settings(config)
        if self._active is not None:
            self._active.apply(config)

    # Diagnostics

    def _report(self) -> None:
        pipeline, active = self._pipeline, self._active
        report = Report(
            name=status_name(self, "depth"),
            hardware_id=pipeline.device_name if pipeline else "none",
            state=self._state_name(),
            fault=pipeline.fault if pipeline else "",
            problem=model_problem(pipeline) if pipeline else "",
            facts=self._facts(),
        )
        array = diagnostic_array(
            self.get_clock().now().to_msg(),
            report,
            active.session.snapshot() if active else None,
            self._results.quality.snapshot(),
        )
        if active is not None:
            array.status.append(active.status())
        self._diagnostics.publish(array)

    def _state_name(self) -> str:
        if self._pipeline is None:
            return "unconfigured"
        return "inactive" if self._active is None else self._active.state

    def _facts(self) -> dict[str, str]:
        facts: dict[str, str] = {}
        if self._pipeline is not None:
            facts = model_facts(self._pipeline)
            facts["estimate"] = str(self._results.wants_estimate()).lower()
        return facts if self._active is None else facts | self._active.facts()
