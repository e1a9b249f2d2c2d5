"""The node's services: pause, reset, snapshot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rclpy.node import Node
from std_srvs.srv import SetBool, Trigger

from bridgenet_ros.errors import BridgeNetError
from bridgenet_ros.interface import ENABLE, RESET, SAVE_SNAPSHOT


@dataclass(frozen=True, slots=True, kw_only=True)
class Actions:
    """What the services do."""

    enable: Callable[[bool], None]
    reset: Callable[[], None]
    save_snapshot: Callable[[], Path]
    """Returns the new folder; may raise BridgeNetError."""


class Services:
    """Answers on the executor's thread."""

    def __init__(self, node: Node, actions: Actions) -> None:
        self._actions = actions
        node.create_service(SetBool, ENABLE, self._enable)
        node.create_service(Trigger, RESET, self._reset)
        node.create_service(Trigger, SAVE_SNAPSHOT, self._save_snapshot)

    def _enable(self, request: SetBool.Request, response: SetBool.Response) -> SetBool.Response:
        self._actions.enable(request.data)
        response.success = True
        response.message = "running" if request.data else "paused"
        return response

    def _reset(self, _: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        self._actions.reset()
        response.success = True
        response.message = "reset"
        return response

    def _save_snapshot(self, _: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        try:
            response.message = str(self._actions.save_snapshot())
        except BridgeNetError as error:
            response.message = str(error)
        else:
            response.success = True
        return response
