"""The node's topics and services: one table for the node, its documentation and its tests.

Names are relative and remappable; ``rgb/image``, ``rgb/camera_info`` and ``depth/image`` are the
names that RTAB-Map uses.
"""

from __future__ import annotations

from dataclasses import dataclass

NODE_NAME = "bridgenet"

RGB_IMAGE = "rgb/image"
RGB_INFO = "rgb/camera_info"
DEPTH_IMAGE = "depth/image"
DEPTH_INFO = "depth/camera_info"
SR_IMAGE = "sr/depth/image"
SR_INFO = "sr/depth/camera_info"
MDE_IMAGE = "mde/depth/image"
MDE_INFO = "mde/depth/camera_info"
DIAGNOSTICS = "/diagnostics"
ENABLE = "enable"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One topic or service.

    Attributes:
        direction: ``in``, ``out`` or ``service``.
        name: relative name before remapping.
        type: ROS interface type.
        qos: default QoS in words.
        doc: meaning, units and frame.
    """

    direction: str
    name: str
    type: str
    qos: str
    doc: str


_INPUT_QOS = "follows the publisher, keep last 5"
_OUTPUT_QOS = "reliable, volatile, keep last 5"

ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        "in",
        RGB_IMAGE,
        "sensor_msgs/msg/Image",
        _INPUT_QOS,
        "Colour guide: rgb8, bgr8, rgba8, bgra8 or mono8; others through cv_bridge if installed",
    ),
    Endpoint(
        "in",
        RGB_INFO,
        "sensor_msgs/msg/CameraInfo",
        "best effort, keep last 5",
        "Colour calibration; the latest one is kept, it need not be synchronised",
    ),
    Endpoint(
        "in",
        DEPTH_IMAGE,
        "sensor_msgs/msg/Image",
        _INPUT_QOS,
        "Depth in the colour view, no larger than colour, any ratio: 16UC1 or mono16 in units of "
        "input.depth_scale, or 32FC1 in metres; 0, NaN and infinities are invalid",
    ),
    Endpoint(
        "in",
        DEPTH_INFO,
        "sensor_msgs/msg/CameraInfo",
        "best effort, keep last 5",
        "Depth calibration; accepted, not needed while depth is registered to colour",
    ),
    Endpoint(
        "out",
        SR_IMAGE,
        "sensor_msgs/msg/Image",
        _OUTPUT_QOS,
        "Super-resolved depth with the colour image's stamp, frame and size; 32FC1 metres with "
        "NaN, or 16UC1 millimetres with 0 (REP 118)",
    ),
    Endpoint(
        "out",
        SR_INFO,
        "sensor_msgs/msg/CameraInfo",
        _OUTPUT_QOS,
        "The colour calibration with the header of its image",
    ),
    Endpoint(
        "out",
        MDE_IMAGE,
        "sensor_msgs/msg/Image",
        _OUTPUT_QOS,
        "Estimated depth, same form; computed while someone subscribes, or with mde.enable",
    ),
    Endpoint(
        "out",
        MDE_INFO,
        "sensor_msgs/msg/CameraInfo",
        _OUTPUT_QOS,
        "The colour calibration with the header of its image",
    ),
    Endpoint(
        "out",
        DIAGNOSTICS,
        "diagnostic_msgs/msg/DiagnosticArray",
        "reliable, volatile, keep last 10",
        "Rate, latency, output age, drops by reason, model, device",
    ),
    Endpoint(
        "service",
        ENABLE,
        "std_srvs/srv/SetBool",
        "",
        "Pause (false) and resume (true); paused frames are dropped and counted",
    ),
)
