"""Paths as users write them."""

from pathlib import Path

import pytest

from bridgenet_ros.errors import ConfigError
from bridgenet_ros.user_path import user_path


def test_a_home_folder_is_understood(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert user_path("model.cache", "~/mine") == tmp_path / "mine"


@pytest.mark.parametrize("text", ["/a/b", "a/b", "a/~/b"])
def test_other_paths_stay_as_they_are(text: str) -> None:
    assert user_path("model.cache", text) == Path(text)


@pytest.mark.parametrize("text", ["", "~no-such-user/here"])
def test_what_is_no_path_is_refused_by_name(text: str) -> None:
    with pytest.raises(ConfigError, match=rf"^model.cache is '{text}'; expected "):
        user_path("model.cache", text)
