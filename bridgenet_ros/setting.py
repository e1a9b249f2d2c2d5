"""One parameter as the world sees it: name, default, meaning, range; and its check."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from bridgenet_ros.errors import ConfigError

Value: TypeAlias = bool | int | float | str | tuple[float, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Setting:
    """One parameter as the world sees it."""

    name: str
    default: Value
    doc: str
    unit: str = ""
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    live: bool = False

    def check(self, value: object) -> Value:
        """``value`` in the setting's type.

        Raises:
            ConfigError: wrong type, outside the range, or none of the choices.
        """
        if isinstance(self.default, tuple):
            return self._numbers(value, len(self.default))
        if isinstance(self.default, float) and type(value) is int:
            value = float(value)
        if type(value) is not type(self.default):
            expected = type(self.default).__name__
            raise ConfigError(f"{self.name} is {value!r}; expected a {expected}")
        checked = value
        if self.choices and checked not in self.choices:
            raise ConfigError(
                f"{self.name} is {value!r}; expected one of {', '.join(self.choices)}"
            )
        if isinstance(checked, (int, float)) and not self._in_range(checked):
            raise ConfigError(f"{self.name} is {value!r}; expected {self.range_text()}")
        return checked

    def _numbers(self, value: object, count: int) -> tuple[float, ...]:
        given = tuple(value) if isinstance(value, (list, tuple, array)) else ()
        if len(given) != count or not all(type(v) in {int, float} for v in given):
            raise ConfigError(f"{self.name} is {value!r}; expected {self.range_text()}")
        if not all(map(math.isfinite, given)):
            raise ConfigError(f"{self.name} is {value!r}; expected finite numbers")
        return tuple(map(float, given))

    def _in_range(self, value: float) -> bool:
        above = self.low is None or value >= self.low
        below = self.high is None or value <= self.high
        return above and below and not math.isnan(value)

    def range_text(self) -> str:
        """The allowed values in words, for messages and tables."""
        if isinstance(self.default, tuple):
            return f"{len(self.default)} numbers"
        if self.choices:
            return ", ".join(self.choices)
        if self.low is not None and self.high is not None:
            return f"{self.low:g} to {self.high:g}"
        return f"at least {self.low:g}" if self.low is not None else ""


def setting(default: Value, doc: str, **limits: Any) -> Any:  # noqa: ANN401
    """A dataclass field that carries its `Setting`."""
    return field(default=default, metadata={"doc": doc, **limits})


def parse_assignments(texts: Iterable[str]) -> dict[str, object]:
    """Parameters as a user writes them, ``NAME:=VALUE`` with the value in YAML, by name.

    Raises:
        ConfigError: one is not of this form.
    """
    import yaml

    values: dict[str, object] = {}
    for text in texts:
        name, assigned, value = text.partition(":=")
        if not assigned:
            raise ConfigError(f"parameter is {text!r}; expected NAME:=VALUE")
        try:
            values[name] = yaml.safe_load(value)
        except yaml.YAMLError as error:
            raise ConfigError(f"value of {name} is {value!r}, which is no YAML") from error
    return values
