"""The reference texts made from code: config/sr.yaml and the tables of docs/interface.md."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType

from bridgenet_ros.config import settings
from bridgenet_ros.errors import ConfigError
from bridgenet_ros.interface import ENDPOINTS
from bridgenet_ros.setting import Setting, Value

_YAML_HEAD = """\
# Every parameter of the node with its default. "live": may be changed while the node runs.
# Written by `bridgenet params --yaml`; copy it, keep what you change, and pass the copy as
# params_file.
/**:
  ros__parameters:
"""
_WIDTH = 96


def params_yaml() -> str:
    """A ROS parameter file with every setting, its default, meaning, unit and range."""
    return _YAML_HEAD + "".join(_yaml_lines())


def parameter_table() -> str:
    """The settings as a Markdown table."""
    rows = [
        (
            f"`{s.name}`",
            f"`{_yaml_value(s.default)}`",
            s.unit,
            s.range_text(),
            "yes" if s.live else "",
            s.doc,
        )
        for s in settings()
    ]
    return _table(("Parameter", "Default", "Unit", "Range", "Live", "Meaning"), rows)


def topic_table() -> str:
    """The topics and services as a Markdown table."""
    rows = [(e.direction, f"`{e.name}`", f"`{e.type}`", e.qos, e.doc) for e in ENDPOINTS]
    return _table(("", "Name", "Type", "QoS", "Meaning"), rows)


SECTIONS: dict[str, Callable[[], str]] = {
    "topics": topic_table,
    "parameters": parameter_table,
}


def update_sections(
    document: str, sections: Mapping[str, Callable[[], str]] = MappingProxyType(SECTIONS)
) -> str:
    """``document`` with every generated section renewed.

    A section lies between ``<!-- generated: NAME -->`` and ``<!-- end: NAME -->``.

    Args:
        document: Markdown.
        sections: what makes each section's text, by name.

    Raises:
        ConfigError: the document lacks a section's markers.
    """
    for name, render in sections.items():
        start, end = f"<!-- generated: {name} -->\n", f"<!-- end: {name} -->"
        before, found_start, rest = document.partition(start)
        _, found_end, after = rest.partition(end)
        if not (found_start and found_end):
            raise ConfigError(f"found no section {start.strip()} ... {end}")
        document = f"{before}{start}{render()}{end}{after}"
    return document


def _yaml_lines() -> Iterator[str]:
    groups: list[str] = []
    for s in settings():
        *path, name = s.name.split(".")
        shared = 0
        while shared < min(len(path), len(groups)) and path[shared] == groups[shared]:
            shared += 1
        for depth in range(shared, len(path)):
            yield f"{_indent(depth)}{path[depth]}:\n"
        groups = path
        indent = _indent(len(path))
        for text in filter(None, (s.doc, _limits(s))):
            for line in textwrap.wrap(text, _WIDTH - len(indent) - 2):
                yield f"{indent}# {line}\n"
        yield f"{indent}{name}: {_yaml_value(s.default)}\n"


def _indent(depth: int) -> str:
    return "  " * (depth + 2)


def _limits(s: Setting) -> str:
    """Range, unit and whether it is live, such as ``0 to 1 s, live``."""
    allowed = f"one of {s.range_text()}" if s.choices else f"{s.range_text()} {s.unit}".strip()
    return ", ".join(filter(None, (allowed, "live" if s.live else "")))


def _yaml_value(value: Value) -> str:
    """``value`` as YAML; strings quoted, because a bare ``off`` would be read as false."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return repr(list(value))
    return f'"{value}"' if isinstance(value, str) else repr(value)


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
