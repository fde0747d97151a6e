"""Change single settings in a settings file and leave everything else in it as it is."""

import difflib
from collections.abc import Mapping
from pathlib import Path

from ragkit.errors import ConfigError, missing_extra

try:
    import tomlkit
    from tomlkit.container import Container
    from tomlkit.items import AbstractTable
except ImportError as exc:
    raise missing_extra("tomlkit", "eval") from exc


def change(file: Path, values: Mapping[str, float]) -> str:
    """Set the values, by names such as "retrieval.limit", and return what was changed as a diff.

    Comments, order and line ends stay. The file is made if there is none.

    Raises:
        ConfigError: a name leads to something that is no table.
    """
    before = file.read_bytes().decode("utf-8") if file.exists() else ""
    after = changed(before, values, where=str(file))
    if after != before:
        file.write_bytes(after.encode("utf-8"))
    old, new = before.splitlines(), after.splitlines()
    return "\n".join(difflib.unified_diff(old, new, fromfile=str(file), tofile=str(file), n=1, lineterm=""))


def changed(text: str, values: Mapping[str, float], *, where: str = "the settings") -> str:
    """Return the text of a settings file with other values.

    Raises:
        ConfigError: a name leads to something that is no table.
    """
    line_end = "\r\n" if "\r\n" in text else "\n"
    document = tomlkit.parse(text if text.endswith("\n") or not text else f"{text}\n")
    for name, value in values.items():
        section, _, key = name.rpartition(".")
        if section not in document:
            if document.body:
                document.add(tomlkit.nl())
            document.add(section, tomlkit.table())
        table = document[section]
        if not isinstance(table, AbstractTable | Container):
            raise ConfigError(f"{where}: {section!r} is no table. Write [{section}].", setting=section, value=table)
        table[key] = value
    return line_end.join(tomlkit.dumps(document).replace("\r\n", "\n").split("\n"))
