"""What a run left out, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from xml.etree.ElementTree import Element

from bridgenet_ros.report import quantity
from bridgenet_ros.report.markup import element

MEANINGS = {
    "color_unpaired": "colour without depth of nearly the same stamp",
    "depth_unpaired": "depth without colour of nearly the same stamp",
    "queue_full": "waited for a partner behind too many others",
    "late": "came after newer images had been paired",
    "duplicate": "has the stamp of an image before it",
    "time_jump": "its partner was lost where time jumps back",
    "invalid_stamp": "has no stamp, or a negative one",
    "reset": "waited while the pairing began anew",
    "encoding": "has an encoding that cannot be used",
    "size": "has a size that cannot be used",
    "dtype": "has a type of pixel that cannot be used",
    "step": "its rows are shorter than its pixels need",
    "truncated": "holds fewer bytes than its size needs",
    "undecodable": "is damaged",
    "all_invalid": "has no depth between the least and the greatest that are allowed",
    "calibration": "its camera info cannot be used",
    "frame_id": "depth is not in colour's frame, and no transform is known",
    "no_frame": "does not say its frame",
    "outside": "no depth falls into the colour view",
}
"""What the reasons of `bridgenet_ros.sync` and of `FrameError` mean."""


def drops(summary: Mapping[str, Any], last_error: str) -> Element:
    """Images and pairs that are not in the output, with their reasons.

    Args:
        summary: the fields of `ProcessSummary`.
        last_error: of the last pair that could not be used.
    """
    rows = [
        *[("images without partner", reason, n) for reason, n in summary["unpaired"].items()],
        *[("unusable pairs", reason, n) for reason, n in summary["bad_frames"].items()],
    ]
    if summary["unreadable"]:
        rows.append(("images", "undecodable", summary["unreadable"]))
    parts = [_table(rows)] if rows else [element("p", "Nothing: every image is part of a result.")]
    if last_error:
        parts.append(element("p", "The last unusable pair: ", element("code", last_error)))
    if summary["skipped"]:
        skipped = quantity.count(summary["skipped"])
        parts.append(element("p", f"Besides, {skipped} pairs were not to be processed (--every)."))
    return element("div", *parts, class_="card")


def _table(rows: list[tuple[str, str, int]]) -> Element:
    head = [element("th", "what", scope="col"), element("th", "why", scope="col")]
    head.append(element("th", "count", scope="col", class_="number"))
    lines = []
    for what, reason, number in rows:
        meaning = MEANINGS.get(reason, "")
        why = [element("code", reason), element("br"), meaning] if meaning else [reason]
        lines.append(
            element(
                "tr",
                element("th", what, scope="row"),
                element("td", *why),
                element("td", quantity.count(number), class_="number"),
            )
        )
    return element("table", element("thead", element("tr", *head)), element("tbody", *lines))
