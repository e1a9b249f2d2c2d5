"""Ten thousand damaged payloads: every one is decoded or refused by name, in bounded memory."""

from __future__ import annotations

import struct
import tracemalloc
from collections import Counter
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import png_bytes
import pytest

from bridgenet_ros.compressed_codec import (
    CompressedPayload,
    decode_compressed_color,
    decode_compressed_depth,
    encode_compressed_color,
    encode_compressed_depth,
)
from bridgenet_ros.errors import FrameError
from bridgenet_ros.image_file import MAX_PIXELS_PER_BYTE

REASONS = {"encoding", "size", "truncated", "undecodable"}
EACH = 1700
SLACK = 1 << 16
BYTES_PER_PIXEL = 80
"""Far above what a decoder needs: 8 for the widest colour, about 60 for RVL's numbers."""


def depth_image() -> npt.NDArray[np.uint16]:
    rng = np.random.default_rng(1)
    slope = np.linspace(600, 4000, 24)[None] + rng.normal(0, 4, (18, 24))
    slope[rng.random((18, 24)) < 0.15] = 0
    return slope.astype(np.uint16)


def color_image() -> npt.NDArray[np.uint8]:
    return np.linspace(0, 255, 24 * 32 * 3).reshape(24, 32, 3).astype(np.uint8)


DEPTH_M = depth_image().astype(np.float32) / 1000
PAYLOADS = {
    "jpeg": encode_compressed_color(color_image(), "jpeg"),
    "png": encode_compressed_color(color_image(), "png"),
    "16UC1 png": encode_compressed_depth(depth_image(), "png"),
    "16UC1 rvl": encode_compressed_depth(depth_image(), "rvl"),
    "32FC1 png": encode_compressed_depth(DEPTH_M, "png"),
    "32FC1 rvl": encode_compressed_depth(DEPTH_M, "rvl"),
}


def flipped(data: bytearray, rng: np.random.Generator) -> bytearray:
    for place in rng.integers(0, len(data), rng.integers(1, 6)):
        data[place] ^= int(rng.integers(1, 256))
    return data


def cut(data: bytearray, rng: np.random.Generator) -> bytearray:
    return data[: rng.integers(0, len(data))]


def lengthened(data: bytearray, rng: np.random.Generator) -> bytearray:
    place = int(rng.integers(0, len(data) + 1))
    return data[:place] + rng.bytes(int(rng.integers(1, 40))) + data[place:]


def repeated(data: bytearray, rng: np.random.Generator) -> bytearray:
    start, stop = sorted(rng.integers(0, len(data) + 1, 2))
    return data[:stop] + data[start:stop] + data[stop:]


def with_odd_number(data: bytearray, rng: np.random.Generator) -> bytearray:
    """A number that is likely to matter, somewhere in the first bytes, where sizes stand."""
    place = int(rng.integers(0, min(len(data) - 4, 60)))
    number = int(rng.choice([0, 1, 255, 4096, 65535, 2**25, 2**31 - 1, 2**32 - 1]))
    data[place : place + 4] = struct.pack(rng.choice(["<I", ">I"]), number)
    return data


def zeroed(data: bytearray, rng: np.random.Generator) -> bytearray:
    start, stop = sorted(rng.integers(0, len(data) + 1, 2))
    data[start:stop] = bytes(stop - start)
    return data


def resealed(data: bytearray, rng: np.random.Generator) -> bytearray:
    """Damage inside a PNG, under the right checksums; of anything else, any damage."""
    start = data.find(b"IHDR") - 4
    damage = DAMAGES[rng.integers(len(DAMAGES) - 1)]
    if start < 0:
        return damage(data, rng)
    head = data[start + 8 : start + 21]
    if rng.random() < 0.3:
        head[rng.integers(0, 13)] = rng.integers(0, 256)
    begin = data.index(b"IDAT")
    size = int.from_bytes(data[begin - 4 : begin], "big")
    content = damage(data[begin + 4 : begin + 4 + size], rng)
    chunks = {b"IHDR": head, b"IDAT": content, b"IEND": b""}
    return data[:start] + b"".join(png_bytes.chunk(n, bytes(c)) for n, c in chunks.items())


DAMAGES: tuple[Callable[[bytearray, np.random.Generator], bytearray], ...] = (
    flipped,
    cut,
    lengthened,
    repeated,
    with_odd_number,
    zeroed,
    resealed,
)


@pytest.mark.parametrize("name", PAYLOADS)
def test_a_damaged_payload_is_decoded_or_refused_by_name(name: str) -> None:
    payload, seed = PAYLOADS[name], list(PAYLOADS).index(name)
    is_color = payload.format.startswith("rgb8")
    decode = decode_compressed_color if is_color else decode_compressed_depth
    rng = np.random.default_rng(seed)
    outcomes: Counter[str] = Counter()
    decode(payload)  # what is loaded once shall not count
    tracemalloc.start()
    try:
        for _ in range(EACH):
            damage = DAMAGES[rng.integers(len(DAMAGES))]
            data = bytes(damage(bytearray(payload.data), rng))
            tracemalloc.reset_peak()
            before = tracemalloc.get_traced_memory()[0]
            outcome, pixels = outcome_of(
                decode, CompressedPayload(format=payload.format, data=data)
            )
            outcomes[outcome] += 1
            peak = tracemalloc.get_traced_memory()[1] - before
            assert peak < BYTES_PER_PIXEL * max(pixels, room(name, data)) + SLACK, outcome
    finally:
        tracemalloc.stop()
    assert outcomes.keys() <= REASONS | {"decoded"}
    assert outcomes["decoded"] < EACH
    assert len(outcomes) > 2


def outcome_of(
    decode: Callable[[CompressedPayload], npt.NDArray[np.generic]], payload: CompressedPayload
) -> tuple[str, int]:
    """What became of it, and the pixels that were decoded."""
    try:
        pixels = decode(payload)
    except FrameError as error:
        return error.reason, 0
    assert pixels.ndim == (3 if payload.format.startswith("rgb8") else 2)
    return "decoded", pixels.shape[0] * pixels.shape[1]


def room(name: str, data: bytes) -> int:
    """Pixels that a decoder may make room for before it finds out: a number to a nibble in RVL;
    in a file those that it promises, if it could hold them."""
    if name.endswith("rvl"):
        return 2 * len(data)
    start = data.find(b"IHDR") + 4
    if name != "jpeg" and start > 4 and len(data) > start + 8:
        width, height = struct.unpack_from(">II", data, start)
        promised = width * height
        return promised if promised <= MAX_PIXELS_PER_BYTE * len(data) else 0
    return MAX_PIXELS_PER_BYTE * len(data) if name == "jpeg" else 0
