"""Weight files: what goes in comes out, and everything else is refused by name."""

from __future__ import annotations

import pickle
import re
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from safetensors.torch import load_file, save_file

from bridgenet_ros.checksum import file_sha256, files_sha256
from bridgenet_ros.errors import WeightsError
from bridgenet_ros.network.bridgenet import BridgeNet
from bridgenet_ros.network.topology import PRESETS
from bridgenet_ros.network.weights import (
    WeightsCard,
    card_path,
    load_weights,
    read_card,
    save_weights,
)

CARD = WeightsCard(
    preset="tiny",
    trained=True,
    scales=(4, 8),
    value_range_m=10.0,
    training_data=("rooms, by their owner",),
    licence="Apache-2.0",
    training={"seconds": 12, "device": "cpu"},
    metrics=({"data": "rooms", "scale": 8, "rmse_cm": 1.5},),
)


@pytest.fixture(scope="module")
def network() -> BridgeNet:
    torch.manual_seed(3)
    network = BridgeNet(PRESETS["tiny"]).eval()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.05 * torch.randn_like(parameter))
    return network


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory, network: BridgeNet) -> Path:
    path = tmp_path_factory.mktemp("original") / "mine.safetensors"
    save_weights(path, network, CARD)
    return path


@pytest.fixture
def saved(tmp_path: Path, original: Path) -> Path:
    """A copy to break."""
    folder = shutil.copytree(original.parent, tmp_path / "models")
    return folder / original.name


def edit_card(path: Path, **changes: Any) -> None:
    """Change fields of the card beside ``path``; ... removes one."""
    fields = yaml.safe_load(card_path(path).read_text())
    fields.update(changes)
    kept = {name: value for name, value in fields.items() if value is not ...}
    card_path(path).write_text(yaml.safe_dump(kept))


def rewrite(path: Path, tensors: Mapping[str, torch.Tensor]) -> None:
    """Other content under a card that vouches for it."""
    save_file(dict(tensors), path)
    edit_card(path, sha256=file_sha256(path))


def test_round_trip(saved: Path, network: BridgeNet) -> None:
    loaded, card = load_weights(saved)
    assert card == replace(CARD, sha256=file_sha256(saved))
    expected, found = network.state_dict(), loaded.state_dict()
    assert expected.keys() == found.keys()
    assert all(torch.equal(expected[name], found[name]) for name in expected)
    assert not loaded.training


def test_save_returns_the_card_that_it_wrote(tmp_path: Path, network: BridgeNet) -> None:
    path = tmp_path / "new" / "folder" / "w.safetensors"
    assert save_weights(path, network, CARD) == read_card(path)


def test_half_precision_halves_the_file_and_loads_as_float32(
    tmp_path: Path, saved: Path, network: BridgeNet
) -> None:
    half = tmp_path / "half.safetensors"
    save_weights(half, network, CARD, torch.float16)
    assert half.stat().st_size < 0.55 * saved.stat().st_size

    found = load_weights(half)[0].state_dict()
    for name, tensor in network.state_dict().items():
        assert found[name].dtype == tensor.dtype
        # Eleven significant bits; below 6e-5 half precision has a fixed step.
        torch.testing.assert_close(found[name], tensor, rtol=2**-11, atol=1e-7)


def test_large_weights_are_split_and_come_back_whole(tmp_path: Path, network: BridgeNet) -> None:
    path = tmp_path / "w.safetensors"
    card = save_weights(path, network, CARD, limit_bytes=1_000_000)
    files = [tmp_path / name for name in ("w.safetensors", "w.2.safetensors", "w.3.safetensors")]
    assert sorted(tmp_path.glob("*.safetensors")) == sorted(files)
    assert max(f.stat().st_size for f in files) < 1_100_000
    assert (card.files, card.sha256) == (3, files_sha256(files))
    found, read = load_weights(path, sha256=card.sha256)
    assert read == card
    expected = network.state_dict()
    assert found.state_dict().keys() == expected.keys()
    assert all(torch.equal(t, expected[name]) for name, t in found.state_dict().items())


@pytest.mark.parametrize("broken", ["cut", "gone"])
def test_a_broken_further_file_is_refused(tmp_path: Path, network: BridgeNet, broken: str) -> None:
    path, second = tmp_path / "w.safetensors", tmp_path / "w.2.safetensors"
    save_weights(path, network, CARD, limit_bytes=1_000_000)
    if broken == "cut":
        second.write_bytes(second.read_bytes()[:-1])
    else:
        second.unlink()
    message = r"its card expects" if broken == "cut" else r"cannot be read: .*w\.2\.safetensors"
    with pytest.raises(WeightsError, match=message):
        load_weights(path)


def test_a_card_of_another_precision_is_refused(saved: Path) -> None:
    edit_card(saved, precision="int4")
    with pytest.raises(WeightsError, match="precision 'int4'; expected one of float32, int8"):
        read_card(saved)


def test_float32_weights_under_an_int8_card_are_refused(saved: Path) -> None:
    edit_card(saved, precision="int8")
    with pytest.raises(WeightsError, match=r"does not fit preset tiny: \d+ tensors differ"):
        load_weights(saved)


# What is refused


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"absent\.safetensors does not exist"):
        load_weights(tmp_path / "absent.safetensors")


def test_a_missing_card_is_named(saved: Path) -> None:
    card_path(saved).unlink()
    with pytest.raises(WeightsError, match=r"mine\.yaml does not exist"):
        load_weights(saved)


@pytest.mark.parametrize("name", ["weights.pt", "weights.pth", "weights.bin", "weights"])
def test_other_suffixes_are_refused_before_they_are_opened(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"")
    with pytest.raises(WeightsError, match=r"do not end in \.safetensors"):
        load_weights(path)


def test_saving_under_another_suffix_is_refused(tmp_path: Path, network: BridgeNet) -> None:
    with pytest.raises(WeightsError, match=r"w\.yaml do not end in \.safetensors"):
        save_weights(tmp_path / "w.yaml", network, CARD)
    assert list(tmp_path.iterdir()) == []


class Trap:
    """Leaves a file behind when unpickled."""

    def __init__(self, witness: Path) -> None:
        self.witness = witness

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.witness,))


@pytest.mark.parametrize("protocol", [2, 5])
def test_a_pickle_is_refused_and_never_run(tmp_path: Path, saved: Path, protocol: int) -> None:
    witness = tmp_path / "unpickled"
    saved.write_bytes(pickle.dumps(Trap(witness), protocol))
    edit_card(saved, sha256=file_sha256(saved))
    with pytest.raises(WeightsError, match="not a readable safetensors file"):
        load_weights(saved)
    assert not witness.exists()


def test_what_torch_saves_is_refused(saved: Path, network: BridgeNet) -> None:
    torch.save(network.state_dict(), saved)
    edit_card(saved, sha256=file_sha256(saved))
    with pytest.raises(WeightsError, match="not a readable safetensors file"):
        load_weights(saved)


def test_one_changed_byte_is_found(saved: Path) -> None:
    content = bytearray(saved.read_bytes())
    content[-1] ^= 1
    saved.write_bytes(content)
    with pytest.raises(WeightsError, match=rf"has sha256 {file_sha256(saved)}; its card expects"):
        load_weights(saved)


@pytest.mark.parametrize("content", [b"", b"\x00" * 4, b"\xff" * 64, b"not weights at all" * 9])
def test_content_that_is_no_safetensors_is_refused(saved: Path, content: bytes) -> None:
    saved.write_bytes(content)
    edit_card(saved, sha256=file_sha256(saved))
    with pytest.raises(WeightsError, match=r"mine\.safetensors"):
        load_weights(saved)


def test_a_truncated_file_is_refused(saved: Path) -> None:
    saved.write_bytes(saved.read_bytes()[:-1000])
    edit_card(saved, sha256=file_sha256(saved))
    with pytest.raises(WeightsError, match="not a readable safetensors file"):
        load_weights(saved)


def test_an_unreadable_file_is_one_clear_error(
    saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("bridgenet_ros.network.weights.files_sha256", refuse)
    with pytest.raises(WeightsError, match=r"cannot be read.*Permission denied"):
        load_weights(saved)


def test_the_caller_s_checksum_is_insisted_on(saved: Path) -> None:
    actual = file_sha256(saved)
    load_weights(saved, sha256=actual)
    load_weights(saved, sha256=actual.upper())
    with pytest.raises(WeightsError, match=rf"has sha256 {actual}; model\.sha256 expects 00"):
        load_weights(saved, sha256="0" * 64)


def test_a_missing_tensor_is_named(saved: Path) -> None:
    tensors = load_file(saved)
    del tensors["dsr.out.bias"]
    rewrite(saved, tensors)
    with pytest.raises(WeightsError, match=r"preset tiny: 1 tensors differ: lacks dsr\.out\.bias"):
        load_weights(saved)


def test_an_unknown_tensor_is_named(saved: Path) -> None:
    rewrite(saved, {**load_file(saved), "dsr.extra": torch.zeros(1)})
    with pytest.raises(WeightsError, match=r"has unknown dsr\.extra"):
        load_weights(saved)


def test_a_misshapen_tensor_is_named_with_both_shapes(saved: Path) -> None:
    rewrite(saved, {**load_file(saved), "dsr.out.bias": torch.zeros(5)})
    with pytest.raises(WeightsError, match=r"dsr\.out\.bias is \(5,\), expected \(4,\)"):
        load_weights(saved)


def test_a_tensor_of_whole_numbers_is_no_weight(saved: Path) -> None:
    rewrite(saved, {**load_file(saved), "dsr.out.bias": torch.zeros(4, dtype=torch.int32)})
    with pytest.raises(
        WeightsError, match=r"dsr\.out\.bias is torch\.int32, expected torch\.float"
    ):
        load_weights(saved)


def test_weights_of_another_preset_are_refused_shortly(saved: Path) -> None:
    edit_card(saved, preset="small")
    with pytest.raises(WeightsError, match=r"preset small: \d+ tensors differ") as caught:
        load_weights(saved)
    assert len(str(caught.value)) < 500 + len(str(saved))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"preset": "huge"}, "card names preset 'huge'; expected one of full, base, small, tiny"),
        ({"preset": ["tiny"]}, r"has preset \['tiny'\]; expected a str"),
        ({"trained": "maybe"}, "has trained 'maybe'; expected a bool"),
        ({"scales": 8}, "has scales 8; expected a list"),
        ({"scales": ["eight"]}, "field of the wrong type.*'eight'"),
        ({"metrics": [1]}, "field of the wrong type"),
        ({"training": None}, "has training None; expected a dict"),
        ({"value_range_m": 0}, "value_range_m 0.0; expected metres above 0"),
        ({"value_range_m": float("nan")}, "value_range_m nan; expected metres above 0"),
        ({"value_range_m": float("inf")}, "value_range_m inf; expected metres above 0"),
        ({"value_range_m": "wide"}, "field of the wrong type.*'wide'"),
        ({"files": 0}, "card has files 0; expected 1 to 99"),
        ({"files": "two"}, "has files 'two'; expected a int"),
        ({"sha256": ""}, "has sha256 ''; expected 64 hex digits"),
        ({"sha256": "xyz"}, "has sha256 'xyz'; expected 64 hex digits"),
        ({"sha256": ...}, "lacks the fields: sha256"),
        ({"licence": ..., "scales": ...}, "lacks the fields: licence, scales"),
        ({"colour": "red", 7: "x"}, "has unknown fields: 7, colour"),
    ],
)
def test_a_bad_card_is_refused_with_its_name(
    saved: Path, changes: dict[Any, Any], message: str
) -> None:
    fields = yaml.safe_load(card_path(saved).read_text()) | changes
    kept = {name: value for name, value in fields.items() if value is not ...}
    card_path(saved).write_text(yaml.safe_dump(kept, sort_keys=False))
    with pytest.raises(WeightsError, match=message) as caught:
        read_card(saved)
    assert "mine.yaml" in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"- a\n- b\n", "holds list; expected a mapping"),
        (b"", "holds NoneType; expected a mapping"),
        (b"a: [1", "is not readable YAML"),
        (b"\xff\xfe\x00", "is not readable YAML"),
        (b"a: !!python/object/apply:os.getcwd []", "is not readable YAML"),
    ],
)
def test_a_card_that_is_no_yaml_mapping_is_refused(
    saved: Path, content: bytes, message: str
) -> None:
    card_path(saved).write_bytes(content)
    with pytest.raises(WeightsError, match=rf"mine\.yaml {re.escape(message)}"):
        read_card(saved)
