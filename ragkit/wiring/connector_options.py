"""What a settings file says of a source, held against the signature of the connector that is to take it."""

import difflib
import inspect
import typing
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from pydantic import ConfigDict, PydanticUserError, TypeAdapter, ValidationError

from ragkit.errors import ConfigError

_ANY_CLASS = ConfigDict(arbitrary_types_allowed=True)
_NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


def checked_options(
    factory: Callable[..., object], options: Mapping[str, object], *, connector: str, setting: str
) -> dict[str, object]:
    """Return the options in the types that the factory's signature asks for; what has no type there stays as it is.

    Raises:
        ConfigError: an option is unknown, missing or of the wrong type; `setting` is the table it stands in.
    """
    parameters = inspect.signature(factory).parameters.values()
    known = {parameter.name: parameter for parameter in parameters if parameter.kind in _NAMED}
    takes_any = any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in parameters)
    for option in options:
        if option not in known and not takes_any:
            raise _unknown(option, list(known), connector, setting)
    for name, parameter in known.items():
        if parameter.default is parameter.empty and name not in options:
            message = f"{setting}: the connector {connector!r} needs the option {name!r}. Add it to its table."
            raise ConfigError(message, setting=f"{setting}.{name}")
    hints = _hints(factory)
    return {name: _typed(value, hints.get(name), f"{setting}.{name}") for name, value in options.items()}


def _unknown(option: str, known: list[str], connector: str, setting: str) -> ConfigError:
    near = difflib.get_close_matches(option, known, n=1)
    hint = f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(known)}."
    message = f"{setting}: the connector {connector!r} has no option {option!r}. {hint}"
    return ConfigError(message, setting=f"{setting}.{option}", value=option)


def _hints(factory: Callable[..., object]) -> dict[str, Any]:
    try:
        return typing.get_type_hints(factory.__init__ if inspect.isclass(factory) else factory)
    except (NameError, TypeError):
        # Types that are known to a checker only.
        return {}


def _typed(value: object, hint: Any, setting: str) -> object:
    if hint is None:
        return value
    try:
        adapter: TypeAdapter[object] = TypeAdapter(hint, config=_ANY_CLASS)
    except PydanticUserError:
        return value
    try:
        return adapter.validate_python(value)
    except ValidationError as error:
        if isinstance(value, str):
            with suppress(ValidationError):
                # One text is as good as a list of one.
                return adapter.validate_python([value])
        message = f"{setting} = {value!r} is refused. {error.errors(include_url=False)[0]['msg']}."
        raise ConfigError(message, setting=setting, value=value) from error
