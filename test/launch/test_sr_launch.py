"""sr.launch.py against the real launch packages, or recording doubles where they are absent."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
LAUNCH_FILE = REPOSITORY / "launch" / "sr.launch.py"
REAL = importlib.util.find_spec("launch_ros") is not None


class Recorded:
    """Stands for any launch action: keeps what it was made with."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.args = args
        self.kwargs = kwargs


@dataclass
class Context:
    """A launch context with the arguments' values."""

    values: dict[str, str] = field(default_factory=dict)


class Configuration(Recorded):
    def perform(self, context: Context) -> str:
        return context.values[self.args[0]]


def doubles() -> dict[str, ModuleType]:
    """The names that the launch file imports."""
    names = {
        "launch": {"LaunchContext": Context, "LaunchDescription": Recorded},
        "launch.actions": {"DeclareLaunchArgument": Recorded, "OpaqueFunction": Recorded},
        "launch.substitutions": {"LaunchConfiguration": Configuration},
        "launch_ros": {},
        "launch_ros.actions": {"Node": Recorded},
    }
    modules = {}
    for name, members in names.items():
        modules[name] = ModuleType(name)
        vars(modules[name]).update(members)
    return modules


@pytest.fixture
def sr(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The launch file as a module."""
    if not REAL:
        for name, module in doubles().items():
            monkeypatch.setitem(sys.modules, name, module)
    spec = importlib.util.spec_from_file_location("sr_launch", LAUNCH_FILE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def defaults(sr: ModuleType, **given: str) -> dict[str, str]:
    return {a.name: a.default for a in sr.ARGUMENTS} | given


def test_description_is_built_and_every_argument_described(sr: ModuleType) -> None:
    description = sr.generate_launch_description()
    if REAL:
        declared = [
            a for a, _ in description.get_launch_arguments_with_include_launch_description_actions()
        ]
        assert {a.name for a in declared} == {a.name for a in sr.ARGUMENTS}
    else:
        *declared, _ = description.args[0]
        assert [d.args[0] for d in declared] == [a.name for a in sr.ARGUMENTS]
    assert all(len(a.description) > 10 for a in sr.ARGUMENTS)


@pytest.mark.skipif(REAL, reason="looks into the doubles")
def test_node_gets_remappings_parameters_and_environment(
    sr: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in sr.PROFILE_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    values = defaults(
        sr,
        rgb_topic="/camera/color/image_raw",
        depth_topic="/camera/depth/image_raw",
        extrinsics_topic="/camera/extrinsics/depth_to_color",
        device="cpu",
        depth_image_transport="compressedDepth",
        use_sim_time="true",
        namespace="bridgenet",
    )
    (node,) = sr._node(Context(values))
    made = node.kwargs
    assert (made["package"], made["executable"]) == ("bridgenet_ros", "bridgenet_node")
    assert (made["name"], made["namespace"]) == ("bridgenet", "bridgenet")
    assert made["remappings"] == [
        ("rgb/image", "/camera/color/image_raw"),
        ("rgb/camera_info", "/camera/color/camera_info"),
        ("depth/image", "/camera/depth/image_raw"),
        ("depth/camera_info", "/camera/depth/camera_info"),
        ("extrinsics/depth_to_color", "/camera/extrinsics/depth_to_color"),
    ]
    file, given = made["parameters"]
    assert Path(file) == REPOSITORY / "config" / "sr.yaml"
    assert given == {
        "use_sim_time": True,
        "model.device": "cpu",
        "depth_image_transport": "compressedDepth",
    }
    profile = made["additional_env"]["FASTDDS_DEFAULT_PROFILES_FILE"]
    assert Path(profile).is_file()


def test_defaults_leave_everything_to_the_parameter_file(sr: ModuleType) -> None:
    assert sr.parameters(defaults(sr)) == {"use_sim_time": False}
    assert sr.parameters(defaults(sr, autostart="false")) == {
        "use_sim_time": False,
        "autostart": False,
    }


@pytest.mark.parametrize(
    ("topic", "info"),
    [
        ("rgb/image", "rgb/camera_info"),
        ("/cam/color/image_raw", "/cam/color/camera_info"),
        ("image", "camera_info"),
        ("/image", "/camera_info"),
    ],
)
def test_sibling(sr: ModuleType, topic: str, info: str) -> None:
    assert sr.sibling(topic) == info


def test_a_profile_of_the_users_is_kept_and_the_argument_turns_ours_off(
    sr: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FASTDDS_DEFAULT_PROFILES_FILE", "mine.xml")
    assert "FASTDDS_DEFAULT_PROFILES_FILE" not in sr.environment(True)
    assert sr.environment(False) == {}
