"""The configuration dataclasses as ROS parameters with descriptions and ranges."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from rcl_interfaces.msg import (
    FloatingPointRange,
    IntegerRange,
    ParameterDescriptor,
    SetParametersResult,
)
from rclpy.exceptions import ParameterException
from rclpy.node import Node
from rclpy.parameter import Parameter

from bridgenet_ros.config import NodeConfig, settings, with_values
from bridgenet_ros.errors import ConfigError
from bridgenet_ros.setting import Setting


class NodeParameters:
    """Declares every setting, holds the current `NodeConfig`, accepts or refuses changes.

    A change is checked alone and together with all other settings before it is accepted; only
    live settings change while the node is configured.

    Args:
        node: the node that owns the parameters.
        configured: tells whether the node holds a model.
        on_change: receives the new configuration after an accepted change.

    Raises:
        ConfigError: a start value of the wrong type or outside its range.
    """

    def __init__(
        self, node: Node, configured: Callable[[], bool], on_change: Callable[[NodeConfig], None]
    ) -> None:
        self._configured = configured
        self._on_change = on_change
        self._settings = {s.name: s for s in settings()}
        self.config = self._declare(node)
        node.add_on_set_parameters_callback(self._validate)
        node.add_post_set_parameters_callback(self._apply)

    def _declare(self, node: Node) -> NodeConfig:
        values: dict[str, object] = {}
        for name, setting in self._settings.items():
            try:
                declared: Parameter = node.declare_parameter(
                    name, setting.default, descriptor(setting)
                )
            except ParameterException as error:
                raise ConfigError(
                    f"parameter {name}: expected {_expectation(setting)}; {error}"
                ) from error
            values[name] = declared.value
        return with_values(NodeConfig(), values)

    def _validate(self, parameters: list[Parameter]) -> SetParametersResult:
        ours = self._ours(parameters)
        fixed = [name for name in ours if not self._settings[name].live]
        if fixed and self._configured():
            return SetParametersResult(
                successful=False,
                reason=f"{fixed[0]} is read when the node is configured; clean it up first",
            )
        try:
            with_values(self.config, ours)
        except ConfigError as error:
            return SetParametersResult(successful=False, reason=str(error))
        return SetParametersResult(successful=True)

    def _apply(self, parameters: list[Parameter]) -> None:
        if ours := self._ours(parameters):
            self.config = with_values(self.config, ours)
            self._on_change(self.config)

    def _ours(self, parameters: Iterable[Parameter]) -> dict[str, object]:
        """Leaves alone what rclpy declares itself, such as use_sim_time."""
        return {p.name: p.value for p in parameters if p.name in self._settings}


def descriptor(setting: Setting) -> ParameterDescriptor:
    """Description and range of a setting, as ``ros2 param describe`` shows them."""
    result = ParameterDescriptor(
        description=setting.doc + (f" [{setting.unit}]" if setting.unit else ""),
        additional_constraints=_constraints(setting),
    )
    if setting.low is not None and setting.high is not None:
        if isinstance(setting.default, float):
            bounds = FloatingPointRange(from_value=setting.low, to_value=setting.high)
            result.floating_point_range = [bounds]
        else:
            whole = IntegerRange(from_value=int(setting.low), to_value=int(setting.high), step=1)
            result.integer_range = [whole]
    return result


def _constraints(setting: Setting) -> str:
    choices = f"one of {', '.join(setting.choices)}; " if setting.choices else ""
    return choices + ("live" if setting.live else "read when the node is configured")


def _expectation(setting: Setting) -> str:
    kind = {
        bool: "true or false",
        int: "an integer",
        float: "a decimal number",
        str: "a string",
        tuple: "decimal numbers in brackets, each with a point",
    }
    limits = setting.range_text()
    return kind[type(setting.default)] + (f", {limits}" if limits else "")
