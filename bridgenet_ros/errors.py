"""The errors this package raises; each says what was found and what was expected."""

from __future__ import annotations


class BridgeNetError(Exception):
    """Base of every error that this package raises on purpose."""


class ConfigError(BridgeNetError):
    """A setting, preset or parameter has a value that cannot be used."""


class WeightsError(BridgeNetError):
    """A weight file or its card is missing, corrupt, or does not fit."""


class TopicError(BridgeNetError):
    """The images of a camera are absent among the topics, or cannot be told from others."""


class FrameError(BridgeNetError):
    """One frame cannot be used; it is dropped and counted, and the next one may be fine.

    Attributes:
        reason: a short fixed name for the drop counter, such as ``"encoding"``.
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class EngineError(BridgeNetError):
    """The inference engine failed or was used out of order.

    Attributes:
        reason: ``"memory"``, ``"device"``, or ``"use"`` where the device is not to blame.
    """

    def __init__(self, message: str, reason: str = "use") -> None:
        super().__init__(message)
        self.reason = reason


class BagError(BridgeNetError):
    """A recording cannot be read or written as asked."""


class SpaceError(BagError):
    """The disk is full; what was finished may be kept and continued."""


class DatasetError(BridgeNetError):
    """A data set does not hold what its card or its format promises."""


class Terminated(KeyboardInterrupt):
    """The process was asked to end by SIGTERM; cleaned up after like Ctrl-C."""
