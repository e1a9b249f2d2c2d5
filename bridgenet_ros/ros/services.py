"""The node's services: pause, reset, snapshot."""

from __future__ import annotations

from collections.abc import Callable
from concurrent import futures
from dataclasses import dataclass
from pathlib import Path

from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.node import Node
from rclpy.task import Future
from std_srvs.srv import SetBool, Trigger

from bridgenet_ros.errors import BridgeNetError
from bridgenet_ros.interface import ENABLE, RESET, SAVE_SNAPSHOT
from bridgenet_ros.snapshot import Snapshot, save_snapshot

BUSY = "a snapshot is being written; ask again once it is done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actions:
    """What the services do."""

    enable: Callable[[bool], None]
    reset: Callable[[], None]
    snapshot: Callable[[], Snapshot]
    """What is to be saved; may raise BridgeNetError."""


class Services:
    """Answers on the executor's thread; a snapshot is written on another one, one at a time."""

    def __init__(self, node: Node, actions: Actions) -> None:
        self._node = node
        self._actions = actions
        self._writer = futures.ThreadPoolExecutor(1, "bridgenet-snapshot")
        self._writing: futures.Future[Path] | None = None
        node.create_service(SetBool, ENABLE, self._enable)
        node.create_service(Trigger, RESET, self._reset)
        # A group of its own: no callback of the node's default group, such as one that receives an
        # image, runs while another is not done, and this one is done when the files are written.
        node.create_service(
            Trigger, SAVE_SNAPSHOT, self._save_snapshot, callback_group=ReentrantCallbackGroup()
        )

    def close(self) -> None:
        """Wait for the snapshot that is being written."""
        if self._busy and self._node.context.ok():
            self._node.get_logger().info("waiting for the snapshot that is being written")
        self._writer.shutdown()

    @property
    def _busy(self) -> bool:
        return self._writing is not None and not self._writing.done()

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

    async def _save_snapshot(
        self, _: Trigger.Request, response: Trigger.Response
    ) -> Trigger.Response:
        if self._busy:
            response.message = BUSY
            return response
        try:
            response.message = str(await self._written(self._actions.snapshot()))
        except BridgeNetError as error:
            response.message = str(error)
        else:
            response.success = True
        return response

    async def _written(self, snapshot: Snapshot) -> Path:
        """The new folder, once it is whole; the executor does other work until then."""
        done: Future[None] = Future(executor=self._node.executor)
        self._writing = written = self._writer.submit(save_snapshot, snapshot)
        written.add_done_callback(lambda _: done.set_result(None))
        await done
        return written.result()
