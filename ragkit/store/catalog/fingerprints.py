"""What a store was built with: vectors of two embedders, or of two ways to cut chunks, never meet."""

import json
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ragkit.errors import IndexMismatch
from ragkit.models.embedding.embedder import Fingerprint


def store_fingerprint(embedder: Fingerprint, *, chunker: str) -> str:
    """Return what must be equal for two chunks to have comparable vectors, in a canonical form."""
    return json.dumps({"chunker": chunker, "embedder": json.loads(embedder.to_json())}, sort_keys=True)


def require_same(built_with: str, asked_with: str, *, folder: Path) -> None:
    """Refuse an embedder or a size of chunks that a store was not built with.

    Raises:
        IndexMismatch: the message has the command that builds the store anew for it.
    """
    if built_with == asked_with:
        return
    anew = f"built anew from the text it holds. Run: ragkit store reindex --store {shlex.quote(str(folder))}"
    try:
        difference = _difference(json.loads(built_with), json.loads(asked_with))
    except (ValueError, LookupError, TypeError):
        # Somebody has changed it. The text is there all the same.
        difference = f"was built with {built_with!r}, which is no embedder. Have its vectors"
    message = f"the store {str(folder)!r} {difference} {anew}"
    raise IndexMismatch(message, built_with=built_with, asked_with=asked_with)


def _difference(built: Mapping[str, Any], asked: Mapping[str, Any]) -> str:
    if built["embedder"] == asked["embedder"]:
        return (
            f"has chunks cut by {built['chunker']!r} and can't be used with {asked['chunker']!r}. "
            "Set store.chunk_tokens back, or have its chunks"
        )
    model, other = built["embedder"]["model"], asked["embedder"]["model"]
    version = " of another version" if model == other else ""
    return (
        f"was built with the embedder {model!r} and can't be used with {other!r}{version}. "
        "Set models.embedding back, or have its vectors"
    )
