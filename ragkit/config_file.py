"""The settings as they are read: `ragkit.toml`, over it the environment, and nothing unknown in either."""

import difflib
import os
import reprlib
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_settings.exceptions import SettingsError

from ragkit.config import PREFIX, Config, ServerConfig, StoreConfig
from ragkit.errors import ConfigError

FILE = "ragkit.toml"
# The variables that are no settings: which file has those, where ragkit keeps what it can make again, and a secret.
OTHER_VARIABLES = ("RAGKIT_CONFIG", "RAGKIT_CACHE", "RAGKIT_OPENAI_KEY")

_PLAINER = {
    "missing": "It must be given",
    "model_type": "It is a table",
    "model_attributes_type": "It is a table",
    "dict_type": "It is a table",
    "path_type": "It is a path, in quotes",
}


def load_config(path: Path | None = None) -> Config:
    """Read the file that is named, here or by RAGKIT_CONFIG, else `ragkit.toml` of the working directory, if any.

    Relative paths in the file are relative to the file, those of the environment to the working directory.

    Raises:
        ConfigError: the file is missing or not TOML, or a setting is unknown or out of bounds.
    """
    file = settings_file(path)
    if (path or os.environ.get("RAGKIT_CONFIG")) and not file.is_file():
        message = f"there is no file {str(file)!r}. Check the path, or write the file with: ragkit init"
        raise ConfigError(message, setting="config", value=str(file))
    values = read_toml(file, setting="config") if file.is_file() else {}
    return _settings(_anchored(values, file.parent), where=str(file))


def settings_file(path: Path | None = None) -> Path:
    """Return the file that `load_config` reads, be it there or not."""
    return path or Path(os.environ.get("RAGKIT_CONFIG") or FILE)


def default_config() -> Config:
    """Return the defaults with the environment over them; no file is read.

    Raises:
        ConfigError: a variable is unknown or out of bounds.
    """
    return _settings({}, where="the defaults")


def read_toml(file: Path, *, setting: str) -> dict[str, Any]:
    """Return what a file of settings holds.

    Raises:
        ConfigError: it can't be read, or is not TOML; `setting` is what led to it.
    """
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise ConfigError(f"{str(file)!r} is not UTF-8. Save it as that.", setting=setting, value=str(file)) from error
    except tomllib.TOMLDecodeError as error:
        message = f"{str(file)!r} is not valid TOML: {error}. A text stands in quotes, the name of a table in brackets."
        raise ConfigError(message, setting=setting, value=str(file)) from error
    except OSError as error:
        message = f"{str(file)!r} can't be read: {error.strerror}. Check that it may be read."
        raise ConfigError(message, setting=setting, value=str(file)) from error


def explain(error: ValidationError, model: type[BaseModel], *, where: str) -> ConfigError:
    """Make one line of pydantic's first complaint, with the nearest known key where a key is unknown."""
    first = error.errors(include_url=False)[0]
    keys = [str(part) for part in first["loc"]]
    setting = ".".join(keys)
    if first["type"] == "extra_forbidden":
        hint = _nearest(keys[-1], _known_keys(model, keys[:-1]))
        return ConfigError(f"{where}: unknown setting {setting!r}. {hint}", setting=setting, value=first["input"])
    given = "is missing" if first["type"] == "missing" else f"= {reprlib.repr(first['input'])} is refused"
    message = f"{where}: {setting} {given}. {_PLAINER.get(first['type'], first['msg'])}."
    return ConfigError(message, setting=setting, value=first["input"])


def _settings(values: dict[str, Any], *, where: str) -> Config:
    _refuse_unknown_variables()
    try:
        config = Config(**values)
    except SettingsError as error:
        raise ConfigError(f"a variable {PREFIX}... can't be read: {error}.", setting="environment") from error
    except ValidationError as error:
        raise explain(error, Config, where=_variable(error) or where) from error
    store = config.store.model_copy(update={"path": config.store.path.expanduser()})
    return config.model_copy(update={"store": store})


def _refuse_unknown_variables() -> None:
    for name in os.environ:
        section = name.upper().removeprefix(PREFIX).partition("__")[0].lower()
        if not name.upper().startswith(PREFIX) or name in OTHER_VARIABLES or section in Config.model_fields:
            continue
        hint = _nearest(name, [*_variables(), *OTHER_VARIABLES])
        raise ConfigError(f"unknown variable {name!r}. {hint}", setting=name, value=os.environ[name])


def _variables() -> Iterator[str]:
    for section in Config.model_fields:
        for key in _known_keys(Config, [section]):
            yield f"{PREFIX}{section}__{key}".upper()


def _variable(error: ValidationError) -> str:
    """Return the environment variable that brought the value which was refused; empty if a file did."""
    keys = [str(part) for part in error.errors(include_url=False)[0]["loc"]]
    names = [PREFIX + "__".join(keys[:depth]).upper() for depth in range(len(keys), 0, -1)]
    present = {name.upper(): name for name in os.environ}
    return next((present[name] for name in names if name in present), "")


def _nearest(key: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(key, known, n=1)
    return f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(known)}."


def _known_keys(model: type[BaseModel], path: Sequence[str]) -> list[str]:
    keys = iter(path)
    for key in keys:
        field = model.model_fields.get(key)
        kinds = (field.annotation, *get_args(field.annotation)) if field else ()
        inner: list[type[BaseModel]] = [
            each for each in kinds if isinstance(each, type) and issubclass(each, BaseModel)
        ]
        if field is None or not inner:
            return []
        if inner[0] is not field.annotation:
            # A table of tables: the next key is a name that its user gave.
            next(keys, None)
        model = inner[0]
    return list(model.model_fields)


def _anchored(values: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Put the file's folder before every relative path in it; what is no path is left for the check to refuse."""
    _anchor(values.setdefault("store", {}), "path", folder, default=str(StoreConfig().path))
    _anchor(values.get("models"), "gguf", folder)
    _anchor(values.get("models"), "chat", folder, prefix="llamacpp:")
    _anchor(values.get("models"), "reranker", folder, prefix="onnx:")
    _anchor(values.get("assistant"), "default", folder, suffix=".toml")
    _anchor(values.setdefault("server", {}), "keys", folder, default=str(ServerConfig().keys))
    sources = values.get("sources")
    for source in sources.values() if isinstance(sources, dict) else ():
        _anchor(source, "path", folder)
    return values


def _anchor(table: object, key: str, folder: Path, *, default: str = "", prefix: str = "", suffix: str = "") -> None:
    value = table.get(key, default) if isinstance(table, dict) else None
    if not isinstance(table, dict) or not isinstance(value, str) or not value.startswith(prefix):
        return
    path = value.removeprefix(prefix)
    if path and path.endswith(suffix):
        table[key] = f"{prefix}{folder / Path(path).expanduser()}"
