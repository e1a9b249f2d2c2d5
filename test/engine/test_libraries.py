"""Optional libraries: there, or named with the line that installs them."""

from __future__ import annotations

import pytest

from bridgenet_ros.engine import libraries
from bridgenet_ros.engine.libraries import is_installed, require
from bridgenet_ros.errors import ConfigError


def test_torch_needs_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(libraries, "find_spec", lambda _: None)
    assert is_installed("torch")
    require("torch", "nothing")


@pytest.mark.parametrize(
    ("there", "told"),
    [
        (("onnx",), "asked, and tensorrt is not installed; run: pip install tensorrt onnx"),
        ((), "asked, and tensorrt and onnx are not installed; run: pip install tensorrt onnx"),
    ],
)
def test_only_what_is_missing_is_named(
    monkeypatch: pytest.MonkeyPatch, there: tuple[str, ...], told: str
) -> None:
    monkeypatch.setattr(libraries, "find_spec", lambda name: name in there or None)
    assert not is_installed("tensorrt")
    with pytest.raises(ConfigError) as caught:
        require("tensorrt", "asked")
    assert str(caught.value) == told
