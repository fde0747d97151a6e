"""The options that several commands have, and how a command's work is found."""

import gc
import importlib
import math
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer
from typer.models import OptionInfo


def named(typed: str) -> Path:
    """Return the path that was typed. An empty one is a variable that was not set, and not the working directory."""
    if not typed:
        raise typer.BadParameter("the path is empty. Name one, or leave the option out.")
    try:
        typed.encode()
    except UnicodeEncodeError as error:
        raise typer.BadParameter(f"{typed!r} is not UTF-8. Choose another name.") from error
    return Path(typed)


def number(
    name: str, least: float, most: float = math.inf, *, says: str, kind: Callable[[str], float] = int
) -> OptionInfo:
    """Return an option for a number between two, both included. What is refused is named, which typer does not do."""
    what = "whole number" if kind is int else "number"
    span = f"from {least} to {most}" if most < math.inf else f"from {least} on"
    shown = f"<{least}-{most}>" if most < math.inf else "<number>"

    def read(typed: str) -> float:
        with suppress(ValueError):
            if least <= kind(typed) <= most:
                return kind(typed)
        raise typer.BadParameter(f"{typed!r} is no {what} {span}.")

    option: OptionInfo = typer.Option(name, parser=read, metavar=shown, help=says)
    return option


def flag(name: str, *, says: str) -> OptionInfo:
    """Return an option that takes no value. The help of typer shows "<bool>" for one, as if it took one."""
    option: OptionInfo = typer.Option(name, metavar="", help=says)
    return option


def _assistants() -> list[str]:
    """Return what the shell may complete: ragkit's own. Where none fits it goes on with files, such as one of yours."""
    return list(importlib.import_module("ragkit.profile").installed_profiles())


_STORE = "Folder of the store;"
StoreOption = Annotated[
    Path | None,
    typer.Option("--store", parser=named, metavar="<path>", help=f"{_STORE} ragkit-store by default."),
]
DemoStoreOption = Annotated[
    Path | None, typer.Option("--store", parser=named, metavar="<path>", help=f"{_STORE} ragkit-demo by default.")
]
ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", parser=named, metavar="<path>", help="Settings file; ragkit.toml by default."),
]
JsonOption = Annotated[bool, flag("--json", says="Print JSON; docs/json.md describes it.")]

AssistantOption = Annotated[
    str | None,
    typer.Option(
        "--assistant",
        metavar="<name>",
        autocompletion=_assistants,
        help="legal, support, triage or a .toml of yours.",
    ),
]
LimitOption = Annotated[int | None, number("--limit", 1, 100, says="At most so many passages.")]
WhereOption = Annotated[
    list[str] | None,
    typer.Option("--where", metavar="<key=value>", help="Also !=, >=, <=; several must all hold."),
]
ModelOption = Annotated[
    str | None,
    typer.Option("--model", metavar="<model>", help="auto, extractive, ollama:NAME, openai:NAME, llamacpp:PATH."),
]


def run(command: str, *, action: str = "run", **options: object) -> None:
    """Import the command's module, do its work, and leave with the code it returns."""
    module = importlib.import_module(f"ragkit.cli.{command}")
    if not gc.isenabled():
        gc.freeze()
        gc.enable()
    raise typer.Exit(getattr(module, action)(**options))


def plain_command(app: typer.Typer, command: str, action: str, *, says: str) -> None:
    """Add a command that is told nothing but which store, which settings, and how to print."""

    @app.command(action, help=says)
    def _(store: StoreOption = None, config: ConfigOption = None, json: JsonOption = False) -> None:
        run(command, action=action, store=store, config=config, as_json=json)


def file_command(app: typer.Typer, command: str, action: str, *, says: str, file: str) -> None:
    """Add a command that is told a file beside that; `file` says which."""

    @app.command(action, help=says)
    def _(
        file: Annotated[Path, typer.Argument(help=file)],
        store: StoreOption = None,
        config: ConfigOption = None,
        json: JsonOption = False,
    ) -> None:
        run(command, action=action, file=file, store=store, config=config, as_json=json)
