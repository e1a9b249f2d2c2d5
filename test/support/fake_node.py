"""A node that only remembers what it was asked for."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any


class FakeNode:
    """Keeps callbacks by topic, and warnings; remaps topics as told."""

    def __init__(self, remapped: dict[str, str] | None = None) -> None:
        self.subscriptions: dict[str, Any] = {}
        self.warnings: list[str] = []
        self._remapped = remapped or {}

    def resolve_topic_name(self, topic: str) -> str:
        return self._remapped.get(topic, f"/{topic}")

    def create_subscription(self, kind: Any, topic: str, callback: Any, qos: Any) -> str:
        self.subscriptions[topic] = callback
        return topic

    def destroy_subscription(self, topic: str) -> None:
        del self.subscriptions[topic]

    def get_logger(self) -> Any:
        return SimpleNamespace(warning=self.warnings.append)
