"""`bridgenet process-bags`, with the packaged weights."""

from __future__ import annotations

from pathlib import Path

import pytest
from tiny_bags import DEPTH, recording, write_bag
from tiny_datasets import write_tum

from bridgenet_ros.cli import main
from bridgenet_ros.offline.report import is_report, report_path
from bridgenet_ros.offline.verify import verify


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a.mcap", "b.db3"):
        write_bag(tmp_path / name)
    write_bag(tmp_path / "c.mcap", [m for m in recording() if m[0] != DEPTH])
    write_tum(tmp_path / "d.tum")
    return tmp_path


def run(folder: Path, *arguments: str) -> int:
    return main(["process-bags", str(folder / "?.*"), "-o", str(folder / "out"), *arguments])


@pytest.mark.slow  # processes that load torch
def test_good_ones_are_done_and_bad_ones_named(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(folder, "--workers=2", "--namespace=x", "--report") == 2
    printed = capsys.readouterr().out
    assert "3 done, 0 there already, 1 failed" in printed
    for name in ("a.mcap", "b.db3", "d.tum"):
        assert "/x/sr/depth/image" in verify(folder / "out" / name, folder / name).topics
        assert is_report(report_path(folder / "out" / name))
    (folder / "c.mcap").unlink()
    assert run(folder, "--workers=1", "--namespace=x") == 0
    assert "0 done, 3 there already, 0 failed" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--workers=-1"], "--workers is -1"),
        (
            ["--engine=ray", "--gpus=-1"],
            "--gpus is -1.0; expected a share from 0 to 1, or a whole number",
        ),
        (["--engine=ray", "--gpus=nan"], "--gpus is nan; expected a share"),
        (["--engine=ray", "--gpus=1.5"], "--gpus is 1.5; expected a share"),
        (["--engine=ray", "--workers=2"], "--workers is of --engine local; found ray"),
        (["--address=host:1"], "--address is of --engine ray; found local"),
        (["--gpus=1"], "--gpus is of --engine ray; found local"),
        (["--every=0"], "every is 0"),
        (["--preset=huge"], "model.preset is 'huge'"),
    ],
)
def test_a_bad_option_is_one_line(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    assert run(folder, *arguments) == 2
    printed = capsys.readouterr().err
    assert words in printed
    assert printed.count("\n") == 1


def test_no_recording_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path) == 2
    assert "matches no recording and no data set" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.slow  # Ray is imported
@pytest.mark.filterwarnings("ignore")
def test_a_cluster_that_cannot_be_is_named(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("ray", reason="ray is not installed: pip install 'bridgenet_ros[fleet]'")
    assert run(folder, "--engine=ray", "--address=nonsense") == 2
    printed = capsys.readouterr().err
    assert "no Ray cluster at nonsense: Invalid address format" in printed
    assert printed.count("\n") == 1
