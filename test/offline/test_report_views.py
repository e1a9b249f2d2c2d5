"""The pictures of a report."""

from __future__ import annotations

from run_records import record

from bridgenet_ros.offline.report_views import views


def test_each_view_shows_before_and_after_with_words() -> None:
    made = views(record(4, parts=2))
    images = list(made.iter("img"))
    alts = [(image.get("alt") or "").replace("\u00a0", " ") for image in images]
    assert alts == [
        f"{title}, at {when}"
        for when in ("0 ms", "200 ms")
        for title in (
            "Colour, 64x48",
            "Sensor depth, 16x12",
            "Super-resolved, 64x48",
            "Sensor, enlarged",
            "Super-resolved, enlarged",
        )
    ]
    sizes = [(image.get("width"), image.get("height")) for image in images[:5]]
    assert sizes == [("64", "48"), ("16", "12"), ("64", "48"), ("4", "3"), ("16", "12")]
    assert all((image.get("src") or "").startswith("data:image/") for image in images)
    # All of the sensor's depth is 1 m.
    assert [svg.get("aria-label") for svg in made.iter("svg")] == [
        "Colours of depth, from 1 m to 1.5 m"
    ]


def test_without_a_view_there_is_a_word() -> None:
    assert "There is no picture" in "".join(views(record(0)).itertext())
