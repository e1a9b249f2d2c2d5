"""Whether an output that is there already is the one that a run would make."""

from __future__ import annotations

from pathlib import Path

import pytest
from processed_bags import processed

from bridgenet_ros.errors import BagError
from bridgenet_ros.offline.earlier_output import made_before
from bridgenet_ros.offline.manifest import manifest_path, read_manifest


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return processed(tmp_path)


def test_the_whole_output_of_the_run_is_found(output: Path) -> None:
    found = made_before(output, read_manifest(output).key, may_replace=False)
    assert found is not None
    assert (found.was_there, found.results, found.warnings) == (True, 3, ())


@pytest.mark.parametrize("case", ["other key", "no manifest", "changed"])
def test_any_other_output_is_replaced_on_demand_only(output: Path, case: str) -> None:
    key, words = read_manifest(output).key, "made of another input or with other settings"
    if case == "other key":
        key = "other"
    elif case == "no manifest":
        manifest_path(output).unlink()
    else:
        output.write_bytes(output.read_bytes()[:-1])
        words = r"done\.mcap has \d+ bytes; its manifest says \d+"
    with pytest.raises(BagError, match=f"{words}; expected a new name, or --overwrite"):
        made_before(output, key, may_replace=False)
    assert made_before(output, key, may_replace=True) is None
