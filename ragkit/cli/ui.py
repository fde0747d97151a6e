"""`ragkit ui`: start the web pages."""

import importlib
import os
import subprocess
from pathlib import Path

from ragkit.cli.console import err
from ragkit.cli.opening import workspace
from ragkit.errors import missing_extra


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
    err.print(f"Open http://{host}:{port} in your browser. Ctrl+C stops it.")
    try:
        return subprocess.run(command, env=os.environ | settings, check=False).returncode
    except KeyboardInterrupt:
        return 0
