"""Stand-ins for `launch` and `launch_ros`, and `run`, which plays a launch file through them.

Scopes follow `launch`: an argument that is declared keeps a value it has already, an include's
arguments stay in force after it, and a group takes back what was set in it.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest


@dataclass
class Context:
    """The arguments' values, and what was started."""

    values: dict[str, str] = field(default_factory=dict)
    nodes: list[Node] = field(default_factory=list)
    others: list[tuple[Path, dict[str, str]]] = field(default_factory=list)


class LaunchDescription:
    def __init__(self, entities: Iterable[Any]) -> None:
        self.entities = list(entities)

    def visit(self, context: Context) -> None:
        for entity in self.entities:
            entity.visit(context)


class DeclareLaunchArgument:
    def __init__(
        self,
        name: str,
        *,
        default_value: str,
        description: str,
        choices: list[str] | None = None,
    ) -> None:
        self.name = name
        self.default = default_value
        self.description = description
        self.choices = choices

    def visit(self, context: Context) -> None:
        value = context.values.setdefault(self.name, self.default)
        if self.choices is not None and value not in self.choices:
            raise ValueError(f"{self.name} is {value!r}; expected one of {self.choices}")


class OpaqueFunction:
    def __init__(self, *, function: Any) -> None:
        self.function = function

    def visit(self, context: Context) -> None:
        for entity in self.function(context):
            entity.visit(context)


class GroupAction:
    def __init__(self, actions: Iterable[Any]) -> None:
        self.actions = list(actions)

    def visit(self, context: Context) -> None:
        before = dict(context.values)
        for action in self.actions:
            action.visit(context)
        context.values = before


class IncludeLaunchDescription:
    def __init__(self, source: Path, *, launch_arguments: Iterable[tuple[str, str]]) -> None:
        self.file = source
        self.arguments = dict(launch_arguments)

    def visit(self, context: Context) -> None:
        """Plays a file of ours; keeps what another package's would see."""
        context.values |= self.arguments
        if self.file.parent == LAUNCH_FOLDER:
            load(self.file).generate_launch_description().visit(context)
        else:
            context.others.append((self.file, dict(context.values)))


class LaunchConfiguration:
    def __init__(self, name: str) -> None:
        self.name = name

    def perform(self, context: Context) -> str:
        return context.values[self.name]


@dataclass
class ParameterValue:
    value: Any
    value_type: type


class Node:
    def __init__(self, **made_with: Any) -> None:
        self.made_with = made_with

    def visit(self, context: Context) -> None:
        context.nodes.append(self)


class PackageNotFoundError(KeyError):
    """As in ament_index_python."""


LAUNCH_FOLDER = Path(__file__).resolve().parents[2] / "launch"


def load(file: Path) -> ModuleType:
    """A launch file as a module."""
    spec = importlib.util.spec_from_file_location(file.name.replace(".", "_"), file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def install(monkeypatch: pytest.MonkeyPatch, shares: Mapping[str, Path]) -> None:
    """Put the stand-ins in the real packages' places.

    Args:
        monkeypatch: takes them away after the test.
        shares: package to share folder, of the other ROS packages that are installed.
    """

    def share(package: str) -> str:
        if package not in shares:
            raise PackageNotFoundError(package)
        return str(shares[package])

    names: dict[str, dict[str, Any]] = {
        "launch": {"LaunchContext": Context, "LaunchDescription": LaunchDescription},
        "launch.actions": {
            "DeclareLaunchArgument": DeclareLaunchArgument,
            "GroupAction": GroupAction,
            "IncludeLaunchDescription": IncludeLaunchDescription,
            "OpaqueFunction": OpaqueFunction,
        },
        "launch.launch_description_sources": {"PythonLaunchDescriptionSource": Path},
        "launch.substitutions": {"LaunchConfiguration": LaunchConfiguration},
        "launch_ros": {},
        "launch_ros.actions": {"Node": Node},
        "launch_ros.parameter_descriptions": {"ParameterValue": ParameterValue},
        "ament_index_python": {},
        "ament_index_python.packages": {
            "PackageNotFoundError": PackageNotFoundError,
            "get_package_share_directory": share,
        },
    }
    for name, members in names.items():
        module = ModuleType(name)
        vars(module).update(members)
        monkeypatch.setitem(sys.modules, name, module)


def run(name: str, **arguments: str) -> Context:
    """Play the launch file ``name`` with arguments of the command line."""
    context = Context(values=dict(arguments))
    load(LAUNCH_FOLDER / name).generate_launch_description().visit(context)
    return context
