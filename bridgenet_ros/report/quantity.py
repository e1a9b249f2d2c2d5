"""Numbers as people read them: three digits, a unit, a dash where there is none."""

from __future__ import annotations

from math import floor, isfinite, log10

NONE = "–"  # noqa: RUF001 - a dash
"""Stands for a value that is not known."""

_SPACE = "\u00a0"
"""No line is broken between a number and its unit."""

_SIZES = ("B", "kB", "MB", "GB", "TB", "PB")


def decimal(value: float, digits: int = 3) -> str:
    """Without exponent, to so many significant digits; whole numbers keep all of theirs."""
    if not isfinite(value):
        return NONE
    if value == 0:
        return "0"
    decimals = max(digits - 1 - floor(log10(abs(value))), 0)
    text = f"{value:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def count(number: int) -> str:
    """Such as ``12,345``."""
    return f"{number:,}"


def metres(value: float) -> str:
    """Metres, below 0.1 m as millimetres."""
    return _with_unit(value * 1e3, "mm") if abs(value) < 0.1 else _with_unit(value, "m")


def milliseconds(value: float) -> str:
    """Milliseconds, to a hundredth; from 1000 ms as seconds."""
    return _with_unit(round(value, 2), "ms") if abs(value) < 1e3 else _with_unit(value / 1e3, "s")


def duration(seconds: float) -> str:
    """Seconds; from two minutes as ``2 min 5 s``, from two hours as ``2 h 5 min``."""
    if not isfinite(seconds):
        return NONE
    if abs(seconds) < 120:
        return milliseconds(seconds * 1e3) if abs(seconds) < 1 else _with_unit(seconds, "s")
    whole = round(seconds)
    if whole < 7200:
        return f"{whole // 60}{_SPACE}min {whole % 60}{_SPACE}s"
    return f"{whole // 3600}{_SPACE}h {whole % 3600 // 60}{_SPACE}min"


def percent(share: float) -> str:
    """A share of one; what is there but below 0.01 % says so."""
    if 0 < share < 1e-4:
        return f"<{_SPACE}0.01{_SPACE}%"
    return _with_unit(round(share * 100, 2), "%")


def size(number_of_bytes: int) -> str:
    """Bytes, in powers of 1000."""
    power = min(max(len(str(number_of_bytes)) - 1, 0) // 3, len(_SIZES) - 1)
    return f"{decimal(number_of_bytes / 1000**power)}{_SPACE}{_SIZES[power]}"


def _with_unit(value: float, unit: str) -> str:
    return f"{decimal(value)}{_SPACE}{unit}" if isfinite(value) else NONE
