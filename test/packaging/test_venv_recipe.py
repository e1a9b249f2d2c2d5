"""The virtual environment beside ROS, as the README tells to make it."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def lines() -> list[str]:
    """The commands under "Next to a ROS distribution"."""
    text = (ROOT / "README.md").read_text("utf-8")
    block = text.partition("**Next to a ROS distribution.**")[2].split("```")[1]
    return [line for line in block.splitlines() if line]


def test_order_of_the_commands() -> None:
    starts = (
        "cd ",
        "rosdep install ",
        "python3 -m venv ",
        ". .venv",
        "pip install",
        "pip",
        "colcon",
    )
    assert len(lines()) == len(starts)
    assert all(line.startswith(start) for line, start in zip(lines(), starts, strict=True))


def test_environment_sees_ros_and_is_left_alone_by_colcon() -> None:
    (line,) = (line for line in lines() if " -m venv " in line)
    assert "--system-site-packages" in line
    assert ".venv/COLCON_IGNORE" in line


def test_what_pip_installs_is_declared(declared: set[str]) -> None:
    words = [w for line in lines() if line[:3] == "pip" for w in shlex.split(line, comments=True)]
    names = {re.split(r"[<>=]", word)[0] for word in words} - {"pip", "install"}
    assert {"torch", "safetensors"} <= names
    assert names <= declared


@pytest.mark.skipif(sys.platform == "win32", reason="scripts have no first line there")
def test_executable_runs_with_the_python_of_the_activated_environment(tmp_path: Path) -> None:
    environment = tmp_path / ".venv"
    arguments = ["--system-site-packages", "--without-pip", str(environment)]
    subprocess.run([sys.executable, "-m", "venv", *arguments], check=True, timeout=60)
    (site,) = environment.glob("lib/python*/site-packages")
    (site / "only_here.py").write_text("")
    script = tmp_path / "node"
    setup_cfg = (ROOT / "setup.cfg").read_text("utf-8")
    (executable,) = re.findall(r"^executable=(.+)$", setup_cfg, re.MULTILINE)
    script.write_text(f"#!{executable}\nimport only_here, sys; print(sys.prefix)\n")
    script.chmod(0o755)
    path = {"PATH": f"{environment / 'bin'}:/usr/bin:/bin"}
    done = subprocess.run(
        [script], env=path, capture_output=True, text=True, timeout=60, check=True
    )
    assert Path(done.stdout.strip()) == environment
