"""Slow builds in a thread: wanted often, one at a time, failures once."""

from __future__ import annotations

import logging
from threading import Event

import pytest

from bridgenet_ros.engine.background import BackgroundBuilds
from bridgenet_ros.errors import EngineError

OFTEN = 5
TIMEOUT_S = 10.0


def ask(builds: BackgroundBuilds[str, str], key: str, times: int = OFTEN) -> str | None:
    """The last answer."""
    return [builds.get(key) for _ in range(times)][-1]


def test_a_value_is_built_once_it_was_wanted_often() -> None:
    built: list[str] = []

    def build(key: str) -> str:
        built.append(key)
        return key.upper()

    builds = BackgroundBuilds(build)
    assert ask(builds, "a", OFTEN - 1) is None
    builds.join(TIMEOUT_S)
    assert built == []
    assert builds.get("a") is None
    builds.join(TIMEOUT_S)
    assert ask(builds, "a") == "A"
    assert built == ["a"]


def test_asking_never_waits_and_one_build_runs_at_a_time() -> None:
    go_on, started = Event(), []

    def build(key: str) -> str:
        started.append(key)
        assert go_on.wait(TIMEOUT_S)
        return key

    builds = BackgroundBuilds(build)
    assert ask(builds, "a") is None
    assert ask(builds, "b", 3 * OFTEN) is None
    assert started == ["a"]
    go_on.set()
    builds.join(TIMEOUT_S)
    assert builds.get("a") == "a"
    builds.get("b")
    builds.join(TIMEOUT_S)
    assert builds.get("b") == "b"


def test_a_failure_is_told_once_and_not_repeated(caplog: pytest.LogCaptureFixture) -> None:
    attempts = []

    def build(key: str) -> str:
        attempts.append(key)
        raise EngineError("no tactic")

    builds = BackgroundBuilds(build)
    with caplog.at_level(logging.WARNING):
        ask(builds, "a")
        builds.join(TIMEOUT_S)
        assert ask(builds, "a", 3 * OFTEN) is None
        builds.join(TIMEOUT_S)
    assert attempts == ["a"]
    assert caplog.text.count("no tactic") == 1


def test_changing_keys_build_nothing() -> None:
    built: list[str] = []
    builds = BackgroundBuilds(lambda key: built.append(key) or key)
    for i in range(100):
        builds.get(str(i))
    builds.join(TIMEOUT_S)
    assert built == []
