"""The bar shows the count and ends complete."""

from __future__ import annotations

from io import StringIO

from rich.console import Console

from bridgenet_ros.offline.progress import progress_bar


def test_the_count_is_shown() -> None:
    text = StringIO()
    with progress_bar(Console(file=text, width=100), "in.mcap", "messages") as update:
        update(3, 12)
        update(12, 12)
    assert "in.mcap" in text.getvalue()
    assert "12/12 messages" in text.getvalue()


def test_nothing_is_shown_before_the_first_step() -> None:
    text = StringIO()
    with progress_bar(Console(file=text, width=100), "in.mcap", "messages"):
        pass
    assert text.getvalue().strip() == ""
