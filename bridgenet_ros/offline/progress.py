"""The progress bar of the commands that read or write recordings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

_MEMORY_S = 60.0
"""Rate and remaining time are of the last minute: frames differ in size and machines in load."""


class _Rate(ProgressColumn):
    """Steps a second, or seconds a step where that is the larger number."""

    def render(self, task: Task) -> Text:
        """The text; empty while nothing is known."""
        if not task.speed:
            return Text("")
        text = f"{task.speed:.1f}/s" if task.speed >= 1 else f"{1 / task.speed:.1f} s each"
        return Text(text)


@contextmanager
def progress_bar(console: Console, title: str, unit: str) -> Iterator[Callable[[int, int], None]]:
    """A bar with count, rate and remaining time; yields what is told (done, total)."""
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(unit),
        _Rate(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, speed_estimate_period=_MEMORY_S) as bar:

        def update(done: int, total: int) -> None:
            # Not before the first step: an error that comes at once should stand alone.
            if not bar.tasks and done:
                # What a run before this one has done says nothing about the rate.
                bar.add_task(title, completed=done, total=total)
            elif bar.tasks:
                bar.update(bar.tasks[0].id, completed=done, total=total)

        yield update
