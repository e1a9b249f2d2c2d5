"""Depth of any shape to a regular low-resolution grid in the colour view; no ROS."""
