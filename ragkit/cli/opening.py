"""From the options of a command to a workspace that can do the work."""

import shlex
from pathlib import Path

from ragkit.config_file import load_config
from ragkit.errors import StoreError
from ragkit.profile import installed_profiles
from ragkit.workspace import Workspace, open_workspace


def workspace(
    store: Path | None, config: Path | None, *, model: str | None = None, embedding: str | None = None
) -> Workspace:
    """Return the workspace that the common options name."""
    return open_workspace(store, config=load_config(config), chat=model, embedding=embedding)


def require_documents(opened: Workspace, assistant: str | None) -> None:
    """Refuse a store in which there is nothing to read: for the assistant, or for anyone where it is None.

    Raises:
        StoreError: the message has the command that helps.
    """
    folder = str(opened.config.store.path)
    stored = opened.sources()
    if not stored:
        raise StoreError(f"the store {folder!r} is empty. Run: ragkit ingest PATH --store {shlex.quote(folder)}")
    if assistant and not opened.sources(assistant):
        readers = [name for name in installed_profiles() if opened.sources(name)]
        message = (
            f"the assistant {assistant!r} has nothing to read in {folder!r}, where the sources are "
            f"{', '.join(stored)}. Add: --assistant {' or '.join(readers)}"
        )
        raise StoreError(message)
