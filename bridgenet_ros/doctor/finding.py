"""One thing that was looked at: how it is, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import Enum


class Status(str, Enum):
    """How bad it is; in the order of a table's concern."""

    OK = "ok"
    NOTE = "note"
    """Worth knowing, nothing to mend."""
    WARNING = "warning"
    """It works, and not as well as it could."""
    ERROR = "error"
    """It does not work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of the report.

    Attributes:
        part: what was looked at, in a word or two.
        status: how bad it is.
        what: was found, with its figures.
        advice: what to do; empty where there is nothing to do.
    """

    part: str
    status: Status
    what: str
    advice: str = ""


def would_work(findings: Iterable[Finding]) -> bool:
    """Whether nothing stands in the way."""
    return all(finding.status is not Status.ERROR for finding in findings)


def as_plain(findings: Iterable[Finding], launch: str) -> dict[str, object]:
    """The report as JSON takes it."""
    listed = list(findings)
    rows = [{**asdict(finding), "status": finding.status.value} for finding in listed]
    return {"would_work": would_work(listed), "launch": launch, "findings": rows}
