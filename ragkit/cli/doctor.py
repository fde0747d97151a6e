"""`ragkit doctor`: is everything there, and if not, what to do."""

from dataclasses import asdict, replace
from pathlib import Path

from rich.text import Text

from ragkit.cli.console import out, print_json, told
from ragkit.cli.opening import workspace
from ragkit.health import Check, checks

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
    line = Text(f"{check.level:8}", style=_COLOURS[check.level])
    line.append(f"{check.name}: {check.message}", style="default")
    out.print(line)
    if check.fix:
        out.print(Text(f"        {check.fix}", style="dim"))
