"""The colours of the demo's picture."""

from __future__ import annotations

import matplotlib as mpl
from matplotlib.colors import ListedColormap

from bridgenet_ros.depth_colors import TURBO

INK = "#1c2126"
QUIET = "#66707a"
ACCENT = "#ff4fa3"
"""The enlarged part; a hue that neither colour scale holds."""
HOLE = "#e9ebee"
"""Pixels without a value."""

DEPTH = ListedColormap(TURBO / 255.0).with_extremes(bad=HOLE)
ERROR = mpl.colormaps["inferno"].with_extremes(bad=HOLE)
