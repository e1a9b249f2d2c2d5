"""`bridgenet process-bag --preset auto`: a definite preset, decided before anything runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tiny_bags import read_bag, write_bag

from bridgenet_ros.cli import main
from bridgenet_ros.preset_choice import shipped_presets

SR = "/sr/depth/image"


def run(source: Path, target: Path, *options: str) -> dict[str, object]:
    """The manifest of a run."""
    assert main(["process-bag", str(source), "-o", str(target), *options]) == 0
    manifest: dict[str, object] = json.loads(
        target.with_name(f"{target.name}.manifest.json").read_text()
    )
    return manifest


def test_auto_is_the_largest_installed_and_the_manifest_says_which(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, largest = write_bag(tmp_path / "in.mcap"), shipped_presets()[0]
    chosen = run(source, tmp_path / "auto.mcap", "--preset", "auto")
    assert f"preset: {largest}" in capsys.readouterr().out
    named = run(source, tmp_path / "named.mcap", "-p", f"model.preset:={largest}")
    assert chosen["key"] == named["key"]
    processor = chosen["settings"]["processor"]  # type: ignore[index, call-overload]
    assert processor["weights"]["preset"] == largest
    assert processor["parameters"]["model.preset"] == largest
    first, second = (read_bag(tmp_path / name)[SR] for name in ("auto.mcap", "named.mcap"))
    assert [m[1:] for m in first] == [m[1:] for m in second]
