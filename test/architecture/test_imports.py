"""Which modules load what: a cheap package import, and no ROS outside the ROS shell."""

from __future__ import annotations

import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import bridgenet_ros

ROOT = Path(__file__).resolve().parents[2]
ROS_MODULES = (
    "rclpy",
    "sensor_msgs",
    "std_msgs",
    "std_srvs",
    "diagnostic_msgs",
    "lifecycle_msgs",
    "rcl_interfaces",
    "builtin_interfaces",
    "message_filters",
    "cv_bridge",
    "tf_transformations",
    "tf2_ros",
    "tf2_msgs",
    "realsense2_camera_msgs",
    "launch",
    "launch_ros",
    "ament_index_python",
)
EXTRAS = ("rosbags", "cv2", "h5py", "matplotlib", "rich", "ray")


def run_python(code: str) -> str:
    """Run ``code`` in a fresh interpreter and return what it prints."""
    command = [sys.executable, "-c", code]
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=ROOT, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def modules_outside_the_ros_shell() -> list[str]:
    found = pkgutil.walk_packages(bridgenet_ros.__path__, "bridgenet_ros.", onerror=print)
    return [m.name for m in found if not m.name.startswith("bridgenet_ros.ros")]


def test_package_import_is_cheap() -> None:
    loaded = run_python("import sys, bridgenet_ros; print(*sys.modules, sep='\\n')").split()
    assert not {"torch", "rclpy", "numpy"} & set(loaded)


def test_command_line_help_loads_nothing_heavy() -> None:
    blocked = ("torch", "numpy", *ROS_MODULES, *EXTRAS)
    code = f"import sys; sys.modules.update(dict.fromkeys({blocked!r}))\n"
    code += "from bridgenet_ros.cli import main\nmain(['--help'])"
    assert "params" in run_python(code)


def test_who_leaves_the_work_to_other_processes_loads_no_torch() -> None:
    code = (
        "import sys\n"
        "from bridgenet_ros.config import NodeConfig, with_values\n"
        "from bridgenet_ros.engine.no_gpu import surely_no_gpu\n"
        "from bridgenet_ros.offline.process_bag import process_bag\n"
        "from bridgenet_ros.offline.processor import Processing\n"
        "surely_no_gpu()\n"
        "work = Processing(with_values(NodeConfig(), {'model.device': 'cpu'}))\n"
        "work.identity, work.make, work.card, work.default_workers()\n"
        "print([name for name in ('torch', 'openvino') if name in sys.modules])"
    )
    assert run_python(code).strip() == "[]"


def test_other_modules_import_with_ros_blocked() -> None:
    names = modules_outside_the_ros_shell()
    assert len(names) > 30
    code = f"import sys, importlib; sys.modules.update(dict.fromkeys({ROS_MODULES!r}))\n"
    code += f"for name in {names!r}: importlib.import_module(name)\nprint('imported')"
    assert run_python(code).strip() == "imported"


def test_import_layers_hold() -> None:
    pytest.importorskip("importlinter", reason="import-linter is not installed")
    code = "from importlinter.cli import lint_imports; raise SystemExit(lint_imports())"
    command = [sys.executable, "-c", code]
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=ROOT, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
