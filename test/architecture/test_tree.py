"""The rules of the tree: short files, no pickles, nothing that names one machine."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CODE = ("bridgenet_ros", "launch", "test")
MOST_LINES = 350
PICKLES = {".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".joblib"}
DOCSTRING = re.compile('r?"""')
LINK = re.compile(r"\]\((?!\w+:|#)([^)#]+)")  # not to another site or within the page
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:root|work|home|Users|mnt)/\w")
PICKLE_USE = re.compile(
    r"\btorch\.load\((?!.*weights_only=True)|\bimport pickle\b|allow_pickle=True"
)


def tracked_files() -> list[Path]:
    """The files under version control."""
    listing = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listing.returncode:
        pytest.skip("the tree is not a git checkout")
    paths = [ROOT / name for name in listing.stdout.split("\0") if name]
    return [path for path in paths if path.is_file()]


def documents() -> list[Path]:
    return [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]


def code_files() -> list[Path]:
    return sorted(path for folder in CODE for path in (ROOT / folder).rglob("*.py"))


def matches(paths: list[Path], pattern: re.Pattern[str]) -> list[str]:
    """``path:line`` of every line that matches."""
    return [
        f"{path.relative_to(ROOT)}:{number}"
        for path in paths
        for number, line in enumerate(path.read_text("utf-8", "replace").splitlines(), 1)
        if pattern.search(line)
    ]


def test_files_are_short() -> None:
    lengths = {path: len(path.read_text("utf-8").splitlines()) for path in code_files()}
    assert len(lengths) > 30
    assert [path.name for path, lines in lengths.items() if lines > MOST_LINES] == []


def test_every_module_says_what_it_is() -> None:
    package = [path for path in code_files() if path.relative_to(ROOT).parts[0] != "test"]
    silent = [p.name for p in package if not DOCSTRING.match(p.read_text("utf-8"))]
    assert silent == []


def test_links_in_documents_lead_somewhere() -> None:
    links = [(doc, link) for doc in documents() for link in LINK.findall(doc.read_text("utf-8"))]
    assert len(links) > 5
    assert [f"{doc.name}: {link}" for doc, link in links if not (doc.parent / link).exists()] == []


def test_no_pickles_in_the_tree() -> None:
    assert [str(path) for path in tracked_files() if path.suffix in PICKLES] == []


def test_no_code_reads_pickles() -> None:
    package = [path for path in code_files() if "bridgenet_ros" in path.relative_to(ROOT).parts]
    assert matches(package, PICKLE_USE) == []


def test_no_file_names_one_machine() -> None:
    assert matches(tracked_files(), MACHINE_PATH) == []
