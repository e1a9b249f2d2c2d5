"""The command line: dispatch, exit codes and one-line errors."""

from __future__ import annotations

import argparse

import pytest

from bridgenet_ros import __version__, cli
from bridgenet_ros.errors import BagError


def raising(error: BaseException) -> argparse.Namespace:
    def run(_: argparse.Namespace) -> int:
        raise error

    return argparse.Namespace(run=run)


@pytest.fixture
def outcome(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):  # noqa: ANN201
    """Runs main with a command that raises; gives the exit code and stderr."""

    def run(error: BaseException) -> tuple[int, str]:
        parser = argparse.ArgumentParser()
        monkeypatch.setattr(parser, "parse_args", lambda _: raising(error))
        monkeypatch.setattr(cli, "build_parser", lambda: parser)
        return cli.main([]), capsys.readouterr().err

    return run


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_every_command_has_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    command = cli._command(name)
    with pytest.raises(SystemExit) as stop:
        cli.main([command.NAME, "--help"])
    assert stop.value.code == 0
    assert command.HELP.split()[0] in capsys.readouterr().out


def test_the_doctor_has_an_executable_of_its_own(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["doctor", "--help"])
    with pytest.raises(SystemExit) as stop:
        cli.doctor()
    assert stop.value.code == 0
    assert "--depth-topic" in capsys.readouterr().out


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        cli.main(["--version"])
    assert stop.value.code == 0
    assert capsys.readouterr().out == f"bridgenet {__version__}\n"


@pytest.mark.parametrize("argv", [[], ["no-such-command"], ["params", "--no-such-option"]])
def test_wrong_usage_is_one_line_and_exits_2(
    argv: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        cli.main(argv)
    assert stop.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("bridgenet")
    assert line.endswith("--help")


def test_own_error_is_one_line(outcome) -> None:  # noqa: ANN001
    assert outcome(BagError("out.mcap exists")) == (2, "bridgenet: out.mcap exists\n")


@pytest.mark.parametrize(
    ("module", "install"),
    [
        ("rosbags", "bridgenet_ros[offline]"),
        ("rosbags.rosbag2", "bridgenet_ros[offline]"),
        ("sensor_msgs.msg", "bridgenet_ros[ros]"),
        ("torch", "torch"),
    ],
)
def test_missing_extra_says_what_to_install(outcome, module: str, install: str) -> None:  # noqa: ANN001
    code, message = outcome(ModuleNotFoundError(name=module))
    assert code == 2
    assert f"pip install '{install}'" in message


def test_missing_module_of_our_own_is_not_hidden(outcome) -> None:  # noqa: ANN001
    with pytest.raises(ModuleNotFoundError):
        outcome(ModuleNotFoundError(name="bridgenet_ros.offline.gone"))


def test_interrupt_has_no_traceback(outcome) -> None:  # noqa: ANN001
    assert outcome(KeyboardInterrupt()) == (130, "interrupted\n")
