"""The page in a browser, where there is one, as wide as a phone and as a desk."""

from __future__ import annotations

import html
import os
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import cv2
import pytest
from run_records import manifest, record

from bridgenet_ros.offline.report import make_report

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
TIMEOUT_S = 120
LONG = "/" + "a_topic_of_one_very_long_word_" * 5
# The page in a frame of a width, and beside it what the frame measures. The page's own policy
# forbids scripts, so this one stands outside.
FRAME = """<!DOCTYPE html><meta charset="utf-8"><body style="margin:0">
<iframe style="border:0;width:{width}px;height:{height}px" srcdoc="{page}"></iframe><p></p><script>
onload = () => {{
  const page = document.querySelector("iframe").contentDocument, root = page.documentElement;
  const box = (e) => e.getBoundingClientRect();
  const wide = [...page.querySelectorAll("body *")].filter((e) => box(e).right > {width} + 1);
  const texts = [...page.querySelectorAll("svg text")].map((e) => box(e).height);
  const broken = [...page.images].filter((e) => !e.naturalWidth);
  document.querySelector("p").textContent = "MEASURED " + [root.scrollWidth, root.scrollHeight,
    wide.length, Math.floor(Math.min(...texts)), page.images.length, broken.length].join(" ");
}};</script>"""


@pytest.fixture(scope="module")
def browser() -> str:
    for name in NAMES:
        if (found := shutil.which(name)) is not None:
            return found
    pytest.skip(f"no browser: none of {', '.join(NAMES)} is installed")


@pytest.fixture(scope="module")
def page() -> str:
    made = replace(
        manifest(40, topics={LONG: 40}, color_topic=LONG, unpaired={"color_unpaired": 3}),
        source=LONG,
    )
    return make_report(f"{LONG}.mcap", made, record(40, parts=4))


def show(browser: str, folder: Path, page: str, width: int, height: int, *options: str) -> str:
    """What the browser prints."""
    framed = folder / "framed.html"
    text = FRAME.format(page=html.escape(page), width=width, height=height)
    framed.write_text(text, "utf-8")
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []  # it refuses root otherwise
    command = [
        browser,
        "--headless=new",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--hide-scrollbars",
        "--no-first-run",
        f"--user-data-dir={folder / 'profile'}",
        f"--window-size={max(width, 500)},{height}",
        *sandbox,
        *options,
        framed.as_uri(),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow  # a browser takes seconds to start
@pytest.mark.parametrize("width", [360, 1200])
def test_the_page_fits_its_width(browser: str, page: str, tmp_path: Path, width: int) -> None:
    printed = show(browser, tmp_path, page, width, 800, "--dump-dom")
    found = re.search(r"<p>MEASURED ([\d ]+)</p>", printed)
    assert found is not None, printed[-2000:]
    columns, rows, wide, text, images, broken = map(int, found[1].split())
    assert (columns, wide) == (width, 0)
    assert rows > 1000
    assert text >= 12
    assert (images, broken) == (20, 0)


@pytest.mark.slow  # a browser takes seconds to start
@pytest.mark.parametrize("width", [360, 1200])
def test_the_page_is_drawn(browser: str, page: str, tmp_path: Path, width: int) -> None:
    file = tmp_path / "page.png"
    show(browser, tmp_path, page, width, 2400, f"--screenshot={file}")
    picture = cv2.imread(str(file))
    assert picture is not None
    shown = picture[:2400, :width]
    assert shown.shape == (2400, width, 3)
    # Text, cards, and the colours of the pictures.
    assert shown.std() > 10
    saturated = shown.max(axis=2).astype(int) - shown.min(axis=2) > 100
    assert saturated.mean() > 0.01
