"""The training configuration."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bridgenet_ros.errors import ConfigError
from bridgenet_ros.training.config import load_config, parse_config

GOOD: dict[str, Any] = {
    "preset": "tiny",
    "output": "o",
    "cache": "c",
    "sources": [{"path": "a"}, {"path": "b", "weight": 2}],
}


def test_defaults_and_sources() -> None:
    config = parse_config(GOOD)
    assert [(s.path, s.weight) for s in config.sources] == [("a", 1.0), ("b", 2.0)]
    assert (config.scales, config.minutes, config.muon) == ((4, 8, 16), None, False)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"speed": 1}, "unknown key 'speed'"),
        ({"steps": "many"}, "steps is 'many'; expected int"),
        ({"steps": True}, "steps is True; expected int"),
        ({"muon": 1}, "muon is 1; expected bool"),
        ({"preset": None}, "preset is None; expected str"),
        ({"scales": 8}, "scales is 8; expected a list"),
        ({"scales": [4, "8", 16]}, "scales is '8'; expected int"),
        ({"batches": [1, 1, None]}, "batches is None; expected int"),
        ({"learning_rate": "fast"}, "learning_rate is 'fast'; expected float"),
        ({"preset": "huge"}, "unknown preset 'huge'; expected one of"),
        ({"precision": "int8"}, "precision is 'int8'; expected one of"),
        ({"scales": [8]}, r"scale_weights is \[1.0, 2.0, 1.0\]; expected one entry for each"),
        ({"sensor_shares": [0.5]}, r"sensor_shares is \[0.5\]; expected one entry for each"),
        ({"patches": [96, 32, 192], "batches": [1, 1, 1]}, "a patch of 32 alone in its batch"),
        ({"nearest_share": 1.5}, "nearest_share is 1.5; expected 0 to 1"),
        ({"patches": [96, 100, 192]}, "a patch of 100 is not a multiple of 16 and of x8"),
        ({"schedule": "linear"}, "schedule is 'linear'"),
        ({"focus_steps": 5}, "focus_scale is None; expected one of"),
        ({"sources": []}, "sources is empty"),
        ({"sources": ["a"]}, "source 'a': expected a path"),
        ({"sources": [{"path": "a", "scenes": "rooms"}]}, "expected a path or scenes"),
        ({"sources": [{"path": "a", "weight": 0}]}, "weight is 0; expected a number above 0"),
        ({"sources": [{"path": "a", "weight": "much"}]}, "weight is 'much'; expected float"),
        ({"sources": [{"folder": "a"}]}, "expected a path"),
    ],
)
def test_bad_settings_are_named(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        parse_config({**GOOD, **change})


def test_a_missing_setting_is_named() -> None:
    with pytest.raises(ConfigError, match="output is missing"):
        parse_config({k: v for k, v in GOOD.items() if k != "output"})


def test_words_override_the_file(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text("preset: tiny\noutput: o\ncache: c\nsources: [{path: a}]\n", encoding="utf-8")
    config = load_config(path, ["output=p", "minutes=3.5", "scales=[4, 8, 16]", "focus_scale=8"])
    assert (config.output, config.minutes, config.focus_scale) == ("p", 3.5, 8)
    # YAML takes 1e-4 for text, people do not.
    assert load_config(path, ["learning_rate=1e-4"]).learning_rate == 1e-4
    with pytest.raises(ConfigError, match="'fast': expected key=value"):
        load_config(path, ["fast"])


@pytest.mark.parametrize("text", ["- a\n", "a: ["])
def test_a_file_that_is_no_mapping_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"c\.yaml"):
        load_config(path)
