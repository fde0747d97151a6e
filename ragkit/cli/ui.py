"""`ragkit ui`: start the web pages."""

import importlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ragkit.cli.console import err
from ragkit.cli.opening import workspace
from ragkit.errors import missing_extra

# What a shell says of a program that SIGTERM ended.
_TERMINATED = 143
_GOODBYE_SECONDS = 5.0


def run(*, store: Path | None, config: Path | None, port: int, host: str, expose: bool) -> int:
    """Run Streamlit in the foreground until it is stopped."""
    opened = workspace(store, config)
    try:
        launch = importlib.import_module("ragkit_apps.launch")
        importlib.import_module("streamlit.version")
    except ImportError as error:
        raise missing_extra("the web interface (streamlit)", "ui") from error
    megabytes = max(1, opened.config.limits.file_bytes // 1_000_000)
    command = launch.command(port, host, expose=expose, upload_megabytes=megabytes)
    settings = {"RAGKIT_STORE__PATH": str(opened.config.store.path.resolve())}
    if config:
        settings["RAGKIT_CONFIG"] = str(config.resolve())
    signal.signal(signal.SIGTERM, lambda _signal, _frame: sys.exit(_TERMINATED))
    with _server(command, settings) as server:
        err.print(f"Open http://{host}:{port} in your browser. Ctrl+C stops it.")
        return server.wait()


@contextmanager
def _server(command: Sequence[str], settings: dict[str, str]) -> Iterator["subprocess.Popen[bytes]"]:
    """Start the server, and leave none behind."""
    # It begins deaf to Ctrl-C, and is told from here: until it has a handler of its own, Python would show a traceback.
    hears = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        server = subprocess.Popen(command, env=os.environ | settings)
    finally:
        signal.signal(signal.SIGINT, hears)
    try:
        yield server
    finally:
        server.terminate()
        try:
            server.wait(_GOODBYE_SECONDS)
        except subprocess.TimeoutExpired:
            server.kill()
