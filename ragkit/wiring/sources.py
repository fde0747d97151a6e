"""Connectors of the settings, of addresses and of paths."""

import difflib
from collections.abc import Mapping
from pathlib import Path

from ragkit.config import Config
from ragkit.connector import Connector, connector_factory
from ragkit.errors import ConfigError
from ragkit.wiring.connector_options import checked_options


def connector(target: Connector | Path | str, config: Config, *, name: str = "") -> Connector:
    """Return the connector for a source's name in the settings, an http address, or a file or folder.

    `name` is what the source is called; without it the connector says. A connector comes back as it is.

    Raises:
        ConfigError: the target is none of these, or the connector refuses its options.
        UnknownConnector: the source names a connector that is not installed.
    """
    if isinstance(target, str | Path):
        return _named(str(target), config, name=name)
    if isinstance(target, Connector) and not isinstance(target, type):
        return target
    message = f"{target!r} is no connector: that has a name and the methods list, fetch and close. Give one, or a path."
    raise ConfigError(message, setting="target", value=target)


def _named(target: str, config: Config, *, name: str) -> Connector:
    if target in config.sources:
        source = config.sources[target]
        return _made(source.connector, {"name": name or target, **source.options}, setting=f"sources.{target}")
    named = {"name": name} if name else {}
    scheme, separator, _ = target.partition("://")
    if separator and scheme.lower() in ("http", "https"):
        return _made("web", {"url": target, **named}, setting="target")
    # An empty word is a variable that was not set, and not the folder that one stands in.
    path = None if separator or not target else _existing(target)
    if path and not _is_text(path):
        raise ConfigError(
            f"{target!r} is in a place whose name is not UTF-8. Rename it.", setting="target", value=target
        )
    if path:
        size = config.limits.file_bytes
        return _made("files", {"path": str(path), "max_bytes": size, **named}, setting="target")
    near = difflib.get_close_matches(target, config.sources, n=1)
    hint = f"Did you mean {near[0]!r}? " if near else ""
    known = f", or one of your sources: {', '.join(config.sources)}" if config.sources else ""
    what = f"has a scheme that is not read: {scheme!r}" if separator else "does not exist"
    message = f"{target!r} {what}. {hint}Give a file, a folder, an http address{known}."
    raise ConfigError(message, setting="target", value=target)


def _existing(target: str) -> Path | None:
    try:
        path = Path(target).expanduser()
        return path if path.exists() else None
    except PermissionError:
        # It is there: the connector says what is wrong with it.
        return path
    except (OSError, ValueError, RuntimeError):
        return None


def _is_text(path: Path) -> bool:
    try:
        str(path.absolute()).encode()
    except UnicodeEncodeError:
        return False
    return True


def _made(name: str, options: Mapping[str, object], *, setting: str) -> Connector:
    factory = connector_factory(name)
    try:
        return factory(**checked_options(factory, options, connector=name, setting=setting))
    except (TypeError, ValueError) as error:
        raise ConfigError(f"the connector {name!r} refuses its options: {error}.", setting=setting) from error
