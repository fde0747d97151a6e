"""`ragkit mcp`: the documents as tools for a program of this machine."""

import importlib
import sys
from pathlib import Path

from ragkit.cli.console import err
from ragkit.cli.opening import workspace
from ragkit.errors import missing_extra
from ragkit.parts import prepare_in_background


def run(*, store: Path | None, assistant: str | None, model: str | None, config: Path | None) -> int:
    """Speak the protocol on standard input and output until the program that started it goes away."""
    try:
        served = importlib.import_module("ragkit.server.mcp")
    except ImportError as error:
        raise missing_extra("the Model Context Protocol (mcp)", "mcp") from error
    with workspace(store, config, model=model) as opened:
        if sys.stdin.isatty():
            err.print("This speaks with a program, not with people: see docs/server.md. Ctrl+C ends it.")
        prepare_in_background(opened.prepare)
        served.mcp_server(opened, assistant=assistant or opened.config.assistant.default).run("stdio")
    return 0
