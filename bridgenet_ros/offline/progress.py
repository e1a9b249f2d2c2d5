"""The progress bar of the commands that read or write recordings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn


@contextmanager
def progress_bar(console: Console, title: str, unit: str) -> Iterator[Callable[[int, int], None]]:
    """A bar with count and remaining time; yields what is told (done, total)."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(unit),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as bar:

        def update(done: int, total: int) -> None:
            # Not before the first step: an error that comes at once should stand alone.
            if not bar.tasks:
                bar.add_task(title)
            bar.update(bar.tasks[0].id, completed=done, total=total)

        yield update
