"""The header stamp of a serialised message, read and replaced without deserialising it.

Every message whose first field is a ``std_msgs/Header`` starts, in plain CDR (version 1), with a
4-byte encapsulation whose second byte tells the byte order, then int32 seconds and uint32
nanoseconds (DDS-RTPS 2.3, 10.2; ``builtin_interfaces/Time``).
"""

from __future__ import annotations

import struct

from bridgenet_ros.errors import FrameError

NANOSECONDS = 1_000_000_000
_ORDER = {0: ">", 1: "<"}
_PREFIX = 12


def read_stamp_ns(raw: bytes | memoryview) -> int:
    """The stamp in nanoseconds.

    Raises:
        FrameError: ``truncated`` or ``encoding``, this is not a plain CDR message with a header.
    """
    sec, nanosec = struct.unpack_from(_layout(raw), raw, 4)
    return int(sec) * NANOSECONDS + int(nanosec)


def with_stamp_ns(raw: bytes | memoryview, stamp_ns: int) -> bytes:
    """A copy of the message with another stamp.

    Raises:
        FrameError: as `read_stamp_ns`.
    """
    layout = _layout(raw)
    changed = bytearray(raw)
    struct.pack_into(layout, changed, 4, *divmod(stamp_ns, NANOSECONDS))
    return bytes(changed)


def _layout(raw: bytes | memoryview) -> str:
    if len(raw) < _PREFIX:
        raise FrameError(
            "truncated", f"message has {len(raw)} bytes; expected at least {_PREFIX} for its stamp"
        )
    if raw[0] != 0 or raw[1] not in _ORDER:
        raise FrameError(
            "encoding",
            f"message starts with {bytes(raw[:2]).hex()}; expected plain CDR, 0000 or 0001",
        )
    return _ORDER[raw[1]] + "iI"
