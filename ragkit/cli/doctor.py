"""`ragkit doctor`: is everything there, and if not, what to do."""

from dataclasses import asdict, replace
from pathlib import Path

from rich.text import Text

from ragkit.cli.console import out, print_json, print_wrapped, told
from ragkit.cli.opening import workspace
from ragkit.health import Check, checks

_INDENT = 8
_COLOURS = {"ok": "green", "warning": "yellow", "fault": "red"}


def run(*, store: Path | None, config: Path | None, as_json: bool) -> int:
    """Print every check; 1 if one of them found a fault."""
    found: list[Check] = []
    with workspace(store, config) as opened:
        for check in map(_fit, checks(opened, settings=config)):
            found.append(check)
            if not as_json:
                _print(check)
    if as_json:
        print_json({"checks": [asdict(check) for check in found]})
    return 1 if any(check.level == "fault" for check in found) else 0


def _fit(check: Check) -> Check:
    return replace(check, message=told(check.message), fix=told(check.fix))


def _print(check: Check) -> None:
    level = Text(f"{check.level:{_INDENT}}", style=_COLOURS[check.level])
    print_wrapped(Text(f"{check.name}: {check.message}"), indent=_INDENT, head=level)
    if check.fix:
        # On one line, however long: it is there to be copied.
        out.print(Text(f"{' ' * _INDENT}{check.fix}", style="dim"))
