"""`bridgenet export`."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from bridgenet_ros.cli import main

TINY = Path(__file__).resolve().parents[2] / "models" / "tiny.safetensors"


def test_a_model_and_its_sidecar_are_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("onnx", reason="onnx is not installed")
    output = tmp_path / "tiny.onnx"
    arguments = ["--preset", "tiny", "--backend", "onnx", "--size", "48x32", "-o", str(output)]
    assert main(["export", *arguments]) == 0
    described = yaml.safe_load((tmp_path / "tiny.onnx.yaml").read_text())
    assert described["height_and_width"] == [32, 48]
    assert f"{output}: " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--preset", "huge", "--backend", "onnx"], "model.preset is 'huge'; expected one of"),
        (["--weights", "absent.safetensors", "--backend", "onnx"], "absent.safetensors does not"),
        (["--weights", str(TINY), "--backend", "onnx", "--size", "17x16"], "size is 17x16"),
    ],
)
def test_what_cannot_be_exported_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    pytest.importorskip("onnx", reason="onnx is not installed")
    assert main(["export", *arguments, "-o", str(tmp_path / "x.onnx")]) == 2
    assert words in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_size_is_two_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--preset", "tiny", "--backend", "onnx", "--size", "640", "-o", "x.onnx"]
    with pytest.raises(SystemExit):
        main(["export", *arguments])
    assert "'640'; expected WxH, such as 640x480" in capsys.readouterr().err
