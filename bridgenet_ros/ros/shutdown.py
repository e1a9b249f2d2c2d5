"""What fails because ROS was shut down under it, by whoever else uses the context."""

from __future__ import annotations

from types import TracebackType

from rclpy.context import Context


class UntilShutdown:
    """A block that is left without a word where rclpy fails as its context is no longer valid.

    What rclpy raises then (``RCLError``, ``InvalidHandle``) are RuntimeErrors; while the context
    is valid they pass.

    Args:
        context: of what the block uses.
    """

    def __init__(self, context: Context) -> None:
        self._context = context

    def __enter__(self) -> None:
        """Nothing is to be done before."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        """Whether the error is one of the shutdown's."""
        return isinstance(error, RuntimeError) and not self._context.ok()
