"""What the node tells of its results in words: in the log, and as facts of its report."""

from __future__ import annotations

from rclpy.impl.rcutils_logger import RcutilsLogger

from bridgenet_ros.estimate_fit import fit_facts
from bridgenet_ros.frame import DepthResult, EstimateFit
from bridgenet_ros.ros.derived_outputs import LOG_EVERY_S


class ResultNotes:
    """Sees each result; one thread takes notes, another reads the facts.

    Args:
        logger: of the node.
    """

    def __init__(self, logger: RcutilsLogger) -> None:
        self._logger = logger
        self._registration = ""
        self._fit: EstimateFit | None = None

    def take(self, result: DepthResult) -> None:
        """Log what is new or not as it should be."""
        self._fit = result.fit
        if result.bicubic:
            self._logger.warning(
                f"published as bicubic: {result.bicubic}", throttle_duration_sec=LOG_EVERY_S
            )
        if result.fit is not None and not result.fit.fitted:
            self._logger.warning(
                f"the estimate is not fitted: {result.fit.problem}",
                throttle_duration_sec=LOG_EVERY_S,
            )
        if result.registration != self._registration:
            self._registration = result.registration
            self._logger.info(f"depth: {result.registration}")

    def facts(self) -> dict[str, str]:
        """How the newest depth was registered and, if there is one, its estimate was fitted."""
        facts = {"registration": self._registration}
        if (fit := self._fit) is not None:
            facts |= {f"estimate.{name}": value for name, value in fit_facts(fit).items()}
        return facts
