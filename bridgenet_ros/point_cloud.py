"""Depth and colour to the bytes of a ``sensor_msgs/PointCloud2``, and to a PLY file.

Points lie in the colour image's optical frame (REP 103): x right, y down, z forward, metres.
Layout: x, y, z as float32, then ``rgb``, 0x00RRGGBB in the bits of a float32, as PCL has it.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bridgenet_ros.calibration import Intrinsics
from bridgenet_ros.errors import FrameError
from bridgenet_ros.frame import FloatArray, UInt8Array

XYZ = ("x", "y", "z")
"""The float32 fields of every point, in this order, without gaps."""
RGB = "rgb"
"""The field of a coloured point, after the others."""

_FLOAT_BYTES = 4


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CloudPayload:
    """The fields of a point cloud message but for its header.

    Attributes:
        height: rows; 1 for an unordered cloud.
        width: points in a row.
        fields: names of the float32 fields of a point.
        is_bigendian: byte order of the data.
        is_dense: no coordinate is NaN.
        points: (height * width, fields) float32.
    """

    height: int
    width: int
    fields: tuple[str, ...]
    is_bigendian: bool
    is_dense: bool
    points: FloatArray

    @property
    def point_step(self) -> int:
        """Bytes of a point."""
        return len(self.fields) * _FLOAT_BYTES

    @property
    def row_step(self) -> int:
        """Bytes of a row."""
        return self.width * self.point_step

    @property
    def data(self) -> memoryview:
        """The points, flat unsigned bytes."""
        return self.points.reshape(-1).view(np.uint8).data


class CloudMaker:
    """Makes clouds; the rays of the pixels are kept from one image to the next."""

    def __init__(self) -> None:
        self._key: object = None
        self._across = np.empty(0, np.float32)
        self._down = np.empty((0, 1), np.float32)

    def __call__(
        self,
        depth_m: FloatArray,
        intrinsics: Intrinsics,
        rgb: UInt8Array | None = None,
        *,
        stride: int = 1,
        ordered: bool = False,
    ) -> CloudPayload:
        """The cloud of a depth image.

        Args:
            depth_m: (H, W) metres along the optical axis; invalid unless finite and above 0.
            intrinsics: of this image; it must be rectified or have no distortion.
            rgb: (H, W, 3) colours of the points; None leaves them out.
            stride: every ``stride``-th column of every ``stride``-th row, from the first on.
            ordered: keep rows and columns, with NaN for invalid depth; otherwise the valid points
                row by row.

        Raises:
            FrameError: ``size``, colour has another size.
        """
        if rgb is not None and rgb.shape[:2] != depth_m.shape:
            raise FrameError(
                "size", f"colour is {rgb.shape[:2]}, depth {depth_m.shape}; expected one size"
            )
        self._aim(intrinsics, depth_m.shape, stride)
        z = depth_m[::stride, ::stride]
        valid = np.isfinite(z) & (z > 0)
        z = np.where(valid, z, np.float32(np.nan))
        fields = XYZ if rgb is None else (*XYZ, RGB)
        points = np.empty((*z.shape, len(fields)), np.float32)
        np.multiply(z, self._across, out=points[..., 0])
        np.multiply(z, self._down, out=points[..., 1])
        points[..., 2] = z
        if rgb is not None:
            points[..., 3] = _packed(rgb[::stride, ::stride])
        height, width = z.shape
        points = points.reshape(-1, len(fields))
        if not ordered:
            points = points.compress(valid.ravel(), axis=0)
            height, width = 1, len(points)
        return CloudPayload(
            height=height,
            width=width,
            fields=fields,
            is_bigendian=sys.byteorder == "big",
            is_dense=not ordered,
            points=points,
        )

    def _aim(self, intrinsics: Intrinsics, size: tuple[int, ...], stride: int) -> None:
        key = (intrinsics, size, stride)
        if key == self._key:
            return
        columns, rows = np.arange(0, size[1], stride), np.arange(0, size[0], stride)
        self._across = ((columns - intrinsics.cx) / intrinsics.fx).astype(np.float32)
        self._down = ((rows - intrinsics.cy) / intrinsics.fy).astype(np.float32)[:, None]
        self._key = key


def write_ply(path: Path, cloud: CloudPayload) -> None:
    """Write the finite points of a cloud as a binary PLY file (Greg Turk, 1994).

    Raises:
        OSError: the file cannot be written.
    """
    points = cloud.points[np.isfinite(cloud.points[:, :3]).all(axis=1)]
    colored = RGB in cloud.fields
    columns: list[tuple[str, str]] = [(name, "<f4") for name in XYZ]
    if colored:
        columns += [(name, "u1") for name in ("red", "green", "blue")]
    vertices = np.empty(len(points), columns)
    for number, name in enumerate(XYZ):
        vertices[name] = points[:, number]
    if colored:
        packed = points[:, 3].copy().view(np.uint32)
        for shift, name in ((16, "red"), (8, "green"), (0, "blue")):
            vertices[name] = (packed >> shift) & 0xFF
    kinds = {"<f4": "float", "u1": "uchar"}
    head = "".join(f"property {kinds[kind]} {name}\n" for name, kind in columns)
    path.write_bytes(
        f"ply\nformat binary_little_endian 1.0\nelement vertex {len(points)}\n{head}"
        "end_header\n".encode()
        + vertices.tobytes()
    )


def _packed(rgb: UInt8Array) -> FloatArray:
    """(H, W) the colours' 24 bits as float32."""
    wide = rgb.astype(np.uint32)
    bits = (wide[..., 0] << 16) | (wide[..., 1] << 8) | wide[..., 2]
    return bits.view(np.float32)
