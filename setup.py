"""The package's only metadata, for colcon and for pip alike.

A sourced ROS workspace brings its own rclpy, so the ROS wheels are an extra and never a
requirement (docs/adr/0006-one-setup-for-ament-and-pip.md).
"""

from __future__ import annotations

import re
from pathlib import Path

from setuptools import find_packages, setup

NAME = "bridgenet_ros"
VERSION = re.findall(r'__version__ = "(.+)"', Path(NAME, "__init__.py").read_text())[0]

# ROS 2 Kilted from PyPI: x86_64 Linux, Python 3.10 to 3.14. Pinned together, here only.
ROS = [
    "ros-rclpy==9.1.2",
    "ros-rmw-fastrtps-cpp==9.3.3",
    "ros-sensor-msgs==5.5.1",
    "ros-diagnostic-msgs==5.5.1",
    "ros-std-srvs==5.5.1",
]
OPENCV = "opencv-python-headless>=4.8"
RICH = "rich>=13"
IMAGES = [OPENCV, "matplotlib>=3.7", RICH]
OFFLINE = ["rosbags==0.11.*", "apsw", *IMAGES]  # apsw: the errors of rosbags' sqlite3
TRAIN = [*IMAGES, "h5py>=3.8", "tensorboard>=2.14", "torch>=2.3"]
EXR = [*OFFLINE, "OpenEXR>=3.3"]
TEST = ["pytest>=7.4", "hypothesis>=6.100", "mcap>=1.1"]
OPENVINO = ["openvino>=2024.4"]
ONNX = ["onnx>=1.15", "onnxruntime>=1.17", "torch>=2.5"]  # torch: its exporter's choice of tracer
FLEET = [*OFFLINE, "ray>=2.9"]
DEV = [
    *TEST,
    "OpenEXR>=3.3",
    "import-linter>=2.0",
    "pytest-rerunfailures>=14",
    "mypy==2.4.1",
    "ruff==0.17.6",
    "types-PyYAML",
    "colcon-common-extensions>=0.3",
    "setuptools>=70.1,<80",
]


def files(pattern: str) -> list[str]:
    """The files of this folder that match ``pattern``."""
    return sorted(str(path) for path in Path().glob(pattern) if path.is_file())


setup(
    name=NAME,
    version=VERSION,
    description="Depth super-resolution and estimation with BridgeNet for ROS 2",
    author="The bridgenet_ros maintainers",
    maintainer="The bridgenet_ros maintainers",
    maintainer_email="maintainers@bridgenet-ros.example",
    license="Apache-2.0",
    keywords=["ROS", "depth", "RGB-D", "super-resolution"],
    python_requires=">=3.10",
    packages=find_packages(include=[NAME, f"{NAME}.*"]),
    package_data={NAME: ["py.typed"]},
    data_files=[
        ("share/ament_index/resource_index/packages", [f"resource/{NAME}"]),
        (f"share/{NAME}", ["package.xml"]),
        (f"share/{NAME}/launch", files("launch/*.launch.py")),
        (f"share/{NAME}/config", files("config/*")),
        (f"share/{NAME}/config/cameras", files("config/cameras/*.yaml")),
        (f"share/{NAME}/config/consumers", files("config/consumers/*.yaml")),
        (f"share/{NAME}/models", files("models/*")),
    ],
    zip_safe=False,
    install_requires=[
        "numpy>=1.24",
        "torch>=2.2",
        "PyYAML>=6.0",
        "safetensors>=0.4",
        "transforms3d>=0.4.1",
    ],
    # colcon runs pytest only where an extra of this name asks for it.
    extras_require={
        "ros": [*ROS, OPENCV, RICH],  # a distribution has the last two of its own
        "offline": OFFLINE,
        "exr": EXR,
        "onnx": ONNX,
        "openvino": OPENVINO,
        "fleet": FLEET,
        "train": TRAIN,
        "test": TEST,
        "dev": DEV,
    },
    entry_points={
        "console_scripts": [
            "bridgenet = bridgenet_ros.cli:main",
            "bridgenet_node = bridgenet_ros.ros.main:main",
            "doctor = bridgenet_ros.cli:doctor",  # for `ros2 run bridgenet_ros doctor`
        ],
    },
)
