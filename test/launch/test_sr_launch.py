"""sr.launch.py: what it starts, for every value of its arguments."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import pytest
from launch_doubles import LAUNCH_FOLDER, Context, ParameterValue, load, run

from bridgenet_ros.doctor.launch_line import start_line
from bridgenet_ros.resources import DDS_PROFILE_VARIABLES
from bridgenet_ros.topic_choice import COMPRESSED_TYPE, IMAGE_TYPE, ChosenTopics

CONFIG = LAUNCH_FOLDER.parent / "config"
PRESETS = sorted(file.stem for file in (CONFIG / "consumers").glob("*.yaml"))
CAMERAS = sorted(file.stem for file in (CONFIG / "cameras").glob("*.yaml"))

pytestmark = pytest.mark.usefixtures("bare")


class Named(NamedTuple):
    topic: str
    msgtype: str


def node_of(context: Context) -> dict[str, Any]:
    (node,) = context.nodes
    return node.made_with


def test_every_argument_is_described() -> None:
    arguments = load(LAUNCH_FOLDER / "sr.launch.py").ARGUMENTS
    assert len({a.name for a in arguments}) == len(arguments)
    assert all(len(a.description) > 10 for a in arguments)


@pytest.fixture
def _no_profile(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*DDS_PROFILE_VARIABLES, "ROS_DISTRO"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.usefixtures("_no_profile")
def test_node_gets_remappings_parameters_and_environment() -> None:
    made = node_of(
        run(
            "sr.launch.py",
            rgb_topic="/camera/color/image_raw",
            depth_topic="/camera/depth/image_raw",
            extrinsics_topic="/camera/extrinsics/depth_to_color",
            device="cpu",
            depth_image_transport="compressedDepth",
            use_sim_time="true",
            namespace="bridgenet",
        )
    )
    assert (made["package"], made["executable"]) == ("bridgenet_ros", "bridgenet_node")
    assert (made["name"], made["namespace"]) == ("bridgenet", "bridgenet")
    assert made["remappings"] == [
        ("rgb/image", "/camera/color/image_raw"),
        ("rgb/camera_info", "/camera/color/camera_info"),
        ("depth/image", "/camera/depth/image_raw"),
        ("depth/camera_info", "/camera/depth/camera_info"),
        ("extrinsics/depth_to_color", "/camera/extrinsics/depth_to_color"),
    ]
    assert made["parameters"] == [
        str(CONFIG / "sr.yaml"),
        {"use_sim_time": True, "model.device": "cpu", "depth_image_transport": "compressedDepth"},
    ]
    assert made["arguments"] == ["--ros-args", "--log-level", "info"]
    ((variable, profile),) = made["additional_env"].items()
    assert variable == "FASTDDS_DEFAULT_PROFILES_FILE"
    assert Path(profile).is_file()


def test_defaults_leave_everything_to_the_parameter_file() -> None:
    made = node_of(run("sr.launch.py"))
    assert made["parameters"] == [str(CONFIG / "sr.yaml"), {"use_sim_time": False}]
    assert made["remappings"] == [(name, name) for name, _ in made["remappings"]]
    assert made["respawn"] is False


@pytest.mark.usefixtures("_no_profile")
@pytest.mark.parametrize("variable", DDS_PROFILE_VARIABLES)
def test_a_profile_of_the_users_is_kept_and_the_argument_turns_ours_off(
    monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    assert node_of(run("sr.launch.py", shared_memory="false"))["additional_env"] == {}
    monkeypatch.setenv(variable, "mine.xml")
    assert node_of(run("sr.launch.py"))["additional_env"] == {}


@pytest.mark.parametrize(
    ("argument", "value", "given"),
    [
        ("autostart", "false", {"autostart": False}),
        ("rgb_image_transport", "compressed", {"rgb_image_transport": "compressed"}),
        ("rgb_image_transport", "raw", {"rgb_image_transport": "raw"}),
        ("depth_image_transport", "raw", {"depth_image_transport": "raw"}),
        ("weights", "my.safetensors", {"model.weights": "my.safetensors"}),
        ("device", "cuda:1", {"model.device": "cuda:1"}),
        ("precision", "int8", {"model.precision": "int8"}),
        ("qos", "auto", {"input.qos": "auto"}),
        ("qos", "reliable", {"input.qos": "reliable"}),
        ("qos", "best_effort", {"input.qos": "best_effort"}),
    ],
)
def test_argument_becomes_a_parameter(argument: str, value: str, given: dict[str, Any]) -> None:
    *_, last = node_of(run("sr.launch.py", **{argument: value}))["parameters"]
    assert last == {"use_sim_time": False} | given


def test_every_choice_is_taken_and_another_is_refused() -> None:
    arguments = [a for a in load(LAUNCH_FOLDER / "sr.launch.py").ARGUMENTS if a.choices]
    assert len(arguments) > 8
    for argument in arguments:
        for choice in argument.choices:
            assert run("sr.launch.py", **{argument.name: choice}).nodes
        with pytest.raises(ValueError, match=argument.name):
            run("sr.launch.py", **{argument.name: "other"})


@pytest.mark.parametrize("preset", PRESETS)
def test_preset_is_a_parameter_file_that_the_users_wins_over(preset: str) -> None:
    made = node_of(run("sr.launch.py", preset=preset, params_file="mine.yaml", device="cpu"))
    assert made["parameters"] == [
        str(CONFIG / "sr.yaml"),
        str(CONFIG / "consumers" / f"{preset}.yaml"),
        "mine.yaml",
        {"use_sim_time": False, "model.device": "cpu"},
    ]


def test_presets_are_the_files() -> None:
    arguments = {a.name: a for a in load(LAUNCH_FOLDER / "sr.launch.py").ARGUMENTS}
    assert sorted(filter(None, arguments["preset"].choices)) == PRESETS
    assert PRESETS == ["laserscan", "nav2", "nvblox", "octomap", "rtabmap"]


@pytest.mark.parametrize("camera", CAMERAS)
def test_camera_gives_topics_and_parameters(camera: str) -> None:
    made = node_of(run("sr.launch.py", camera=camera, preset="nav2"))
    topics = dict(made["remappings"])
    assert all(topics[name].startswith("/") for name in ("rgb/image", "depth/image"))
    base, own, preset, _ = made["parameters"]
    assert (Path(base).name, Path(preset).name) == ("sr.yaml", "nav2.yaml")
    assert own["register.mode"] == ParameterValue("auto", str)


def test_cameras_are_those_that_the_argument_names() -> None:
    arguments = {a.name: a for a in load(LAUNCH_FOLDER / "sr.launch.py").ARGUMENTS}
    assert CAMERAS == ["azure_kinect", "oak", "orbbec", "realsense", "zed"]
    assert all(name in arguments["camera"].description for name in CAMERAS)


def test_realsense_topics_move_with_the_prefix_and_yield_to_given_ones() -> None:
    made = node_of(
        run("sr.launch.py", camera="realsense", camera_prefix="/front", depth_topic="/own/depth")
    )
    assert made["remappings"] == [
        ("rgb/image", "/front/color/image_raw"),
        ("rgb/camera_info", "/front/color/camera_info"),
        ("depth/image", "/own/depth"),
        ("depth/camera_info", "/own/camera_info"),
        ("extrinsics/depth_to_color", "/front/extrinsics/depth_to_color"),
    ]


def test_the_line_that_doctor_prints_starts_the_node() -> None:
    topics = ChosenTopics(
        color=Named("/a/compressed", COMPRESSED_TYPE),
        depth=Named("/b/depth", IMAGE_TYPE),
        color_info=None,
        depth_info=None,
    )
    line = start_line(topics, sim_time=True, settings={"model.device": "cpu"}, distribution=True)
    _, _, _, file, *given = line.split()
    made = node_of(run(file, **dict(argument.split(":=") for argument in given)))
    assert dict(made["remappings"])["rgb/image"] == "/a"
    assert dict(made["remappings"])["depth/image"] == "/b/depth"
    assert made["parameters"][-1] == {
        "use_sim_time": True,
        "rgb_image_transport": "compressed",
        "model.device": "cpu",
    }


def test_rviz_shows_the_nodes_topics_in_the_cameras_frame() -> None:
    context = run("sr.launch.py", camera="zed", namespace="head", rviz="true")
    _, rviz = (node.made_with for node in context.nodes)
    assert (rviz["package"], rviz["executable"]) == ("rviz2", "rviz2")
    assert rviz["arguments"] == ["-d", str(CONFIG / "sr.rviz"), "-f", "zed_camera_link"]
    assert rviz["remappings"] == [
        ("/bridgenet/preview", "/head/preview"),
        ("/bridgenet/points", "/head/points"),
        ("/bridgenet/sr/depth/image", "/head/sr/depth/image"),
        ("/bridgenet/rgb/image", "/zed/zed_node/rgb/color/rect/image"),
    ]


@pytest.mark.parametrize(("given", "frame"), [({}, []), ({"rviz_frame": "map"}, ["-f", "map"])])
def test_rviz_frame(given: dict[str, str], frame: list[str]) -> None:
    context = run("sr.launch.py", rviz="true", **given)
    assert context.nodes[1].made_with["arguments"][2:] == frame
