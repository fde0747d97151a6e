"""Filters and viewers as SQL over the tables `documents d` and `chunks c`."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from ragkit.documents import Viewer
from ragkit.errors import ConfigError
from ragkit.filters import And, Equals, Filter, In, Not, Or, Range, no_filter
from ragkit.store.catalog.values import flaw, shown

# What a compiled condition is: SQL with question marks, and their values.
Condition = tuple[str, list[object]]
ALWAYS: Condition = ("1", [])
NEVER: Condition = ("0", [])

# SQLite takes expressions of a depth of 1,000, and from 3.35 to 3.46 its parser 100 open brackets and words.
_MOST_CONDITIONS = 400
_DEEPEST = 16

_COLUMNS = {
    "source": "d.source",
    "uri": "d.uri",
    "title": "d.title",
    "media_type": "d.media_type",
    "heading": "c.heading",
    "page": "c.page",
}
_TEXTS = frozenset(_COLUMNS.values()) - {"c.page"}
# One parameter whatever the number of values: SQLite limits how many a statement may have.
_ONE_OF = "IN (SELECT value FROM json_each(?))"


def compile_filter(where: Filter | None) -> Condition:
    """Return the condition of a filter. SQL's unknown gives the filters' rule for fields that are missing.

    Raises:
        ConfigError: it has too many parts, or a value that no document can have.
    """
    if where is None:
        return ALWAYS
    _require_small(where)
    return _compile(where)


def compile_viewer(viewer: Viewer, *, tenant: str) -> Condition:
    """Return the condition that lets through what the viewer may read. No groups, nothing; another tenant, nothing.

    Raises:
        ConfigError: a group has a name that no document can have.
    """
    if viewer.tenant != tenant:
        return NEVER
    if viewer.owner:
        return ALWAYS
    for group in viewer.groups:
        _require_known(group, "groups")
    groups = json.dumps(sorted(viewer.groups))
    return f"EXISTS (SELECT 1 FROM json_each(d.access) a WHERE a.value {_ONE_OF})", [groups]


def as_text(value: object) -> str:
    """Return a value as a field that has only texts is compared with it."""
    # `title=2024` on the command line is the number, and means the title.
    return value if isinstance(value, str) else json.dumps(value)


def _compile(where: Filter) -> Condition:
    match where:
        case Equals(field, value):
            return _among(_field(field), [value])
        case In(field, values):
            return _among(_field(field), values)
        case Range():
            return _between(where)
        case And(parts):
            return _join(parts, " AND ", ALWAYS)
        case Or(parts):
            return _join(parts, " OR ", NEVER)
        case Not(part):
            sql, parameters = _compile(part)
            return f"NOT ({sql})", parameters


@dataclass(frozen=True)
class _Field:
    """SQL for a field's value and, in metadata, for its JSON type; each has the same parameters."""

    value: str
    kind: str
    parameters: list[object]


def _field(name: str) -> _Field:
    if name in _COLUMNS:
        return _Field(_COLUMNS[name], "", [])
    _require_known(name, "where")
    if name.isascii() and name.isprintable() and '"' not in name and "\\" not in name:
        return _Field("json_extract(d.metadata, ?)", "json_type(d.metadata, ?)", [f'$."{name}"'])
    # A path finds no key that JSON writes with a backslash; going through the keys does, and takes longer.
    one = "(SELECT {} FROM json_each(d.metadata) WHERE key = ?)"
    return _Field(one.format("value"), one.format("type"), [name])


def _among(field: _Field, values: Sequence[object]) -> Condition:
    for value in values:
        _require_known(value, "where")
    if field.value in _TEXTS:
        values = [as_text(value) for value in values]
    plain = [value for value in values if not isinstance(value, bool)]
    # Unknown where the field is missing, else false: what is left if there are no values.
    parts: list[Condition] = [(f"{field.value} IS NULL AND NULL", field.parameters)]
    if plain and not field.kind:
        parts.append((f"{field.value} {_ONE_OF}", [json.dumps(plain)]))
    elif plain:
        # SQL has no truth values: without its type, true would be 1.
        sql = f"{field.kind} NOT IN ('true', 'false') AND {field.value} {_ONE_OF}"
        parts.append((sql, [*field.parameters, *field.parameters, json.dumps(plain)]))
    if field.kind and len(plain) < len(values):
        words = ["true" if value else "false" for value in values if isinstance(value, bool)]
        parts.append((f"{field.kind} {_ONE_OF}", [*field.parameters, json.dumps(words)]))
    return _joined(parts[1:] or parts, " OR ")


def _between(where: Range) -> Condition:
    field = _field(where.field)
    parts: list[Condition] = []
    for sign, bound in ((">=", where.low), ("<=", where.high)):
        if bound is None:
            continue
        _require_known(bound, "where")
        value = json.dumps(as_text(bound) if field.value in _TEXTS else bound)
        parts.append((f"{field.value} {sign} json_extract(?, '$')", [*field.parameters, value]))
        if field.kind:
            # In SQL every text is greater than every number.
            kinds = "'text'" if isinstance(bound, str) else "'integer', 'real'"
            parts.append((f"{field.kind} IN ({kinds})", field.parameters))
    return _joined(parts or [(f"{field.value} IS NOT NULL OR NULL", field.parameters)], " AND ")


def _join(filters: Sequence[Filter], word: str, empty: Condition) -> Condition:
    return _joined([_compile(each) for each in filters], word) if filters else empty


def _joined(parts: Sequence[Condition], word: str) -> Condition:
    return word.join(f"({sql})" for sql, _ in parts), [value for _, values in parts for value in values]


def _require_small(where: Filter) -> None:
    level, conditions, depth = [where], 0, 0
    while level:
        conditions, depth = conditions + len(level), depth + 1
        if conditions > _MOST_CONDITIONS or depth > _DEEPEST:
            raise ConfigError(
                f"the filter has more than {_MOST_CONDITIONS} conditions, or more than {_DEEPEST} inside one another. "
                "Give values of one field to a single In, which takes any number of them.",
                setting="where",
            )
        level = [part for each in level for part in _parts(each)]


def _parts(where: Filter) -> Sequence[Filter]:
    match where:
        case And(parts) | Or(parts):
            return parts
        case Not(part):
            return (part,)
        case Equals() | In() | Range():
            return ()
        case _:
            raise no_filter(where)


def _require_known(value: object, setting: str) -> None:
    if found := flaw(value):
        raise ConfigError(f"{shown(value)} can't be searched for: it {found}", setting=setting, value=value)


def readable(where: Filter | None, viewer: Viewer, *, tenant: str) -> Condition:
    """Return what a viewer may read and wants to see; `ALWAYS` if that is everything."""
    asked = [compile_viewer(viewer, tenant=tenant), compile_filter(where)]
    held = [condition for condition in asked if condition != ALWAYS]
    return _joined(held, " AND ") if held[1:] else next(iter(held), ALWAYS)
