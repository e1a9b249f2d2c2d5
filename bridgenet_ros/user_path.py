"""A path that a user wrote as the value of a setting."""

from __future__ import annotations

from pathlib import Path

from bridgenet_ros.errors import ConfigError


def user_path(setting: str, text: str) -> Path:
    """``text`` as a path, with a leading ``~`` or ``~user`` replaced by that home folder.

    Args:
        setting: the setting's name, for the message.
        text: what the user wrote; empty is refused, as it would mean the working directory, which
            for a node is wherever it was started.

    Raises:
        ConfigError: the text is empty, or names the home of a user that does not exist.
    """
    if not text:
        raise ConfigError(f"{setting} is ''; expected a path")
    try:
        return Path(text).expanduser()
    except RuntimeError as error:
        raise ConfigError(f"{setting} is {text!r}; expected the home of a known user") from error
