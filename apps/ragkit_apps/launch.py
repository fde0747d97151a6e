"""The command that starts the pages: on this machine only, and telling nobody."""

import sys
from pathlib import Path

from ragkit.errors import ConfigError

MAIN = Path(__file__).with_name("main.py")
_LOOPBACK = ("127.0.0.1", "localhost", "::1")

_OPTIONS = {
    "browser.gatherUsageStats": "false",
    "client.showErrorDetails": "none",
    "client.toolbarMode": "viewer",
    "logger.hideWelcomeMessage": "true",
    # With models in memory such a collection holds everything up for a tenth of a second. Python has its own.
    "runner.postScriptGC": "false",
    "server.enableXsrfProtection": "true",
    "server.fileWatcherType": "none",
    "server.headless": "true",
    "server.showEmailPrompt": "false",
    "theme.baseRadius": "0.5rem",
    "theme.light.primaryColor": "#1d5c63",
    "theme.light.backgroundColor": "#ffffff",
    "theme.light.secondaryBackgroundColor": "#f4f6f6",
    "theme.light.textColor": "#1c2528",
    "theme.light.sidebar.backgroundColor": "#f4f6f6",
    "theme.dark.primaryColor": "#26808a",
    "theme.dark.backgroundColor": "#14191b",
    "theme.dark.secondaryBackgroundColor": "#1e2528",
    "theme.dark.textColor": "#e6ebec",
    "theme.dark.sidebar.backgroundColor": "#191f21",
}


def command(
    port: int = 8501,
    host: str = "127.0.0.1",
    *,
    expose: bool = False,
    upload_megabytes: int = 50,
    script: Path = MAIN,
) -> list[str]:
    """Return the words of the command. `expose` allows another host than this machine's own.

    `script` is a page of yours that calls `ragkit_apps.main.run`.

    Raises:
        ConfigError: the host opens the pages to the network, and nobody said that this is meant.
    """
    if host not in _LOOPBACK and not expose:
        message = f"{host!r} opens the pages to the network, and they have no login. Add --expose if you mean it."
        raise ConfigError(message, setting="host", value=host)
    options = _OPTIONS | {
        "server.address": host,
        "server.port": str(port),
        "server.maxUploadSize": str(upload_megabytes),
    }
    words = [f"--{name}={value}" for name, value in sorted(options.items())]
    return [sys.executable, "-m", "ragkit_apps.serve", "run", str(script), *words]


def is_local(address: str | None) -> bool:
    """Whether a server with this address can be reached from its own machine alone. No address means all of them."""
    return address in _LOOPBACK
