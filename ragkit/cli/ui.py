"""`ragkit ui`: start the web pages."""

import importlib
import os
import subprocess
from pathlib import Path

from ragkit.cli.console import err
from ragkit.cli.opening import workspace
from ragkit.errors import ConfigError, missing_extra

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def run(*, store: Path | None, config: Path | None, port: int, host: str, expose: bool) -> int:
    """Run Streamlit in the foreground until it is stopped."""
    opened = workspace(store, config)
    if host not in LOOPBACK and not expose:
        message = f"{host!r} opens the pages to the network, and they have no login. Add --expose if you mean it."
        raise ConfigError(message, setting="host", value=host)
    try:
        launch = importlib.import_module("ragkit_apps.launch")
        importlib.import_module("streamlit.version")
    except ImportError as error:
        raise missing_extra("the web interface (streamlit)", "ui") from error
    settings = {"RAGKIT_STORE__PATH": str(opened.config.store.path.resolve())}
    if config:
        settings["RAGKIT_CONFIG"] = str(config.resolve())
    err.print(f"Open http://{host}:{port} in your browser. Ctrl+C stops it.")
    try:
        return subprocess.run(launch.command(port, host), env=os.environ | settings, check=False).returncode
    except KeyboardInterrupt:
        return 0
