"""The choice, by hand: at 30 Hz a frame has 33.3 ms, of which the network may take 23.3."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bridgenet_ros import preset_choice
from bridgenet_ros.config import ModelConfig
from bridgenet_ros.errors import ConfigError
from bridgenet_ros.preset_choice import (
    PresetChoice,
    Timing,
    choose_preset,
    offline_preset,
    share_ms,
    shipped_presets,
    weights_path,
)

AUTO = ModelConfig(preset="auto")


def times(*ms: float | None) -> list[Timing]:
    names = ("tiny", "small", "base", "full")
    return [
        Timing(n, t, "" if t else "cannot run: no memory") for n, t in zip(names, ms, strict=False)
    ]


def test_a_frame_at_ten_hertz_leaves_seventy_milliseconds() -> None:
    assert share_ms(10.0) == pytest.approx(70.0)


@pytest.mark.parametrize(
    ("ms", "rate_hz", "preset", "fits"),
    [
        ((9.0, 18.0, 95.0), 30.0, "small", True),
        ((9.0, 23.3, 95.0), 30.0, "small", True),
        ((9.0, 23.4, 95.0), 30.0, "tiny", True),
        ((9.0, 18.0, 95.0), 5.0, "base", True),  # 140 ms
        ((9.0, 18.0, 95.0), 60.0, "tiny", True),  # 11.7 ms
        ((9.0, 18.0, 95.0), 90.0, "tiny", False),  # 7.8 ms
        ((30.0, 25.0), 30.0, "small", False),  # the fastest, whatever its size
        ((30.0, 20.0), 30.0, "small", True),
        ((None, 20.0), 30.0, "small", True),
        ((9.0, None, 20.0), 30.0, "base", True),
    ],
)
def test_the_largest_that_fits_or_the_fastest(
    ms: tuple[float | None, ...], rate_hz: float, preset: str, fits: bool
) -> None:
    choice = choose_preset(times(*ms), rate_hz)
    assert choice is not None
    assert (choice.preset, choice.fits) == (preset, fits)


def test_nothing_measured_is_no_choice() -> None:
    assert choose_preset([], 30.0) is None
    assert choose_preset(times(None, None), 30.0) is None


def test_it_says_rate_time_and_what_the_others_take() -> None:
    assert choose_preset(times(9.04, 18.25, 95.0, None), 30.0) == PresetChoice(
        "small",
        True,
        "small takes 18.2 ms a frame, of the 23.3 ms (70% of a frame at 30 Hz); tiny 9.0 ms; "
        "base 95.0 ms; full cannot run: no memory",
    )
    slow = choose_preset(times(40.0), 30.0)
    assert slow is not None
    assert slow.reason == (
        "tiny takes 40.0 ms a frame, and not the 23.3 ms (70% of a frame at 30 Hz)"
    )


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Presets whose weights there are."""
    names = {"tiny", "base"}

    def find(relative: str) -> Path:
        if Path(relative).stem not in names:
            raise ConfigError("not installed")
        return Path(relative)

    monkeypatch.setattr(preset_choice, "find_share_file", find)
    return names


def test_what_is_shipped_comes_largest_first(installed: set[str]) -> None:
    assert shipped_presets() == ["base", "tiny"]


def test_without_a_camera_auto_is_the_largest(installed: set[str]) -> None:
    assert offline_preset(AUTO) == "base"
    assert offline_preset(replace(AUTO, preset="small")) == "small"
    # The weights decide.
    assert offline_preset(replace(AUTO, weights="mine.safetensors")) == "auto"
    installed.clear()
    with pytest.raises(ConfigError, match="no weights of family 'research' are installed"):
        offline_preset(AUTO)


def test_a_family_is_chosen_by_one_setting(installed: set[str]) -> None:
    installed.add("tiny_procedural")
    procedural = replace(AUTO, family="procedural")
    assert shipped_presets(procedural) == ["tiny"]
    assert weights_path(procedural) == Path("models/tiny_procedural.safetensors")
    assert weights_path(replace(procedural, weights="mine.safetensors")) == Path("mine.safetensors")
    assert weights_path(AUTO) == Path("models/base.safetensors")
    with pytest.raises(ConfigError, match="not installed"):
        weights_path(replace(procedural, preset="base"))


def test_int8_has_weights_of_its_own(installed: set[str]) -> None:
    int8 = replace(AUTO, precision="int8")
    with pytest.raises(ConfigError, match="no int8 weights of family 'research' are installed"):
        weights_path(int8)
    installed |= {"tiny_int8", "tiny_procedural_int8"}
    assert weights_path(int8) == Path("models/tiny_int8.safetensors")
    assert weights_path(replace(int8, weights="mine.safetensors")) == Path("mine.safetensors")
    own = replace(int8, family="procedural")
    assert weights_path(own) == Path("models/tiny_procedural_int8.safetensors")


def test_a_checksum_needs_a_preset() -> None:
    with pytest.raises(ConfigError, match="which is for one file"):
        ModelConfig(preset="auto", sha256="ab")
    ModelConfig(preset="auto", sha256="ab", weights="mine.safetensors")
