"""What a store was built with: vectors of two embedders, or of two ways to cut chunks, never meet."""

import json
import shlex
from pathlib import Path

from ragkit.errors import IndexMismatch
from ragkit.models.embedder import Fingerprint


def store_fingerprint(embedder: Fingerprint, *, chunker: str) -> str:
    """Return what must be equal for two chunks to have comparable vectors, in a canonical form."""
    return json.dumps({"chunker": chunker, "embedder": json.loads(embedder.to_json())}, sort_keys=True)


def require_same(built_with: str, asked_with: str, *, folder: Path) -> None:
    """Refuse an embedder that a store was not built with.

    Raises:
        IndexMismatch: the message has the command that builds the store anew for it.
    """
    if built_with == asked_with:
        return
    model, other = _model(built_with), _model(asked_with)
    message = (
        f"the store {str(folder)!r} was built with the embedder {model!r} and can't be used with {other!r}"
        f"{' of another version' if model == other else ''}. Set models.embedding back, or have its vectors built "
        f"anew from the text it holds. Run: ragkit store reindex --store {shlex.quote(str(folder))}"
    )
    raise IndexMismatch(message, built_with=built_with, asked_with=asked_with)


def _model(fingerprint: str) -> str:
    return str(json.loads(fingerprint)["embedder"]["model"])
