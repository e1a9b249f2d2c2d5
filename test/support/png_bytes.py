"""PNG files put together chunk by chunk, without any image library (ISO/IEC 15948)."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence

SIGNATURE = bytes([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
GREY, RGB, RGBA = 0, 2, 6


def chunk(name: bytes, content: bytes) -> bytes:
    """Length, name, content, and the checksum of the last two."""
    return (
        struct.pack(">I", len(content))
        + name
        + content
        + struct.pack(">I", zlib.crc32(name + content))
    )


def header(width: int, height: int, bits: int, kind: int) -> bytes:
    """The first chunk: deflate, the usual filters, not interlaced."""
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, kind, 0, 0, 0))


def png(rows: Sequence[Sequence[int]], *, bits: int, kind: int, channels: int = 1) -> bytes:
    """A file with these samples; every row unfiltered, 16-bit samples big-endian."""
    code = ">H" if bits == 16 else ">B"
    raw = b"".join(b"\0" + b"".join(struct.pack(code, v) for v in row) for row in rows)
    parts = [
        SIGNATURE,
        header(len(rows[0]) // channels, len(rows), bits, kind),
        chunk(b"IDAT", zlib.compress(raw)),
        chunk(b"IEND", b""),
    ]
    return b"".join(parts)
