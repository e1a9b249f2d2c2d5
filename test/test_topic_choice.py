"""The choice of topics where they are no recording's; test_bag_topics.py has the rest."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from bridgenet_ros.errors import TopicError
from bridgenet_ros.topic_choice import IMAGE_TYPE, TopicNames, choose_topics


class Named(NamedTuple):
    topic: str
    msgtype: str = IMAGE_TYPE


def test_images_and_their_calibrations() -> None:
    info = Named("/cam/color/camera_info", "sensor_msgs/msg/CameraInfo")
    topics = [Named("/cam/color/image_raw"), Named("/cam/depth/image_raw"), info]
    chosen = choose_topics(topics, TopicNames())
    assert (chosen.color, chosen.depth) == (topics[0], topics[1])
    assert (chosen.color_info, chosen.depth_info) == (info, None)


def test_topics_that_are_absent() -> None:
    with pytest.raises(TopicError, match="no topic looks like the colour image"):
        choose_topics([Named("/depth")], TopicNames())
    with pytest.raises(TopicError, match="there is no topic /b"):
        choose_topics([Named("/a")], TopicNames(color="b"))
