"""An output that is there before a run: whether this very run has made it, and whole."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from bridgenet_ros.errors import BagError
from bridgenet_ros.offline.manifest import check_files, manifest_path, read_manifest, summary_of
from bridgenet_ros.offline.options import ProcessSummary


def made_before(target: Path, key: str, *, may_replace: bool) -> ProcessSummary | None:
    """What became of the run of this key, if its whole output is there; None if it is to be made.

    Args:
        target: exists.
        key: of the run.
        may_replace: whether any other output may be replaced.

    Raises:
        BagError: there is another output, which may not be replaced, or a damaged manifest.
    """
    manifest = read_manifest(target) if manifest_path(target).exists() else None
    if manifest is None or manifest.key != key:
        problem = f"{target}: exists already, made of another input or with other settings"
    else:
        try:
            # A run that was killed between the two leaves its manifest beside an older output.
            check_files(target, manifest.output)
        except BagError as error:
            problem = str(error)
        else:
            return replace(summary_of(manifest), was_there=True)
    if not may_replace:
        raise BagError(f"{problem}; expected a new name, or --overwrite")
    return None
