"""Topics are found when that is unambiguous, and listed when it is not."""

from __future__ import annotations

import pytest
from rosbags.interfaces import (
    Connection,
    ConnectionExtRosbag2,
    MessageDefinition,
    MessageDefinitionFormat,
)

from bridgenet_ros.errors import BagError, ConfigError
from bridgenet_ros.offline.bag_topics import TopicNames, find_topics, info_topic, output_topic
from bridgenet_ros.offline.messages import CAMERA_INFO_TYPE, COMPRESSED_TYPE, IMAGE_TYPE


def msgtype(topic: str) -> str:
    """By its name, as cameras have it."""
    if topic.endswith("camera_info"):
        return CAMERA_INFO_TYPE
    return COMPRESSED_TYPE if "compressed" in topic else IMAGE_TYPE


def bag(*topics: str) -> list[Connection]:
    return [
        Connection(
            id=index,
            topic=topic,
            msgtype=msgtype(topic),
            msgdef=MessageDefinition(MessageDefinitionFormat.NONE, ""),
            digest="",
            msgcount=5,
            ext=ConnectionExtRosbag2("cdr", []),
            owner=None,
        )
        for index, topic in enumerate(topics)
    ]


def found(
    connections: list[Connection], names: TopicNames | None = None
) -> tuple[str, str, str | None]:
    topics = find_topics(connections, names or TopicNames())
    return topics.color.topic, topics.depth.topic, topics.color_info and topics.color_info.topic


@pytest.mark.parametrize(
    ("connections", "expected"),
    [
        (bag("/rgb/image", "/depth/image"), ("/rgb/image", "/depth/image", None)),
        (
            bag(
                "/camera/color/image_raw",
                "/camera/color/camera_info",
                "/camera/depth/image_rect_raw",
                "/camera/depth/camera_info",
                "/camera/infra1/image_rect_raw",
            ),
            (
                "/camera/color/image_raw",
                "/camera/depth/image_rect_raw",
                "/camera/color/camera_info",
            ),
        ),
        (bag("/left", "/left_depth"), ("/left", "/left_depth", None)),
        (bag("/Colour/a", "/b", "/Depth"), ("/Colour/a", "/Depth", None)),
        (
            bag("/rgb/image", "/depth/image", "/sr/depth/image", "/my/rgb"),
            ("/rgb/image", "/depth/image", None),
        ),
        (
            bag(
                "/camera/color/image_raw/compressed",
                "/camera/color/image_raw/compressedDepth",  # what recording everything leaves
                "/camera/color/camera_info",
                "/camera/depth/image_raw/compressed",
                "/camera/depth/image_raw/compressedDepth",
            ),
            (
                "/camera/color/image_raw/compressed",
                "/camera/depth/image_raw/compressedDepth",
                "/camera/color/camera_info",
            ),
        ),
        (
            bag("/rgb", "/rgb/compressed", "/depth/compressedDepth", "/depth"),
            ("/rgb", "/depth", None),
        ),
        (
            bag("/rgb/image/compressed", "/depth/image/compressedDepth", "/my/rgb", "/my/depth"),
            ("/rgb/image/compressed", "/depth/image/compressedDepth", None),
        ),
        (bag("/compressed_rgb", "/depth"), ("/compressed_rgb", "/depth", None)),
    ],
)
def test_an_unambiguous_recording_needs_no_names(
    connections: list[Connection], expected: tuple[str, str, str | None]
) -> None:
    assert found(connections) == expected


@pytest.mark.parametrize(
    ("connections", "words"),
    [
        (bag(), ["no topic looks like the colour", "--rgb-topic", "Topics: none"]),
        (bag("/rgb/image"), ["no topic looks like the depth", "--depth-topic", "/rgb/image"]),
        (bag("/depth"), ["colour", "/depth (sensor_msgs/msg/Image, 5 messages)"]),
        (bag("/b/rgb", "/a/rgb", "/depth"), ["several topics may be the colour image: /a/rgb, /b"]),
        (bag("/rgb", "/a/depth", "/b/depth"), ["several topics may be the depth image: /a/depth,"]),
        (bag("/a", "/b", "/depth"), ["several topics may be the colour image: /a, /b; name it"]),
        (bag("/rgb", "/depth/compressed"), ["no topic looks like the depth", "CompressedImage"]),
    ],
)
def test_an_ambiguous_recording_lists_its_topics(
    connections: list[Connection], words: list[str]
) -> None:
    with pytest.raises(BagError) as caught:
        find_topics(connections, TopicNames())
    for word in words:
        assert word in str(caught.value)


def test_given_names_win_and_need_no_slash() -> None:
    connections = bag("/a/rgb", "/b/rgb", "/depth/x", "/depth/y", "/calibration/camera_info")
    names = TopicNames(color="b/rgb", depth="/depth/y", color_info="calibration/camera_info")
    assert found(connections, names) == ("/b/rgb", "/depth/y", "/calibration/camera_info")


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (TopicNames(color="/gone"), "there is no topic /gone. Topics: /depth"),
        (TopicNames(depth="/rgb/camera_info"), "is of type sensor_msgs/msg/CameraInfo; expected"),
        (
            TopicNames(color="/rgb/camera_info"),
            "expected sensor_msgs/msg/Image or sensor_msgs/msg/CompressedImage",
        ),
        (TopicNames(color_info="/rgb/image"), "is of type sensor_msgs/msg/Image; expected"),
        (TopicNames(depth="/rgb/image"), "as colour and as depth"),
    ],
)
def test_a_given_name_that_does_not_fit_is_refused(names: TopicNames, message: str) -> None:
    with pytest.raises(BagError) as caught:
        find_topics(bag("/rgb/image", "/rgb/camera_info", "/depth/image"), names)
    assert message in str(caught.value)


@pytest.mark.parametrize("namespace", ["robot", "/robot", "/robot/", "robot/"])
def test_output_topics_lie_under_the_namespace(namespace: str) -> None:
    assert output_topic(namespace, "sr/depth/image") == "/robot/sr/depth/image"


@pytest.mark.parametrize("namespace", ["", "/"])
def test_no_namespace_is_the_root(namespace: str) -> None:
    assert output_topic(namespace, "sr/depth/image") == "/sr/depth/image"


@pytest.mark.parametrize("namespace", ["1st", "a b", "a//b", "ä", "~x"])
def test_what_is_no_namespace_is_refused(namespace: str) -> None:
    with pytest.raises(ConfigError, match="namespace is"):
        output_topic(namespace, "sr/depth/image")


@pytest.mark.parametrize(
    ("topic", "info"),
    [
        ("/cam/rgb/image", "/cam/rgb/camera_info"),
        ("/cam/rgb/image/compressed", "/cam/rgb/camera_info"),
        ("/cam/depth/image/compressedDepth", "/cam/depth/camera_info"),
        ("/image", "/camera_info"),
    ],
)
def test_the_camera_info_lies_beside_the_image(topic: str, info: str) -> None:
    assert info_topic(bag(topic)[0]) == info
