"""The engine that runs: replaced where it fails, freed and built again."""

from __future__ import annotations

from collections.abc import Callable

from bridgenet_ros.engine.engine import Engine
from bridgenet_ros.engine_build import BuiltEngine, rebuild_engine, run_blank
from bridgenet_ros.errors import EngineError


class EngineKeeper:
    """Keeps one engine running and remembers what has become of it. One thread at a time.

    Args:
        built: the engine, now the keeper's.
        replace: given an engine that failed and the reason, another one or None.
    """

    def __init__(
        self,
        built: BuiltEngine,
        replace: Callable[[BuiltEngine, str], BuiltEngine | None] | None = None,
    ) -> None:
        self.built = built
        """What runs now; while closed, what ran and will run again. For any thread to read."""
        self.fault = ""
        """Why the last frame could not be run; for any thread to read."""
        self.degraded = ""
        """Why a smaller engine runs than was configured; for any thread to read."""
        self._replace = replace
        self._closed = False

    def recovered(self, error: EngineError, engine: Engine) -> EngineError:
        """``error`` of ``engine`` as it is to be raised, once another runs where one can."""
        if error.reason == "use" or engine is not self.built.engine:
            return error  # no fault of the device, or of one that has been replaced
        self.fault = str(error)
        if self._replace is None:
            return error
        another = self._replace(self.built, error.reason)
        if another is not None:
            self.built = another
            self.degraded = (
                f"{error}; now {another.card.preset} runs on {another.engine.device_name}"
            )
            return EngineError(self.degraded, error.reason)
        return error

    def warm_up(self, count: int, size: tuple[int, int]) -> None:
        """Run ``count`` blank frames of colour size (H, W), with and without D_DE.

        Raises:
            EngineError: the network failed and nothing could take over.
        """
        for estimate in (False, True):
            for _ in range(count):
                while not self._warm_up_once(size, estimate=estimate):
                    pass

    def _warm_up_once(self, size: tuple[int, int], *, estimate: bool) -> bool:
        """False where the engine has failed and another one is to be tried."""
        failed = self.built
        try:
            run_blank(failed.engine, size, estimate=estimate)
        except EngineError as error:
            raised = self.recovered(error, failed.engine)
            if self.built is failed:
                raise raised from error
        return self.built is failed

    def close(self) -> None:
        """Free the engine; may be called twice."""
        self._closed = True
        self.built.engine.close()

    def reopen(self) -> bool:
        """Build what `close` has freed, the same again; see `rebuild_engine`.

        Returns:
            False where nothing was closed, and nothing is done.

        Raises:
            BridgeNetError: as `rebuild_engine`; then it stays closed.
        """
        if not self._closed:
            return False
        self.built = rebuild_engine(self.built)
        self._closed = False
        self.fault = ""
        return True
