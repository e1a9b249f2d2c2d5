"""Feeds process-bag with damaged recordings and counts what comes of it.

    PYTHONPATH=.:test/support python test/campaigns/mutations.py --count 1000

Recordings of every layout are cut, flipped, shuffled and filled with absurd numbers. Each one is
processed in a process of its own with a limit of memory and of time. It ends well, with an output
that `verify` accepts, or with one clear line and nothing left behind. Prints one line of JSON;
``--keep DIR`` keeps what went wrong.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import shutil
import signal
import struct
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from processors import Constant
from ros1_bags import write_ros1_bag
from rosbags.rosbag1 import Writer
from tiny_bags import compressed_recording, recording, write_bag

from bridgenet_ros.errors import BridgeNetError
from bridgenet_ros.offline.bag_reader import Storage
from bridgenet_ros.offline.bag_writer import BagWriter, Compression
from bridgenet_ros.offline.manifest import stored_files
from bridgenet_ros.offline.options import ProcessOptions
from bridgenet_ros.offline.process_bag import process_bag
from bridgenet_ros.offline.verify import verify

PAIRS = 12
LIMIT_S = 60
MORE_MEMORY = 1 << 30
"""Bytes that a run may take beyond what the campaign itself has mapped."""
ABSURD = (0, 1, 0x7F, 0xFF, 0xFFFF, 2**31 - 1, 2**31, 2**32 - 1, 2**63 - 1, 2**63, 2**64 - 1)


def write_all(folder: Path) -> list[Path]:
    """A recording of every layout."""
    made = [write_bag(folder / name, recording(PAIRS)) for name in ("a.mcap", "b.db3")]
    for storage, compression in (
        (Storage.MCAP, Compression.NONE),
        (Storage.SQLITE3, Compression.NONE),
        (Storage.MCAP, Compression.CHUNK),
        (Storage.MCAP, Compression.MESSAGE),
        (Storage.SQLITE3, Compression.MESSAGE),
        (Storage.MCAP, Compression.FILE),
        (Storage.SQLITE3, Compression.FILE),
    ):
        path = folder / f"{storage.value}_{compression.value}"
        with BagWriter(path, storage, compression) as writer:
            topics = {}
            for topic, msgtype, time_ns, raw in recording(PAIRS):
                if topic not in topics:
                    topics[topic] = writer.add_topic(topic, msgtype)
                writer.write_raw(topics[topic], time_ns, raw)
        made.append(path)
    made += [
        write_bag(folder / f"{codec}.mcap", compressed_recording(PAIRS, codec))
        for codec in ("png", "rvl")
    ]
    made += [
        write_ros1_bag(folder / f"ros1_{number}.bag", PAIRS, packing)
        for number, packing in enumerate((None, *Writer.CompressionFormat))
    ]
    return made


def cut(data: bytearray, chance: random.Random) -> None:
    """Lose the end."""
    del data[chance.randrange(len(data)) :]


def flip(data: bytearray, chance: random.Random) -> None:
    """Flip some bits anywhere."""
    for _ in range(chance.choice((1, 1, 2, 8, 64))):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def flip_in_the_index(data: bytearray, chance: random.Random) -> None:
    """Flip bits near the end, where mcap and ROS 1 have their indices, or in the first page."""
    start = max(len(data) - 3000, 0) if chance.random() < 0.7 else 0
    for _ in range(chance.choice((1, 3, 10))):
        data[min(start + chance.randrange(3000), len(data) - 1)] ^= 1 << chance.randrange(8)


def absurd_number(data: bytearray, chance: random.Random) -> None:
    """Write an absurd size, count or time somewhere."""
    for _ in range(chance.choice((1, 1, 4))):
        code = chance.choice(("<I", "<Q", ">I", ">Q", "<H"))
        size = struct.calcsize(code)
        value = chance.choice(ABSURD) & ((1 << 8 * size) - 1)
        place = chance.randrange(max(len(data) - size, 1))
        data[place : place + size] = struct.pack(code, value)


def remove(data: bytearray, chance: random.Random) -> None:
    """Lose a stretch in the middle."""
    place = chance.randrange(len(data))
    del data[place : place + chance.randrange(1, 500)]


def repeat(data: bytearray, chance: random.Random) -> None:
    """Have a stretch twice."""
    place = chance.randrange(len(data))
    data[place:place] = data[place : place + chance.randrange(1, 500)]


def blank(data: bytearray, chance: random.Random) -> None:
    """A block of zeros, as a file system leaves it."""
    place = chance.randrange(len(data))
    size = min(chance.choice((16, 512, 4096)), len(data) - place)
    data[place : place + size] = bytes(size)


MUTATIONS: tuple[Callable[[bytearray, random.Random], None], ...] = (
    cut,
    flip,
    flip_in_the_index,
    absurd_number,
    remove,
    repeat,
    blank,
)


def damage_metadata(path: Path, chance: random.Random) -> None:
    """Another number, a lost line, or other bytes in metadata.yaml."""
    text = path.read_text()
    lines = text.splitlines()
    kind = chance.randrange(4)
    if kind == 0:
        numbered = [i for i, line in enumerate(lines) if line.rstrip()[-1:].isdigit()]
        place = chance.choice(numbered)
        key = lines[place].rsplit(" ", 1)[0]
        lines[place] = f"{key} {chance.choice((*ABSURD, -1, 'x', '[]', '1e400', '~'))}"
        text = "\n".join(lines)
    elif kind == 1:
        del lines[chance.randrange(len(lines))]
        text = "\n".join(lines)
    elif kind == 2:
        text = text.replace(
            *chance.choice((("zstd", "lzma"), ("mcap", "sqlite3"), (": ''", ": 3")))
        )
    else:
        data = bytearray(text.encode())
        flip(data, chance)
        path.write_bytes(data)
        return
    path.write_text(text)


def damage(recording_path: Path, chance: random.Random) -> str:
    """Damage a recording; says how."""
    if recording_path.is_dir() and chance.random() < 0.35:
        if chance.random() < 0.1:
            chance.choice(list(recording_path.iterdir())).unlink()
            return "lost_file"
        damage_metadata(recording_path / "metadata.yaml", chance)
        return "metadata"
    files = [recording_path]
    if recording_path.is_dir():
        files = [file for file in recording_path.iterdir() if file.name != "metadata.yaml"]
    data = bytearray(files[0].read_bytes())
    mutation = chance.choice(MUTATIONS)
    mutation(data, chance)
    files[0].write_bytes(data)
    return mutation.__name__


def process(source: Path, target: Path, report: int) -> None:
    """In a fork: process within limits and tell the parent; does not return."""
    code = 1
    try:
        mapped = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGESIZE")
        limit = mapped + MORE_MEMORY
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        options = ProcessOptions(segment=3)
        process_bag(source, target, Constant, options)
        verify(target, source)
        code = 0
    except BridgeNetError as error:
        os.write(report, str(error).encode())
        code = 2
    except BaseException:  # noqa: BLE001 - what the campaign looks for
        os.write(report, traceback.format_exc().encode()[-4000:])
    finally:
        os._exit(code)


def run(source: Path, target: Path) -> tuple[int | None, str, int]:
    """Exit code, None when it hung; what it said; and the most memory it took, in KiB."""
    said, report = os.pipe()
    pid = os.fork()
    if not pid:
        os.close(said)
        sys.stderr = Path(os.devnull).open("w")  # noqa: SIM115 - to the end of the process
        process(source, target, report)
    os.close(report)
    deadline = time.monotonic() + LIMIT_S
    while True:
        found, status, used = os.wait4(pid, os.WNOHANG)
        if found:
            break
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
            os.wait4(pid, 0)
            os.close(said)
            return None, "", 0
        time.sleep(0.002)
    with os.fdopen(said, "rb") as stream:
        text = stream.read().decode(errors="replace")
    return os.waitstatus_to_exitcode(status), text, used.ru_maxrss


class Campaign:
    """Damaged recordings, one after the other, and counts."""

    def __init__(self, folder: Path, seed: int, keep: Path | None) -> None:
        self.folder = folder
        self.seed = seed
        self.keep = keep
        self.counts: Counter[str] = Counter()
        self.most_kib = 0
        self.problems: list[str] = []
        (folder / "whole").mkdir()
        self.wholes = write_all(folder / "whole")

    def run(self, count: int) -> None:
        """Try ``count`` of them."""
        for number in range(count):
            self._try(number)

    def _try(self, number: int) -> None:
        chance = random.Random(f"{self.seed} {number}")
        whole = self.wholes[number % len(self.wholes)]
        folder = self.folder / "mutant"
        folder.mkdir()
        source, target = folder / whole.name, folder / "out"
        shutil.copytree(whole, source) if whole.is_dir() else shutil.copy(whole, source)
        kind = damage(source, chance)
        before = [file.sha256 for file in stored_files(source)]
        code, text, kib = run(source, target)
        self.most_kib = max(self.most_kib, kib)
        problem = self._judge(code, text, source, before, target)
        if problem:
            self.counts[problem] += 1
            self.problems.append(f"{number} {whole.name} {kind}: {problem}: {text[-600:]}")
            if self.keep is not None:
                shutil.copytree(folder, self.keep / str(number))
        shutil.rmtree(folder)

    def _judge(
        self, code: int | None, text: str, source: Path, before: list[str], target: Path
    ) -> str:
        """Count a good end; else what is wrong."""
        if code is None:
            return "hangs"
        if [file.sha256 for file in stored_files(source)] != before:
            return "changed inputs"
        left = {path.name for path in source.parent.iterdir()} - {source.name}
        if code == 0:
            self.counts["processed"] += 1
            whole = {target.name, f"{target.name}.manifest.json"}
            return "" if left == whole else "wrong files"
        if code != 2:
            return "crashes"
        if not text.strip() or "\n" in text:
            return "unclear errors"
        self.counts["refused with one line"] += 1
        return "left-overs" if left else ""


def main() -> int:
    """Run the campaign; 0 when nothing went wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="folder for the recordings that went wrong")
    args = parser.parse_args()
    with TemporaryDirectory(prefix="mutations_") as folder:
        campaign = Campaign(Path(folder), args.seed, args.keep)
        campaign.run(args.count)
    summary = {
        "counts": campaign.counts,
        "most_memory_mib": round(campaign.most_kib / 1024),
        "problems": campaign.problems,
    }
    sys.stdout.write(json.dumps(summary) + "\n")
    return 1 if campaign.problems else 0


if __name__ == "__main__":
    sys.exit(main())
