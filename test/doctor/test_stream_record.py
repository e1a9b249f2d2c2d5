"""What is remembered of a topic."""

from __future__ import annotations

import numpy as np

from bridgenet_ros.doctor.stream_record import Arrival, StreamRecord
from bridgenet_ros.errors import FrameError
from bridgenet_ros.frame import DepthArray


def test_the_first_images_are_decoded_then_one_of_thirty() -> None:
    record: StreamRecord[DepthArray] = StreamRecord("depth", "/depth")
    decoded: list[int] = []

    def decode(index: int) -> DepthArray:
        decoded.append(index)
        if index == 1:
            raise FrameError("encoding", "'8UC1' given as depth")
        return np.full((2, 3 + (index >= 30)), index, np.uint16)

    for index in range(40):
        record.add(Arrival(index, index), "a", "16UC1", lambda index=index: decode(index))
    assert decoded == [0, 1, 2, 30]
    assert len(record.arrivals) == 40
    assert (record.undecodable, record.last_error) == (1, "'8UC1' given as depth")
    assert list(record.sizes) == [(2, 3), (2, 4)]
    assert record.size == (2, 4)
    assert record.frame_id == "a"


def test_nothing_is_known_of_an_empty_one() -> None:
    record: StreamRecord[DepthArray] = StreamRecord("depth", "/depth")
    assert (record.size, record.frame_id) == (None, "")
