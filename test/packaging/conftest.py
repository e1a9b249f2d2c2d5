"""What setup.py declares, for the recipes that install it."""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def declared(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Every distribution that setup.py names."""
    setuptools = pytest.importorskip("setuptools", reason="setuptools is not installed")

    given: dict[str, Any] = {}
    monkeypatch.setattr(setuptools, "setup", given.update)
    monkeypatch.chdir(ROOT)
    runpy.run_path("setup.py")
    lists = [given["install_requires"], *given["extras_require"].values()]
    return {re.split(r"[<>=]", name)[0] for names in lists for name in names}
