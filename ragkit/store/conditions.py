"""Filters and viewers as SQL over the tables `documents d` and `chunks c`."""

import json

from ragkit.documents import Viewer
from ragkit.errors import ConfigError
from ragkit.filters import And, Equals, Filter, In, Not, Or, Range

# What a compiled condition is: SQL with question marks, and their values.
Condition = tuple[str, list[object]]
ALWAYS: Condition = ("1", [])
NEVER: Condition = ("0", [])

_COLUMNS = {
    "source": "d.source",
    "uri": "d.uri",
    "title": "d.title",
    "media_type": "d.media_type",
    "heading": "c.heading",
    "page": "c.page",
}


def compile_filter(where: Filter | None) -> Condition:
    """Return the condition of a filter. SQL's unknown gives the filters' rule for fields that are missing."""
    match where:
        case None:
            return ALWAYS
        case Equals(field, value):
            return f"{_column(field)} = ?", [value]
        case In(field, values):
            # One parameter whatever the number of values: SQLite limits how many a statement may have.
            return f"{_column(field)} IN (SELECT value FROM json_each(?))", [json.dumps(values)]
        case Range():
            return _compile_range(where)
        case And(parts):
            return _join(parts, " AND ", ALWAYS)
        case Or(parts):
            return _join(parts, " OR ", NEVER)
        case Not(part):
            sql, parameters = compile_filter(part)
            return f"NOT ({sql})", parameters


def compile_viewer(viewer: Viewer, *, tenant: str) -> Condition:
    """Return the condition that lets through what the viewer may read. No groups, nothing; another tenant, nothing."""
    if viewer.tenant != tenant:
        return NEVER
    if viewer.owner:
        return ALWAYS
    groups = json.dumps(sorted(viewer.groups))
    sql = "EXISTS (SELECT 1 FROM json_each(d.access) a WHERE a.value IN (SELECT value FROM json_each(?)))"
    return sql, [groups]


def both(first: Condition, second: Condition) -> Condition:
    """Return the condition that both hold."""
    return f"({first[0]}) AND ({second[0]})", [*first[1], *second[1]]


def _compile_range(where: Range) -> Condition:
    column = _column(where.field)
    bounds = [(sign, value) for sign, value in ((">=", where.low), ("<=", where.high)) if value is not None]
    if not bounds:
        return f"{column} IS NOT NULL", []
    return " AND ".join(f"{column} {sign} ?" for sign, _ in bounds), [value for _, value in bounds]


def _join(parts: tuple[Filter, ...], word: str, empty: Condition) -> Condition:
    if not parts:
        return empty
    compiled = [compile_filter(part) for part in parts]
    return word.join(f"({sql})" for sql, _ in compiled), [value for _, values in compiled for value in values]


def _column(field: str) -> str:
    if field in _COLUMNS:
        return _COLUMNS[field]
    if not field or '"' in field or "'" in field or "\\" in field:
        raise ConfigError(f"{field!r} can't be a field of a filter. Use letters, digits and '_'.", setting="where")
    return f"json_extract(d.metadata, '$.\"{field}\"')"
