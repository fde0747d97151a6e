"""Files of one JSON object a line, read with the place of each line."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ragkit.errors import ConfigError

_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line. `start` is where it begins in the file, in bytes; `raw` has the line without white space around it."""

    place: str
    start: int
    raw: bytes
    values: Mapping[str, object]

    def text(self, key: str) -> str:
        """Return a text; empty where there is none."""
        value = self.values.get(key)
        return value if isinstance(value, str) else "" if value is None else str(value)

    def identity(self, *keys: str) -> str:
        """Return the first of the keys that is given, as a text without white space around it.

        Other tools write ids as integers, and judgements have none of that white space.

        Raises:
            ConfigError: none is.
        """
        for key in keys:
            value = self.values.get(key)
            if isinstance(value, str | int) and not isinstance(value, bool) and (identity := str(value).strip()):
                return identity
        raise ConfigError(f"{self.place} has no {keys[0]!r}. Give every line one.", setting=keys[0])

    def texts(self, key: str) -> list[str]:
        """Return a list of texts; empty where there is none.

        Raises:
            ConfigError: there is something else.
        """
        value = self.values.get(key) or []
        if not isinstance(value, list) or not all(isinstance(item, str | int) for item in value):
            raise ConfigError(f"{self.place}: {key!r} is no list of texts. Write them in brackets.", setting=key)
        return [str(item) for item in value]


def read_rows(file: Path) -> Iterator[Row]:
    """Yield the lines of a file; blank ones are passed over.

    Raises:
        ConfigError: there is no such file, or a line is no JSON object; the message has its number.
    """
    require_file(file)
    start = 0
    with file.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if raw := line.removeprefix(_MARK if number == 1 else b"").strip():
                yield parsed(raw, place=f"{str(file)!r}, line {number}", start=start)
            start += len(line)


def parsed(raw: bytes, *, place: str, start: int) -> Row:
    """Make a row of a line.

    Raises:
        ConfigError: it is no JSON object.
    """
    try:
        values = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{place} is no JSON: {error}. Write one object a line.", setting="line") from error
    if not isinstance(values, dict):
        raise ConfigError(f"{place} is no JSON object. Write one object a line.", setting="line")
    return Row(place=place, start=start, raw=raw, values=values)


def require_file(file: Path, hint: str = "Check the path.") -> None:
    """Refuse what is no file.

    Raises:
        ConfigError: there is no such file.
    """
    if file.is_dir():
        raise ConfigError(f"{str(file)!r} is a folder, and no file. {hint}", setting="file", value=str(file))
    if not file.is_file():
        raise ConfigError(f"there is no file {str(file)!r}. {hint}", setting="file", value=str(file))
