"""Settings: names, types, ranges, and the configuration as a whole."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgenet_ros.config import NodeConfig, settings, value_of, with_values
from bridgenet_ros.errors import ConfigError
from bridgenet_ros.setting import Setting, Value, parse_assignments

SETTINGS = {s.name: s for s in settings()}


def values_of(s: Setting) -> st.SearchStrategy[Value]:
    """Values that the setting allows."""
    if s.choices:
        return st.sampled_from(s.choices)
    if isinstance(s.default, tuple):
        return st.tuples(*[st.floats(-10, 10) for _ in s.default])
    if isinstance(s.default, bool):
        return st.booleans()
    if isinstance(s.default, int):
        return st.integers(int(s.low or 0), int(s.high or 1000))
    if isinstance(s.default, float):
        return st.floats(s.low, s.high, allow_nan=False)
    return st.text("az09 /._-", max_size=20)


def test_times_of_pairing_in_nanoseconds() -> None:
    sync = with_values(NodeConfig(), {"sync.slop": 0.0145, "sync.stamp_offset": -0.0333}).sync
    assert (sync.slop_ns, sync.stamp_offset_ns) == (14_500_000, -33_300_000)


def test_names_are_unique_dotted_paths() -> None:
    names = [s.name for s in settings()]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z0-9_]+(\.[a-z0-9_]+)*", name) for name in names)


@pytest.mark.parametrize("s", SETTINGS.values(), ids=SETTINGS)
def test_default_obeys_its_own_limits(s: Setting) -> None:
    assert s.check(s.default) == s.default
    assert value_of(NodeConfig(), s.name) == s.default
    assert s.doc


def checked_together(s: Setting) -> bool:
    """Whether other settings decide about the value too, or all numbers of it."""
    return "_depth" in s.name or s.name == "register.rotation"


@given(st.data())
def test_allowed_values_arrive_and_leave_the_rest(data: st.DataObject) -> None:
    s = data.draw(st.sampled_from([s for s in SETTINGS.values() if not checked_together(s)]))
    value = data.draw(values_of(s))
    changed = with_values(NodeConfig(), {s.name: value})
    assert value_of(changed, s.name) == value
    others = [name for name in SETTINGS if name != s.name]
    assert all(value_of(changed, name) == SETTINGS[name].default for name in others)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("sync.slop", -0.1, "0 to 1"),
        ("sync.slop", 1.5, "0 to 1"),
        ("sync.slop", math.nan, "0 to 1"),
        ("sync.slop", "fast", "expected a float"),
        ("sync.queue_size", 0, "1 to 100"),
        ("sync.queue_size", 2.0, "expected a int"),
        ("sync.queue_size", True, "expected a int"),
        ("mde.enable", 1, "expected a bool"),
        ("output.encoding", "mono8", "one of 32FC1, 16UC1"),
        ("fill.mode", False, "expected a str"),
        ("register.translation", [0.0, 0.0], "3 numbers"),
        ("register.translation", [0.0, "a", 0.0], "3 numbers"),
        ("register.translation", 0.5, "3 numbers"),
        ("register.translation", [0.0, math.nan, 0.0], "finite"),
    ],
)
def test_bad_value_is_named_with_what_was_expected(name: str, value: object, expected: str) -> None:
    with pytest.raises(ConfigError) as error:
        with_values(NodeConfig(), {name: value})
    assert name in str(error.value)
    assert repr(value) in str(error.value)
    assert expected in str(error.value)


def test_whole_number_serves_as_float() -> None:
    slop = value_of(with_values(NodeConfig(), {"sync.slop": 1}), "sync.slop")
    assert (slop, type(slop)) == (1.0, float)


def test_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(ConfigError, match=r"unknown setting 'sync\.slip'.*sync\.slop"):
        with_values(NodeConfig(), {"sync.slip": 0.1})


def test_limits_that_exclude_every_depth_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"input\.min_depth 5\.0 is not below"):
        with_values(NodeConfig(), {"input.min_depth": 5.0, "input.max_depth": 4.0})


def test_several_values_are_checked_together() -> None:
    changed = with_values(NodeConfig(), {"input.min_depth": 20.0, "input.max_depth": 40.0})
    assert (changed.input.min_depth, changed.input.max_depth) == (20.0, 40.0)


def test_assignments_are_yaml() -> None:
    given = ["sync.slop:=0.1", "edge.enable:=false", "register.translation:=[0, 1, 2]"]
    assert parse_assignments(given) == {
        "sync.slop": 0.1,
        "edge.enable": False,
        "register.translation": [0, 1, 2],
    }


@pytest.mark.parametrize("text", ["sync.slop", "sync.slop=1", "a:=["])
def test_what_is_no_assignment(text: str) -> None:
    with pytest.raises(ConfigError):
        parse_assignments([text])
