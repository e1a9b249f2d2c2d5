"""Which calibrations and which extrinsics hold between a depth and a colour image."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from bridgenet_ros.calibration import Calibration, CameraInfoLike, for_image
from bridgenet_ros.errors import FrameError
from bridgenet_ros.frame import Rig
from bridgenet_ros.rigid_transform import IDENTITY, RigidTransform

TF_REMEDY = "publish a static transform between them on /tf_static"
PARAMETER_REMEDY = "set register.translation and register.rotation to those from depth to colour"
TOPIC_REMEDY = "remap extrinsics/depth_to_color to the driver's extrinsics topic"


class ExtrinsicsSource(NamedTuple):
    """A place where extrinsics may be found."""

    name: str
    """Reported as the source of the transform."""
    lookup: Callable[[str, str], RigidTransform | None]
    """(colour frame, depth frame) to the transform from depth to colour; None: not known yet."""
    remedy: str
    """What the user can do to have extrinsics here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One of the two images.

    Attributes:
        frame_id: of its header.
        size: rows and columns.
        info: its camera info; None where none has come.
        info_topic: where that is expected.
        rectified: P describes the image rather than K and D.
    """

    frame_id: str
    size: tuple[int, int]
    info: CameraInfoLike | None
    info_topic: str
    rectified: bool

    def calibration(self) -> Calibration:
        """K and D of the image as it is.

        Raises:
            FrameError: ``calibration``, there is no camera info, not for an image of this size, or
                with a distortion that cannot be computed.
        """
        height, width = self.size
        if self.info is None:
            raise FrameError(
                "calibration",
                f"depth must be projected into the colour view, and no camera info has come on "
                f"{self.info_topic}; expected the calibration of the {width}x{height} image there",
            )
        given = for_image(self.info, width, height)
        if not self.rectified:
            given.distortion()  # refused here, before anything is computed with it
            return given
        p = given.p
        return replace(given, k=(*p[0:3], *p[4:7], *p[8:11]), distortion_model="plumb_bob", d=())


class RigFinder:
    """Decides whether depth must be projected, and finds what that takes.

    Args:
        mode: ``auto`` projects where the frames differ; ``on`` always, ``off`` never.
        given: the transform as a user has given it; wins over all sources.
        sources: asked in this order until one knows the transform, which is then kept.
    """

    def __init__(
        self, mode: str, given: RigidTransform | None, sources: Sequence[ExtrinsicsSource]
    ) -> None:
        self.mode = mode
        self._given = given
        self._sources = tuple(sources)
        self._known: dict[tuple[str, str], tuple[RigidTransform, str]] = {}

    def needs_rig(self, color_frame: str, depth_frame: str) -> bool:
        """Whether depth of one frame must be projected into the other."""
        return self.mode == "on" or (self.mode == "auto" and color_frame != depth_frame)

    def knows(self, color_frame: str, depth_frame: str) -> bool:
        """Whether the transform between two frames need not be looked for any more."""
        return self._given is not None or (color_frame, depth_frame) in self._known

    def find(self, color: View, depth: View) -> Rig | None:
        """How the cameras stand; None where depth lies in the colour view.

        Raises:
            FrameError: ``frame_id``, no source knows the transform between the frames;
                ``calibration``, a camera info is missing or does not fit.
        """
        if not self.needs_rig(color.frame_id, depth.frame_id):
            return None
        transform, source = self._extrinsics(color.frame_id, depth.frame_id)
        return Rig(
            color=color.calibration(),
            depth=depth.calibration(),
            depth_to_color=transform,
            source=source,
        )

    def _extrinsics(self, color: str, depth: str) -> tuple[RigidTransform, str]:
        if self._given is not None:
            return self._given, "the parameters"
        key = (color, depth)
        if key not in self._known:
            found = (
                (transform, source.name)
                for source in self._sources
                if (transform := source.lookup(color, depth)) is not None
            )
            same = (IDENTITY, "equal frames") if color == depth else None
            if (first := next(found, same)) is None:
                remedies = [PARAMETER_REMEDY, *(source.remedy for source in self._sources)]
                raise FrameError("frame_id", unregistered(color, depth, remedies))
            self._known[key] = first
        return self._known[key]


def is_rectified(image_topic: str) -> bool:
    """Whether an image is rectified, by image_proc's naming: ``image_rect``, ``image_rect_raw``."""
    return "rect" in image_topic.rpartition("/")[2]


def unregistered(color: str, depth: str, remedies: Sequence[str]) -> str:
    """Why depth in another frame is refused, and every way to have it accepted."""
    ways = "; or ".join([*remedies, "set register.mode to 'off' if it is registered all the same"])
    return (
        f"depth is in frame {depth!r}, colour in {color!r}, and the transform between them is "
        f"not known: {ways}"
    )
