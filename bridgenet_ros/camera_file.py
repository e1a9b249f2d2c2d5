"""Camera files: where a driver publishes what, and the settings that suit it.

``config/cameras/NAME.yaml`` holds a driver's documented defaults. The launch files read it, so the
topic names are keyed by their arguments.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bridgenet_ros import interface
from bridgenet_ros.errors import ConfigError
from bridgenet_ros.user_path import user_path

TOPICS = {
    "rgb_topic": interface.RGB_IMAGE,
    "camera_info_topic": interface.RGB_INFO,
    "depth_topic": interface.DEPTH_IMAGE,
    "depth_info_topic": interface.DEPTH_INFO,
    "extrinsics_topic": interface.EXTRINSICS,
}
"""Launch argument to the node's name of the topic."""
_SIBLINGS = {"camera_info_topic": "rgb_topic", "depth_info_topic": "depth_topic"}
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """A driver's defaults.

    Attributes:
        driver: package and version that the file describes.
        prefix: what the driver puts before its topics, such as ``/camera/camera``; may be empty.
        base_frame: frame of the camera's body, whose x axis looks forward.
        topics: launch argument to topic, relative to the prefix.
        encodings: ``color`` and ``depth``, each with what the driver may send.
        parameters: settings of the node by dotted name.
    """

    driver: str
    prefix: str
    base_frame: str
    topics: Mapping[str, str]
    encodings: Mapping[str, list[str]]
    parameters: Mapping[str, Any]


def read_camera(name: str, folder: Path) -> Camera:
    """The camera file ``name`` of ``folder``, or the one at that path if it ends in ``.yaml``.

    Raises:
        ConfigError: there is no such file, or it is no camera file.
    """
    path = user_path("camera", name) if name.endswith(".yaml") else folder / f"{name}.yaml"
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in folder.glob("*.yaml")))
        raise ConfigError(f"camera is {name!r}; expected one of {known}, or the path of a .yaml")
    try:
        content = yaml.safe_load(path.read_text("utf-8"))
    except yaml.YAMLError as error:
        raise ConfigError(f"{path} is no YAML: {' '.join(str(error).split())}") from error
    return _camera(content, path)


def camera_topics(
    camera: Camera | None, given: Mapping[str, str], prefix: str = ""
) -> dict[str, str]:
    """Every topic of `TOPICS` by its launch argument.

    What is given wins over the camera's; a camera_info that neither names is the sibling of its
    image.

    Args:
        camera: None: the node's own names.
        given: launch arguments; empty ones count as not given.
        prefix: takes the place of the camera's own, if not empty.
    """
    start = prefix or (camera.prefix if camera else "")
    topics: dict[str, str] = {}
    for argument, own_name in TOPICS.items():
        image = _SIBLINGS.get(argument)
        if given.get(argument):
            topics[argument] = given[argument]
        elif image and (camera is None or argument not in camera.topics or given.get(image)):
            topics[argument] = sibling(given.get(image) or topics.get(image, ""))
        elif camera and argument in camera.topics:
            topics[argument] = full_name(start, camera.topics[argument])
        else:
            topics[argument] = own_name
    return topics


def sibling(image_topic: str) -> str:
    """The camera_info in the namespace of an image topic, as image_transport has it."""
    parent, slash, _ = image_topic.rpartition("/")
    return f"{parent}{slash}camera_info"


def full_name(namespace: str, name: str) -> str:
    """A relative name in a namespace, which may be empty and have slashes at its ends."""
    start = f"/{namespace.strip('/')}".rstrip("/")
    return f"{start}/{name}"


def camera_list(text: str) -> dict[str, str]:
    """Name to prefix of every camera in ``front=/camera/front,rear``; ``rear`` means ``/rear``.

    Raises:
        ConfigError: a name that ROS does not take, a name twice, or no camera at all.
    """
    cameras: dict[str, str] = {}
    for item in filter(None, (part.strip() for part in text.split(","))):
        name, equals, prefix = (part.strip() for part in item.partition("="))
        if not _NAME.fullmatch(name):
            raise ConfigError(
                f"cameras has {name!r}; expected a name of letters, digits and underscores"
            )
        if name in cameras:
            raise ConfigError(f"cameras has {name!r} twice")
        cameras[name] = prefix if equals else f"/{name}"
    if not cameras:
        raise ConfigError("cameras is empty; expected NAME=PREFIX,NAME=PREFIX")
    return cameras


def _camera(content: object, path: Path) -> Camera:
    expected = Camera.__slots__
    if not isinstance(content, dict) or set(content) != set(expected):
        raise ConfigError(f"{path} is no camera file; expected the keys {', '.join(expected)}")
    camera = Camera(**content)
    unknown = set(camera.topics) - set(TOPICS)
    if unknown or not {"rgb_topic", "depth_topic"} <= set(camera.topics):
        raise ConfigError(
            f"{path} has the topics {', '.join(camera.topics)}; expected rgb_topic, depth_topic "
            f"and any of {', '.join(TOPICS)}"
        )
    return camera
