"""Working memory that is shared."""

from __future__ import annotations

import torch

from bridgenet_ros.registration.scratch import Scratch


def test_images_follow_one_another_and_whole_numbers_take_the_room_of_two() -> None:
    scratch = Scratch(6, torch.device("cpu"))
    whole = scratch.whole(2, 5)
    floats = scratch.images(3, 5, skip=4)
    assert (whole.shape, whole.dtype) == ((2, 5), torch.int64)
    assert (floats.shape, floats.dtype) == ((3, 5), torch.float32)
    whole.fill_(7)
    floats.fill_(1.5)
    assert (whole == 7).all()  # beside each other
    scratch.images(4, 5).fill_(0.0)
    assert (whole == 0).all()  # the same memory
    assert (floats == 1.5).all()
