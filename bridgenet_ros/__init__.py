"""BridgeNet depth super-resolution for ROS 2: live node, bag tools, training.

Importing this package loads neither torch nor rclpy.
"""

__version__ = "0.1.0"
