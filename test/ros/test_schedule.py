from __future__ import annotations

import pytest

from bridgenet_ros.errors import BagError
from bridgenet_ros.ros.schedule import schedule

MS = 1_000_000


def test_ten_hertz_played_at_thirty() -> None:
    pace = schedule([5000 * MS, 5100 * MS, 5200 * MS], 30.0)

    assert pace.speed == pytest.approx(3.0)
    assert pace.period_ns == pytest.approx(100 * MS / 3)
    assert pace.offset_ns(0, 0) == 0
    assert pace.offset_ns(200 * MS, 0) == pytest.approx(66.667 * MS, abs=MS / 1000)
    assert pace.offset_ns(0, 1) == 100 * MS  # the next round starts one period behind the last


def test_own_pace_is_kept_with_its_jitter() -> None:
    pace = schedule([0, 90 * MS, 200 * MS], 0.0)

    assert [pace.offset_ns(t * MS, 0) for t in (-3, 0, 90, 200)] == [-3 * MS, 0, 90 * MS, 200 * MS]
    assert pace.offset_ns(0, 2) == 600 * MS


def test_single_image_repeats_at_the_rate() -> None:
    pace = schedule([7], 20.0)

    assert [pace.offset_ns(0, n) for n in range(3)] == [0, 50 * MS, 100 * MS]


def test_nothing_to_play_is_refused() -> None:
    with pytest.raises(BagError, match="no colour image"):
        schedule([], 30.0)
