"""`ragkit serve`: answer over HTTP, or make a key for somebody who may ask."""

import signal
import sys
from pathlib import Path

from ragkit.cli.console import err, out, print_error
from ragkit.cli.opening import require_documents, workspace
from ragkit.errors import ModelError, missing_extra
from ragkit.workspace import Workspace

try:
    from ragkit.server.app import application
    from ragkit.server.callers import Keys, add_key
    from ragkit.server.serving import listening, require_keys, serve
except ModuleNotFoundError as error:
    raise missing_extra(f"the server ({error.name})", "server") from error

# What a shell says of a program that SIGTERM ended.
_TERMINATED = 143


def run(
    *,
    store: Path | None,
    config: Path | None,
    port: int,
    host: str,
    new_key: str | None,
    groups: str,
    owner: bool,
) -> int:
    """Answer in the foreground until that is stopped; with `new_key` only make a key of that name."""
    with workspace(store, config) as opened:
        if new_key is not None:
            _make_key(opened, new_key, groups=groups, owner=owner)
            return 0
        file = opened.config.server.keys
        keys = Keys(file) if file.exists() else None
        require_keys(host, has_keys=bool(keys and keys.names))
        app = application(opened, keys=keys)
        require_documents(opened, None)
        with listening(host, port) as listener:
            _prepare(opened)
            who = f"with the keys of {str(file)!r}" if keys else "without keys: this machine's programs read all"
            err.print(f"Answering at http://{host}:{port}/v1, {who}. Ctrl+C stops it.")
            signal.signal(signal.SIGTERM, lambda _signal, _frame: sys.exit(_TERMINATED))
            serve(app, listener)
    return 0


def _make_key(opened: Workspace, name: str, *, groups: str, owner: bool) -> None:
    settings = opened.config
    named = [group.strip() for group in groups.split(",") if group.strip()]
    key = add_key(settings.server.keys, name, tenant=settings.store.tenant, groups=named, owner=owner)
    out.print(key)
    err.print(f"This is shown once: {str(settings.server.keys)!r} has only its hash.")


def _prepare(opened: Workspace) -> None:
    try:
        opened.prepare()
    except ModelError as error:
        # It may come later, and what the rules decide needs none.
        print_error(str(error))
