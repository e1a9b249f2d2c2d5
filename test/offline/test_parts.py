"""Parts count when they are whole, and never otherwise."""

from __future__ import annotations

from pathlib import Path

import pytest
from tiny_bags import FRAME, START, color_payload

from bridgenet_ros.errors import BagError, SpaceError
from bridgenet_ros.offline.messages import IMAGE_TYPE, make_header, make_image, serialize
from bridgenet_ros.offline.parts import Part, PartStore, write_whole

TIMES = (30, 10, 20)


def message(index: int):  # noqa: ANN201 - rosbags' type
    return make_image(color_payload(index), make_header(START + index, FRAME))


def write_part(store: PartStore, index: int = 3) -> Part:
    with store.write(index) as writer:
        topic = writer.add_topic("/a", IMAGE_TYPE)
        for time_ns in TIMES:
            writer.write(topic, time_ns, message(time_ns))
        return writer.finish(
            results=2,
            bad_frames={"size": 1},
            last_error="too small",
            info_problem="",
            registration="native",
            measured=None,
        )


def test_messages_come_back_in_the_order_of_their_times(tmp_path: Path) -> None:
    store = PartStore(tmp_path)
    part = write_part(store)
    assert part.pairs == 3
    read = [(m.topic, m.time_ns, raw) for m, raw in store.read(part)]
    assert read == [("/a", t, bytes(serialize(message(t)))) for t in sorted(TIMES)]


def test_a_finished_part_is_found_again(tmp_path: Path) -> None:
    store = PartStore(tmp_path)
    part = write_part(store)
    assert PartStore(tmp_path).load(3) == part
    assert store.load(4) is None
    assert store.count() == 1


def test_an_unfinished_part_does_not_count(tmp_path: Path) -> None:
    store = PartStore(tmp_path)
    write_part(store)

    def interrupted() -> None:
        with store.write(3) as writer:
            writer.write(writer.add_topic("/a", IMAGE_TYPE), 1, message(1))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert (store.load(3), store.count()) == (None, 0)


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"index": 3}', b"\xff"])
def test_a_damaged_note_does_not_count(tmp_path: Path, damage: bytes) -> None:
    store = PartStore(tmp_path)
    write_part(store)
    (tmp_path / "000003.json").write_bytes(damage)
    assert store.load(3) is None


def test_changed_messages_do_not_count(tmp_path: Path) -> None:
    store = PartStore(tmp_path)
    part = write_part(store)
    file = tmp_path / "000003.cdr"
    data = bytearray(file.read_bytes())
    data[50] ^= 1
    file.write_bytes(data)
    assert store.load(3) is None
    file.write_bytes(data[:-1])
    with pytest.raises(BagError, match=r"000003\.cdr: is cut"):
        list(store.read(part))
    file.unlink()
    with pytest.raises(BagError, match="cannot be read"):
        list(store.read(part))


def test_what_killed_workers_left_is_tidied_up(tmp_path: Path) -> None:
    store = PartStore(tmp_path)
    part = write_part(store)
    (tmp_path / "000004.cdr").write_bytes(b"half")
    (tmp_path / ".000005.json.new").write_text("half")
    store.tidy()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["000003.cdr", "000003.json"]
    assert store.load(3) == part


def test_a_full_disk_is_told_from_other_failures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(number: int, text: str) -> None:
        def refuse(_self: Path, *_: object) -> None:
            raise OSError(number, text)

        monkeypatch.setattr(Path, "write_text", refuse)

    fail(28, "No space left on device")
    with pytest.raises(SpaceError, match=r"a\.json: cannot be written: No space left"):
        write_whole(tmp_path / "a.json", "{}")
    fail(13, "Permission denied")
    with pytest.raises(BagError, match="Permission denied") as caught:
        write_whole(tmp_path / "a.json", "{}")
    assert not isinstance(caught.value, SpaceError)
    assert list(tmp_path.iterdir()) == []
