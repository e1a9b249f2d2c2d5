"""What the machine has to run the network with: Python, torch, device, back ends, weights."""

from __future__ import annotations

import platform
import subprocess
import sys
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from textwrap import shorten

from bridgenet_ros import __version__
from bridgenet_ros.config import ModelConfig
from bridgenet_ros.doctor.finding import Finding, Status
from bridgenet_ros.errors import BridgeNetError
from bridgenet_ros.resources import dds_profile_variable

NVIDIA_DRIVER = Path("/proc/driver/nvidia/version")
RECEIVE_BUFFER = Path("/proc/sys/net/core/rmem_max")
LEAST_BUFFER = 2 << 20
"""Bytes of a socket's buffer below which images from another machine get lost."""
LICENCE_WIDTH = 60
PART = "machine"
IMPORT_S = 60.0
NO_ROS = (
    "source /opt/ros/$ROS_DISTRO/setup.bash in this shell, or run: pip install 'bridgenet_ros[ros]'"
)


def check_python(is_installed: Callable[[str], bool] | None = None) -> list[Finding]:
    """Python, this package, and torch, without which nothing runs."""
    has = is_installed or (lambda name: find_spec(name) is not None)
    what = f"Python {platform.python_version()}, bridgenet_ros {__version__}"
    found = [Finding(part=PART, status=Status.OK, what=what)]
    if not has("torch"):
        found.append(
            Finding(
                part=PART,
                status=Status.ERROR,
                what="torch is not installed for this Python",
                advice="pip install torch, or the build of your GPU's vendor; with ROS in a "
                "virtual environment made with --system-site-packages",
            )
        )
    return found


def check_device(model: ModelConfig, nvidia_driver: Path = NVIDIA_DRIVER) -> list[Finding]:
    """The device that would be used, and a GPU that torch does not see.

    Args:
        model: the settings.
        nvidia_driver: there where an NVIDIA driver is loaded.
    """
    import torch

    from bridgenet_ros.engine_build import choose_device

    try:
        device = choose_device(model.device)
    except BridgeNetError as error:
        return [Finding(part=PART, status=Status.ERROR, what=str(error), advice="model.device")]
    if device.type == "cuda":
        name = torch.cuda.get_device_name(device)
        what = f"torch {torch.__version__} on {device} ({name})"
        return [Finding(part=PART, status=Status.OK, what=what)]
    what = f"torch {torch.__version__} on the CPU"
    if model.device != "cpu" and nvidia_driver.exists():
        advice = "install a torch build with CUDA for this driver, see pytorch.org"
        if torch.version.cuda is not None:
            advice = "look at nvidia-smi; in a container give it the GPU (--gpus all)"
        what += ", though there is an NVIDIA driver"
        return [Finding(part=PART, status=Status.WARNING, what=what, advice=advice)]
    return [Finding(part=PART, status=Status.OK, what=what)]


def check_backend(model: ModelConfig) -> list[Finding]:
    """The library that would run the network, and the others that are installed."""
    from bridgenet_ros.engine.backend import BACKENDS, resolve_backend
    from bridgenet_ros.engine.libraries import is_installed
    from bridgenet_ros.engine_build import choose_device

    try:
        device = choose_device(model.device)
        chosen = resolve_backend(model.backend, device)
    except BridgeNetError as error:
        return [Finding(part=PART, status=Status.ERROR, what=str(error), advice="model.backend")]
    there = [name for name in BACKENDS if name != "auto" and is_installed(name)]
    what = f"back end {chosen}; installed: {', '.join(there)}"
    if device.type == "cpu" and chosen == "torch":
        advice = "pip install openvino: the network then takes less time on a CPU"
        return [Finding(part=PART, status=Status.NOTE, what=what, advice=advice)]
    return [Finding(part=PART, status=Status.OK, what=what)]


def check_weights(model: ModelConfig) -> tuple[list[Finding], tuple[int, ...]]:
    """Whether the weights are whole and trained; with the factors that they were trained for."""
    from bridgenet_ros.network.weights import load_weights
    from bridgenet_ros.preset_choice import weights_path

    try:
        path = weights_path(model)
        _, card = load_weights(path, sha256=model.sha256)
    except BridgeNetError as error:
        advice = "get the file again, or set model.weights to a .safetensors file with its card"
        return [Finding(part=PART, status=Status.ERROR, what=str(error), advice=advice)], ()
    scales = ", ".join(map(str, card.scales))
    licence = shorten(f"licence: {card.licence}", LICENCE_WIDTH, placeholder="...")
    what = f"weights {card.preset} ({path.name}), sha256 as its card says, {licence}"
    if not card.trained:
        advice = "choose trained weights: these give the bicubic upsampling and no more"
        what += ", not trained"
        return [Finding(part=PART, status=Status.WARNING, what=what, advice=advice)], card.scales
    what += f", trained for factors {scales}"
    return [Finding(part=PART, status=Status.OK, what=what)], card.scales


def check_ros() -> list[Finding]:
    """Why ROS cannot be used from this Python; nothing where it can.

    Another process tries it: a middleware that is not installed ends the process that loads it.
    """
    command = [sys.executable, "-c", "import rclpy, sensor_msgs.msg"]
    try:
        tried = subprocess.run(  # noqa: S603 - our own command
            command, capture_output=True, text=True, timeout=IMPORT_S, check=False
        )
    except subprocess.TimeoutExpired:
        problem = f"rclpy has not loaded in {IMPORT_S:g} s"
    else:
        if tried.returncode == 0:
            return []
        lines = tried.stderr.strip().splitlines()
        problem = lines[-1] if lines else f"exit code {tried.returncode}"
    advice = NO_ROS
    if "rmw" in problem.lower():
        advice = "install the package of RMW_IMPLEMENTATION, or unset that variable"
    what = f"ROS 2 cannot be used by this Python: {problem}"
    return [Finding(part="ROS", status=Status.ERROR, what=what, advice=advice)]


def check_middleware(
    rmw: str, environment: Mapping[str, str], receive_buffer: Path = RECEIVE_BUFFER
) -> list[Finding]:
    """The middleware and what it was told by the environment.

    Args:
        rmw: its name.
        environment: such as ``os.environ``.
        receive_buffer: file with the most bytes that a socket may buffer, on Linux.
    """
    distro = environment.get("ROS_DISTRO", "from Python wheels")
    domain = environment.get("ROS_DOMAIN_ID") or "0"
    reach = environment.get("ROS_AUTOMATIC_DISCOVERY_RANGE", "SUBNET")
    if environment.get("ROS_LOCALHOST_ONLY") == "1":
        reach = "LOCALHOST"
    what = f"ROS 2 {distro}, {rmw}, domain {domain}, discovery {reach}"
    found = [Finding(part="ROS", status=Status.OK, what=what)]
    variable = dds_profile_variable(environment)
    if "fastrtps" in rmw and not environment.get(variable):
        found.append(
            Finding(
                part="ROS",
                status=Status.NOTE,
                what="Fast DDS has its default shared memory, too small for large images",
                advice=f"start camera and node with {variable} set to config/fastdds_shm.xml; "
                "sr.launch.py does so for the node",
            )
        )
    if reach != "LOCALHOST" and receive_buffer.is_file():
        size = int(receive_buffer.read_text())
        if size < LEAST_BUFFER:
            what = f"sockets buffer {size} bytes at most (net.core.rmem_max)"
            advice = "for images from another machine: sudo sysctl -w net.core.rmem_max=67108864"
            found.append(Finding(part="ROS", status=Status.NOTE, what=what, advice=advice))
    return found
