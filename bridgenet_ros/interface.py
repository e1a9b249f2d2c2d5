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
EXTRINSICS = "extrinsics/depth_to_color"
TF_STATIC = "/tf_static"
SR_IMAGE = "sr/depth/image"
SR_INFO = "sr/depth/camera_info"
MDE_IMAGE = "mde/depth/image"
MDE_INFO = "mde/depth/camera_info"
MDE_FIT = "mde/fit"
RAW, COMPRESSED, COMPRESSED_DEPTH = "raw", "compressed", "compressedDepth"
"""image_transport's names for the ways to send an image."""
SOURCE_IMAGE = "sr/source"
POINTS = "points"
PREVIEW_IMAGE = "preview"
TIMINGS = "timings"
DIAGNOSTICS = "/diagnostics"
ENABLE = "enable"
RESET = "reset"
SAVE_SNAPSHOT = "save_snapshot"


def transport_topic(base: str, transport: str) -> str:
    """Where image_transport puts an image topic's messages of one transport."""
    return base if transport == RAW else f"{base}/{transport}"


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
_COMPRESSED_TYPE = "sensor_msgs/msg/CompressedImage"
_COMPRESSED_OUTPUT = (
    "The same, PNG or RVL, with output.compressed_depth; made while someone subscribes"
)

ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        "in",
        RGB_IMAGE,
        "sensor_msgs/msg/Image",
        _INPUT_QOS,
        "Colour guide: rgb, bgr, rgba, bgra, mono or Bayer of 8 or 16 bits, YUV 4:2:2 (uyvy, "
        "yuyv), nv12 or nv21; others through cv_bridge if installed",
    ),
    Endpoint(
        "in",
        transport_topic(RGB_IMAGE, COMPRESSED),
        _COMPRESSED_TYPE,
        _INPUT_QOS,
        "In its place with rgb_image_transport compressed: JPEG or PNG",
    ),
    Endpoint(
        "in",
        RGB_INFO,
        "sensor_msgs/msg/CameraInfo",
        _INPUT_QOS,
        "Colour calibration; the latest one is kept, it need not be synchronised",
    ),
    Endpoint(
        "in",
        DEPTH_IMAGE,
        "sensor_msgs/msg/Image",
        _INPUT_QOS,
        "Depth, 16UC1 or mono16 in units of input.depth_scale, or 32FC1 in metres; 0, NaN and "
        "infinities are invalid. With colour's frame_id it lies in the colour view, no larger "
        "than colour, any ratio; with another it is projected there",
    ),
    Endpoint(
        "in",
        transport_topic(DEPTH_IMAGE, COMPRESSED_DEPTH),
        _COMPRESSED_TYPE,
        _INPUT_QOS,
        "In its place with depth_image_transport compressedDepth: PNG or RVL",
    ),
    Endpoint(
        "in",
        DEPTH_INFO,
        "sensor_msgs/msg/CameraInfo",
        "best effort, keep last 5",
        "Depth calibration, subscribed to once depth must be projected",
    ),
    Endpoint(
        "in",
        TF_STATIC,
        "tf2_msgs/msg/TFMessage",
        "reliable, transient local, keep last 100",
        "Transform from the depth to the colour frame; read until it is known, where tf2_ros or "
        "tf2_msgs is installed",
    ),
    Endpoint(
        "in",
        EXTRINSICS,
        "realsense2_camera_msgs/msg/Extrinsics",
        "reliable, transient local, keep last 100",
        "The same from a RealSense driver, where its messages are installed",
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
        transport_topic(SR_IMAGE, COMPRESSED_DEPTH),
        _COMPRESSED_TYPE,
        _OUTPUT_QOS,
        _COMPRESSED_OUTPUT,
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
        "Estimated depth, same form, fitted to the sensor's with mde.align; computed while someone "
        "subscribes, or with mde.enable",
    ),
    Endpoint(
        "out",
        transport_topic(MDE_IMAGE, COMPRESSED_DEPTH),
        _COMPRESSED_TYPE,
        _OUTPUT_QOS,
        _COMPRESSED_OUTPUT,
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
        MDE_FIT,
        "diagnostic_msgs/msg/DiagnosticArray",
        _OUTPUT_QOS,
        "How each estimate was fitted, with its stamp: scale, shift_m, pixels of the sensor, share "
        "of them agreeing, whether it was fitted, and the problem if it was not; sent with "
        "estimates while someone subscribes",
    ),
    Endpoint(
        "out",
        SOURCE_IMAGE,
        "sensor_msgs/msg/Image",
        _OUTPUT_QOS,
        "Where each pixel of sr/depth/image comes from, mono8: 0 nothing measured, 1 measured, "
        "2 upsampled, 3 filled by the network, 4 taken out as flying, 5 filled without the "
        "network, in a frame that it had no time for; made while someone subscribes",
    ),
    Endpoint(
        "out",
        POINTS,
        "sensor_msgs/msg/PointCloud2",
        _OUTPUT_QOS,
        "Super-resolved depth as points in the colour frame, fields x, y, z and, with "
        "points.color, rgb; made while someone subscribes",
    ),
    Endpoint(
        "out",
        PREVIEW_IMAGE,
        "sensor_msgs/msg/Image",
        _OUTPUT_QOS,
        "Colour, sensor depth and super-resolved depth side by side, bgr8, with a scale in metres; "
        "made while someone subscribes",
    ),
    Endpoint(
        "out",
        transport_topic(PREVIEW_IMAGE, COMPRESSED),
        _COMPRESSED_TYPE,
        _OUTPUT_QOS,
        "The same as JPEG",
    ),
    Endpoint(
        "out",
        TIMINGS,
        "diagnostic_msgs/msg/DiagnosticArray",
        _OUTPUT_QOS,
        "Milliseconds that each stage of a frame took, with the stamp of its depth: prepare, "
        "register, engine, guard, align; made while someone subscribes",
    ),
    Endpoint(
        "out",
        DIAGNOSTICS,
        "diagnostic_msgs/msg/DiagnosticArray",
        "reliable, volatile, keep last 10",
        "Rate, latency, output age, drops by reason, frames without the network, model, device, "
        "memory, and the quality of depth: consistency with the sensor, holes, flying pixels, "
        "flicker, the fit of the estimate and its jitter",
    ),
    Endpoint(
        "service",
        ENABLE,
        "std_srvs/srv/SetBool",
        "",
        "Pause (false) and resume (true); paused frames are dropped and counted",
    ),
    Endpoint(
        "service",
        RESET,
        "std_srvs/srv/Trigger",
        "",
        "Forget the images that wait for a partner, all stamps and the figures of quality; the "
        "counters go on",
    ),
    Endpoint(
        "service",
        SAVE_SNAPSHOT,
        "std_srvs/srv/Trigger",
        "",
        "Write the newest frame into a new folder in snapshot.folder: colour, depth in and out, "
        "sources, preview, points, settings; the reply names it once it is whole; one at a time",
    ),
)
