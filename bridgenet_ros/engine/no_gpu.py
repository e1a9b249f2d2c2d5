"""Whether there is no GPU, told without loading torch, which takes two seconds of CPU time."""

from __future__ import annotations

import ctypes
import runpy
import sys
from importlib.util import find_spec
from pathlib import Path

_DRIVER = "libcuda.so.1"


def surely_no_gpu() -> bool:
    """Whether ``torch.cuda.is_available`` is certainly False; where this is, torch has to say.

    It is where torch is built for no GPU, or for NVIDIA's while their driver is not installed.
    """
    spec = find_spec("torch")
    if spec is None or not spec.submodule_search_locations:
        return False
    # A file of constants. Imported by its name it would load the package.
    file = Path(spec.submodule_search_locations[0], "version.py")
    if not file.is_file():
        return False
    built_for = runpy.run_path(str(file))
    if built_for.get("hip", "unknown") is not None or "cuda" not in built_for:
        return False
    return built_for["cuda"] is None or (sys.platform == "linux" and not _loads(_DRIVER))


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True
