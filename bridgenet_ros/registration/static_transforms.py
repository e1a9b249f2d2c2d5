"""The fixed transforms between frames (REP 105), as ``/tf_static`` tells them."""

from __future__ import annotations

from collections import deque

from bridgenet_ros.rigid_transform import IDENTITY, RigidTransform


class StaticTransforms:
    """A graph of frames; a chain of any length in either direction joins two of them."""

    def __init__(self) -> None:
        self._steps: dict[str, dict[str, RigidTransform]] = {}

    def add(self, parent: str, child: str, child_to_parent: RigidTransform) -> None:
        """Take a transform as its message has it: ``header.frame_id`` is the parent.

        A later one between the same frames replaces the earlier one.
        """
        parent, child = _bare(parent), _bare(child)
        self._steps.setdefault(child, {})[parent] = child_to_parent
        self._steps.setdefault(parent, {})[child] = child_to_parent.inverse()

    def lookup(self, target: str, source: str) -> RigidTransform | None:
        """Takes points of ``source`` to ``target`` by the fewest steps; None where none lead."""
        target, source = _bare(target), _bare(source)
        reached = {source: IDENTITY}
        frames = deque([source])
        while frames and target not in reached:
            frame = frames.popleft()
            for neighbour, step in self._steps.get(frame, {}).items():
                if neighbour not in reached:
                    reached[neighbour] = step.after(reached[frame])
                    frames.append(neighbour)
        return reached.get(target)


def _bare(frame: str) -> str:
    """Old drivers put a slash before a frame's name; tf2 takes both for one."""
    return frame.removeprefix("/")
