"""What a subscription asks for, from what the publishers offer."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from rclpy.qos import DurabilityPolicy, HistoryPolicy, ReliabilityPolicy

from bridgenet_ros.ros.qos import matching_reliability, profile


@pytest.mark.parametrize(
    ("offers", "wanted"),
    [
        ([], "best_effort"),
        (["RELIABLE"], "reliable"),
        (["BEST_EFFORT"], "best_effort"),
        (["RELIABLE", "RELIABLE"], "reliable"),
        (["RELIABLE", "BEST_EFFORT"], "best_effort"),
        (["UNKNOWN"], "best_effort"),
    ],
)
def test_matching_reliability(offers: list[str], wanted: str) -> None:
    infos = [
        SimpleNamespace(qos_profile=SimpleNamespace(reliability=ReliabilityPolicy[offer]))
        for offer in offers
    ]
    assert matching_reliability(infos) == wanted


def test_profile_is_volatile_and_keeps_the_last() -> None:
    made = profile("reliable", 5)
    assert made.reliability == ReliabilityPolicy.RELIABLE
    assert made.durability == DurabilityPolicy.VOLATILE
    assert (made.history, made.depth) == (HistoryPolicy.KEEP_LAST, 5)
