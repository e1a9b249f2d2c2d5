"""Compiled networks on disk: intact, stale, corrupt, too many."""

from __future__ import annotations

import errno
import logging
import os
from pathlib import Path

import pytest

from bridgenet_ros.engine.artefacts import KEPT_FILES, Artefacts, default_folder, identity
from bridgenet_ros.network.bridgenet import BridgeNet

KEY = {"weights": "abc", "gpu": "X"}


class Maker:
    """Counts how often it makes something."""

    def __init__(self) -> None:
        self.made = 0

    def __call__(self) -> bytes:
        self.made += 1
        return b"plan\n\x00\xff"


@pytest.fixture
def make() -> Maker:
    return Maker()


def test_an_artefact_is_made_once(tmp_path: Path, make: Maker) -> None:
    for _ in range(2):
        assert Artefacts(tmp_path / "new").get(KEY, make) == b"plan\n\x00\xff"
    assert make.made == 1


def test_another_key_is_another_artefact(tmp_path: Path, make: Maker) -> None:
    artefacts = Artefacts(tmp_path)
    artefacts.get(KEY, make)
    artefacts.get({**KEY, "gpu": "Y"}, make)
    artefacts.get({**KEY, "gpu": "Y"}, make)
    assert make.made == 2


@pytest.mark.parametrize("damage", ["payload", "header", "short", "empty", "key"])
def test_what_is_damaged_is_made_again(
    tmp_path: Path, make: Maker, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    artefacts = Artefacts(tmp_path)
    artefacts.get(KEY, make)
    (file,) = tmp_path.iterdir()
    whole = file.read_bytes()
    file.write_bytes(
        {
            "payload": whole[:-1] + b"\x00",
            "header": b"x" + whole[1:],
            "short": whole[:-1],
            "empty": b"",
            "key": whole.replace(b'"X"', b'"Y"'),
        }[damage]
    )
    with caplog.at_level(logging.WARNING):
        assert artefacts.get(KEY, make) == b"plan\n\x00\xff"
    assert make.made == 2
    assert "corrupt or stale and is made again" in caplog.text
    artefacts.get(KEY, make)
    assert make.made == 2


def test_what_is_dropped_is_made_again(tmp_path: Path, make: Maker) -> None:
    artefacts = Artefacts(tmp_path)
    artefacts.drop(KEY)
    artefacts.get(KEY, make)
    artefacts.drop(KEY)
    artefacts.get(KEY, make)
    assert make.made == 2


def test_a_folder_that_cannot_be_made_costs_a_warning(
    tmp_path: Path, make: Maker, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("in the way")
    artefacts = Artefacts(tmp_path / "file" / "folder")
    with caplog.at_level(logging.WARNING):
        assert artefacts.get(KEY, make) == b"plan\n\x00\xff"
    assert "is not kept for the next start" in caplog.text


def test_the_oldest_files_go(tmp_path: Path, make: Maker) -> None:
    artefacts = Artefacts(tmp_path)
    artefacts.get(KEY, make)
    (first,) = tmp_path.iterdir()
    os.utime(first, (1, 1))
    for i in range(KEPT_FILES):
        artefacts.get({**KEY, "size": str(i)}, make)
    assert len(list(tmp_path.iterdir())) == KEPT_FILES
    assert not first.exists()


def test_what_is_used_stays(tmp_path: Path, make: Maker) -> None:
    artefacts = Artefacts(tmp_path)
    artefacts.get(KEY, make)
    (first,) = tmp_path.iterdir()
    os.utime(first, (1, 1))
    assert artefacts.find(KEY) is not None
    for i in range(KEPT_FILES - 1):
        artefacts.keep({**KEY, "size": str(i)}, b"x")
        os.utime(artefacts._path({**KEY, "size": str(i)}), (2, 2))
    artefacts.keep({**KEY, "size": "last"}, b"x")
    assert first.exists()
    assert len(list(tmp_path.iterdir())) == KEPT_FILES


def test_the_files_are_bounded_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridgenet_ros.engine.artefacts.KEPT_BYTES", 2_000)
    artefacts = Artefacts(tmp_path)
    for i in range(4):
        artefacts.keep({"n": str(i)}, bytes(700))
        os.utime(artefacts._path({"n": str(i)}), (i, i))
    kept = [i for i in range(4) if artefacts.find({"n": str(i)}) is not None]
    assert kept == [2, 3]
    artefacts.keep({"n": "large"}, bytes(3_000))
    assert artefacts.find({"n": "large"}) == bytes(3_000)
    assert len(list(tmp_path.iterdir())) == 1


def test_a_full_disk_leaves_no_half_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with caplog.at_level(logging.WARNING):
        Artefacts(tmp_path).keep(KEY, b"x")
    assert "No space left on device" in caplog.text
    assert not list(tmp_path.iterdir())


def test_the_default_folder_follows_xdg(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/x")
    assert default_folder() == Path("/x/bridgenet_ros")
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", "/h")
    assert default_folder() == Path("/h/.cache/bridgenet_ros")


def test_one_changed_weight_is_another_network(trained: BridgeNet) -> None:
    before = identity(trained)
    assert identity(trained) == before
    trained.get_parameter("dsr.out.weight").data[0, 0] += 1e-6
    after = identity(trained)
    assert after["weights"] != before["weights"]
    assert after["code"] == before["code"]
