"""Bags and folders, without ROS."""
