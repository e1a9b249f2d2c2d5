"""Measures process-bag on a long synthetic recording: seconds, memory, and that the bytes agree.

    python benchmarks/process_bag.py --folder DIR

Makes a recording of 20 minutes and about 2 GB in DIR once, processes it with one worker and with
two, each from the command line, and prints for every run the seconds, pairs a second, and the peak
of the memory of all its processes, sampled every two seconds: of their resident sets, and of the
proportional ones, which count shared pages once. Beside it stands the network alone: as many
processes, of one thread each, that do nothing but run it on frames of this size. Needs Linux, 8 GB
of free disk, and a machine with nothing else to do. The options after ``--`` go to process-bag.

    python benchmarks/process_bag.py --folder DIR --size 640x480 --rate 1.8

gives as large a recording of fewer, larger frames, for which the network takes a greater share.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import numpy as np

from bridgenet_ros.offline.bag_writer import BagWriter
from bridgenet_ros.offline.camera_model import CameraModel
from bridgenet_ros.offline.manifest import read_manifest
from bridgenet_ros.offline.rgbd_bag import RgbdBag

SCALE = 2
START_NS = 1_000_000_000
SAMPLE_S = 2.0
"""To look takes the kernel 25 ms, which the workers lack."""
NETWORK_REPEATS = 1000


class Recording(NamedTuple):
    """What is made."""

    minutes: float
    rate_hz: float
    width: int
    height: int

    @property
    def name(self) -> str:
        """Of the file."""
        return f"synthetic_{self.width}x{self.height}_{self.rate_hz:g}_{self.minutes:g}.mcap"


class Measured(NamedTuple):
    """One run."""

    workers: int
    seconds: float
    network_hz: float
    """Of the network alone, in as many processes."""
    rss_mib: float
    pss_mib: float


def make_recording(path: Path, recording: Recording) -> None:
    """A moving slope under noise, which no compression and no cache makes short work of."""
    rng = np.random.default_rng(7)
    frames = round(recording.minutes * 60 * recording.rate_hz)
    width, height = recording.width, recording.height
    camera = CameraModel(
        width=width, height=height, fx=width, fy=width, cx=width / 2, cy=height / 2
    )
    depth_m = np.linspace(1, 4, height // SCALE * (width // SCALE), dtype=np.float32)
    depth_m = depth_m.reshape(height // SCALE, width // SCALE)
    with BagWriter(path) as writer:
        bag = RgbdBag(writer, camera)
        for index in range(frames):
            rgb = rng.integers(0, 256, (height, width, 3), dtype=np.uint8)
            stamp_ns = START_NS + round(index * 1e9 / recording.rate_hz)
            bag.write(rgb, np.roll(depth_m, index, axis=1), stamp_ns=stamp_ns)


def measure(
    source: Path, recording: Recording, target: Path, workers: int, options: list[str]
) -> Measured:
    """Process the recording and watch the memory of the processes that do it."""
    network_hz = network_alone(workers, recording, target.parent)
    started = time.monotonic()
    process = bridgenet(
        *("process-bag", str(source), "-o", str(target)),
        *(f"--workers={workers}", "--overwrite", *options),
    )
    rss = pss = 0
    while process.poll() is None:
        tree = family(process.pid)
        rss = max(rss, sum(memory_kib(pid, "Rss:") for pid in tree))
        pss = max(pss, sum(memory_kib(pid, "Pss:") for pid in tree))
        time.sleep(SAMPLE_S)
    if process.returncode:
        raise SystemExit(f"process-bag ended with {process.returncode}")
    return Measured(workers, time.monotonic() - started, network_hz, rss / 1024, pss / 1024)


def network_alone(processes: int, recording: Recording, folder: Path) -> float:
    """Frames a second of the default network, one thread a process, all processes at once."""
    files = [folder / f"network_{index}.json" for index in range(processes)]
    running = [
        bridgenet(
            *(
                "benchmark",
                "--what=network",
                f"--size={recording.width}x{recording.height}",
                "--threads=1",
            ),
            *(f"--repeats={NETWORK_REPEATS}", f"--json={file}"),
        )
        for file in files
    ]
    if any(process.wait() for process in running):
        raise SystemExit("benchmark failed")
    return sum(json.loads(file.read_text())[0]["hz"] for file in files)


def bridgenet(*words: str) -> subprocess.Popen[bytes]:
    """Start the command line."""
    code = "import sys; from bridgenet_ros.cli import main; sys.exit(main(sys.argv[1:]))"
    return subprocess.Popen([sys.executable, "-c", code, *words])  # noqa: S603


def family(pid: int) -> list[int]:
    """A process and all its descendants."""
    members = [pid]
    for member in members:
        with suppress(OSError):
            for task in Path(f"/proc/{member}/task").iterdir():
                members += [int(child) for child in (task / "children").read_text().split()]
    return members


def memory_kib(pid: int, field: str) -> int:
    """``Rss:`` or ``Pss:`` of a process; 0 once it has ended."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith(field):
                return int(line.split()[1])
    return 0


def main() -> int:
    """Measure; 0 when the bytes agree."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=20.0, help="of the recording")
    parser.add_argument("--size", default="208x160", metavar="WxH", help="of its colour images")
    parser.add_argument("--rate", type=float, default=15.0, help="of its frames, Hz")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("options", nargs="*", help="for process-bag, after --")
    args = parser.parse_args()
    width, height = map(int, args.size.split("x"))
    recording = Recording(args.minutes, args.rate, width, height)
    source = args.folder / recording.name
    if not source.exists():
        make_recording(source, recording)
    print(f"{source}: {source.stat().st_size / 1e9:.2f} GB")
    runs, digests = [], []
    for workers in args.workers:
        target = args.folder / "processed.mcap"
        runs.append(measure(source, recording, target, workers, args.options))
        manifest = read_manifest(target)
        digests.append(manifest.output[0].sha256)
        rate = manifest.summary["results"] / runs[-1].seconds
        print(
            f"{workers} workers: {runs[-1].seconds:.1f} s, {rate:.1f} pairs/s, "
            f"{rate / runs[-1].network_hz:.2f} of the network alone, "
            f"peak RSS {runs[-1].rss_mib:.0f} MiB, PSS {runs[-1].pss_mib:.0f} MiB"
        )
    print(
        f"speed-up {runs[0].seconds / runs[-1].seconds:.2f}, same bytes: {len(set(digests)) == 1}"
    )
    print(json.dumps([run._asdict() for run in runs]))
    return 0 if len(set(digests)) == 1 else 1


if __name__ == "__main__":
    sys.exit(main())
