"""The page of a run: whole, alone, escaped; and its file beside the output."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from pages import Reader
from run_records import KEY, PERIOD, manifest, record

from bridgenet_ros.errors import BagError
from bridgenet_ros.offline.manifest import StoredFile
from bridgenet_ros.offline.measuring import PROCESS_MS
from bridgenet_ros.offline.report import (
    check_report,
    drop_report,
    is_report,
    make_report,
    report_path,
    write_report,
)

EVIL = "/a<img src=x onerror=alert(1)>\"'&</style>\x00"
SHOWN = EVIL.replace("\x00", "\ufffd")
OUTSIDE = re.compile(r"https?:|//|@import|url\((?!#depths\))", re.IGNORECASE)


def words(page: str) -> str:
    shown = [text for tag, text in Reader(page).texts if tag != "style"]
    return " ".join(shown).replace("\u00a0", " ")


def test_a_page_says_what_was_made_of_what_and_how_well() -> None:
    text = words(make_report("out.mcap", manifest(4), record(4, parts=2)))
    for expected in (
        "4 results from 4 pairs of in.mcap over 300 ms.",
        "28.8 MB, sha256  " + "cd" * 32,
        "1 kB, sha256  " + "ef" * 32,
        "preset tiny, sha256  " + "12" * 32,
        "bridgenet_ros",
        "15 mm off in the median",
        "the sensor has 0 %",
        "11.5 ms",
        "2 workers; 2 results a second",
        "options.slop_ns 20000000",
        "options.storage none",
        "options.selection.exclude none",
        KEY,
    ):
        assert expected in re.sub(r"\s*\n\s*", " ", text)


def test_a_page_needs_nothing_from_outside() -> None:
    page = make_report("out.mcap", manifest(4), record(4))
    reader = Reader(page)
    assert {"h1", "h2", "h3", "svg", "img", "table"} <= set(reader.tags)
    assert not {"script", "link", "iframe", "object", "base"} & set(reader.tags)
    for tag, name, value in reader.attributes:
        if name in {"src", "href"}:
            assert (tag, (value or "")[:11]) == ("img", "data:image/")
        elif name != "content":
            assert not OUTSIDE.search(value or "")
    assert not OUTSIDE.search(reader.text_of("style"))


def test_every_picture_and_chart_has_words_and_headings_have_their_order() -> None:
    reader = Reader(make_report("out.mcap", manifest(4), record(4)))
    for tag, name in (("img", "alt"), ("svg", "aria-label")):
        said = [value for t, n, value in reader.attributes if (t, n) == (tag, name)]
        assert len(said) == reader.tags.count(tag)
        assert all(said)
    levels = [int(tag[1]) for tag in reader.tags if re.fullmatch(r"h\d", tag)]
    assert levels.count(1) == 1
    assert all(b <= a + 1 for a, b in pairwise(levels))
    assert ("html", "lang", "en") in reader.attributes


def test_no_name_of_a_recording_gets_out_of_its_place() -> None:
    made = replace(
        manifest(
            3,
            topics={EVIL: 3},
            color_topic=EVIL,
            depth_topic=EVIL,
            registration=EVIL,
            warnings=(EVIL,),
            unpaired={EVIL: 1},
        ),
        source=EVIL,
        settings={EVIL: {"a": EVIL}, "processor": {"device": EVIL, "weights": {"preset": EVIL}}},
        machine=EVIL,
    )
    page = make_report(EVIL, made, replace(record(3), last_error=EVIL))
    page.encode()
    reader = Reader(page)
    assert not any(name.startswith("on") for _, name, _ in reader.attributes)
    assert all(value != "x" for _, name, value in reader.attributes if name == "src")
    text = "".join(text for _, text in reader.texts)
    assert text.count(SHOWN) >= 11


@pytest.mark.parametrize(
    ("pairs", "sentence"),
    [(0, "0 results from 0 pairs of in.mcap."), (1, "1 result from 1 pair of in.mcap.")],
)
def test_no_pair_and_one_pair_read_well(pairs: int, sentence: str) -> None:
    text = words(make_report("out.mcap", manifest(pairs), record(pairs)))
    assert sentence in text
    assert "nan" not in text.lower().split()
    assert ("There is no picture" in text) == (pairs == 0)


def test_a_long_recording_has_a_small_page() -> None:
    short = record(1)
    (part,) = short.measured
    many = 20_000
    long = replace(
        short,
        pairs=short.pairs + np.arange(many)[:, None] * PERIOD,
        measured=[
            replace(
                part,
                time_ns=(part.time_ns[0] + np.arange(many) * PERIOD).tolist(),
                quality={name: np.arange(many) / many for name in part.quality},
                timings_ms={PROCESS_MS: np.arange(many) % 50},
            )
        ],
    )
    page = make_report("out.mcap", manifest(many), long)
    assert "20,000 results from 20,000 pairs of in.mcap over 33 min 20 s." in words(page)
    assert len(page) < len(make_report("out.mcap", manifest(1), short)) + 100_000


def test_used_segments_are_said() -> None:
    text = words(make_report("out.mcap", manifest(4, reused=1), record(4)))
    assert "2 workers; 1 segment of a run before used again" in text


def test_of_many_files_the_first_are_named() -> None:
    files = [StoredFile(name=f"{n}.png", size=1000, sha256="cd" * 32) for n in range(20)]
    text = words(make_report("out.mcap", replace(manifest(1), input=files), record(1)))
    assert "7.png, 1 kB" in text
    assert "8.png" not in text
    assert "20 files in all, 20 kB; the manifest lists them" in text


def test_untrained_weights_are_said() -> None:
    weights = {"preset": "tiny", "sha256": "12" * 32, "trained": False}
    made = replace(manifest(1), settings={"processor": {"weights": weights}})
    assert "not trained" in words(make_report("out.mcap", made, record(1)))
    assert "not trained" not in words(make_report("out.mcap", manifest(1), record(1)))


def test_a_report_is_known_by_its_head_and_key(tmp_path: Path) -> None:
    target = tmp_path / "out.mcap"
    path = report_path(target)
    assert path.name == "out.mcap.report.html"
    assert not is_report(path)
    write_report(target, manifest(2), record(2))
    assert is_report(path)
    assert is_report(path, KEY)
    assert not is_report(path, "00" * 32)
    check_report(target)
    drop_report(target)
    drop_report(target)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_report_stays(tmp_path: Path) -> None:
    target = tmp_path / "out.mcap"
    report_path(target).write_text("mine")
    with pytest.raises(BagError, match=r"out\.mcap\.report\.html: exists and is no report"):
        check_report(target)
    drop_report(target)
    assert report_path(target).read_text() == "mine"


def test_a_folder_in_its_place_is_said(tmp_path: Path) -> None:
    report_path(tmp_path / "out").mkdir()
    with pytest.raises(BagError, match="cannot be read: Is a directory"):
        check_report(tmp_path / "out")
