"""The demo's processes: started with a log, waited for with a limit, and always stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from time import monotonic, sleep
from types import TracebackType
from typing import IO, final

from bridgenet_ros.errors import BridgeNetError
from bridgenet_ros.evaluation.process_load import Load, load_of

POLL_S = 0.05
GRACE_S = 15.0
TAIL_LINES = 12


class ChildError(BridgeNetError):
    """A process of the demo failed or did not answer in time; the message ends with its log."""


@final
class Child:
    """One process; use as a context manager, which stops it.

    Args:
        name: for messages and for the log file.
        command: program and arguments.
        environment: the whole environment of the process.
        log_folder: gets ``<name>.log`` with its output and errors.
    """

    def __init__(
        self, name: str, command: Sequence[str], environment: Mapping[str, str], log_folder: Path
    ) -> None:
        self.name = name
        self.log = log_folder / f"{name}.log"
        self._command = list(command)
        self._environment = dict(environment)
        self._output: IO[bytes] | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Child:
        self._output = self.log.open("wb")
        # A session of its own: Ctrl-C reaches the demo alone, which stops its children in order.
        self._process = subprocess.Popen(  # noqa: S603 - our own modules
            self._command,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """Of the running process."""
        assert self._process is not None  # entered
        return self._process.pid

    @property
    def load(self) -> Load:
        """Memory and processor time of the running process."""
        return load_of(self.pid)

    def count_in_log(self, text: str) -> int:
        """How often the log has ``text``."""
        return self._read().count(text)

    @property
    def has_ended(self) -> bool:
        """True once the process has ended."""
        return self._code() is not None

    def wait_for_line(self, text: str, limit_s: float, others: Sequence[Child] = ()) -> None:
        """Return once the log has ``text``.

        Raises:
            ChildError: the process or one of ``others`` ended before, or the time is over.
        """
        end = monotonic() + limit_s
        while True:
            ended = self._code() is not None
            if text in self._read():
                return
            if ended:
                raise self._error(f"ended with code {self._code()} before it said {text!r}")
            for other in others:
                other.check_running()
            if monotonic() >= end:
                raise self._error(f"did not say {text!r} in {limit_s:g} s")
            sleep(POLL_S)

    def wait(self, limit_s: float, others: Sequence[Child] = ()) -> None:
        """Return once the process has ended with code 0.

        Raises:
            ChildError: it failed or is late, or one of ``others`` has ended meanwhile.
        """
        end = monotonic() + limit_s
        while self._code() is None:
            for other in others:
                other.check_running()
            if monotonic() >= end:
                raise self._error(f"did not finish in {limit_s:g} s")
            sleep(POLL_S)
        if self._code() != 0:
            raise self._error(f"ended with code {self._code()}")

    def check_running(self) -> None:
        """Return if the process runs.

        Raises:
            ChildError: it has ended.
        """
        if self._code() is not None:
            raise self._error(f"ended with code {self._code()} too early")

    def finish(self, limit_s: float) -> None:
        """Ask the process to stop and wait until it has, with code 0.

        Raises:
            ChildError: it is late or ends with another code.
        """
        self._signal(signal.SIGINT)
        self.wait(limit_s)

    def stop(self) -> None:
        """End the process whatever it does, and take its exit code so that none is left over."""
        for number in (signal.SIGINT, signal.SIGKILL):
            if self._code() is None and self._process is not None:
                self._signal(number)
                try:
                    self._process.wait(GRACE_S)
                except subprocess.TimeoutExpired:
                    continue
        if self._output is not None:
            self._output.close()
            self._output = None

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, number)

    def _code(self) -> int | None:
        return None if self._process is None else self._process.poll()

    def _read(self) -> str:
        return self.log.read_text(errors="replace")

    def _error(self, what: str) -> ChildError:
        tail = self._read().splitlines()[-TAIL_LINES:] or ["(it said nothing)"]
        lines = "\n".join(f"  {line}" for line in tail)
        return ChildError(f"the {self.name} process {what}; the end of {self.log}:\n{lines}")


def module(name: str, *arguments: str) -> list[str]:
    """The command that runs one of our modules with this Python."""
    return [sys.executable, "-m", name, *arguments]
