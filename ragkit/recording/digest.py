"""What tells one set of weights from another under the same name."""

from collections.abc import Callable, Sequence
from pathlib import Path

from ragkit.documents import stable_id
from ragkit.errors import ModelError
from ragkit.models.ollama import OllamaServer


def model_digest(model: str, *, server: Callable[[], OllamaServer], files: Sequence[str]) -> str:
    """Return the digest of a model by its name: Ollama's own; of a file among `files` a hash of its size and time.

    Empty where it is not known: another kind of model, or a server that does not answer.
    """
    kind, _, name = model.partition(":")
    if kind == "ollama":
        return _told(server(), name)
    if kind == "llamacpp":
        return next((_file(Path(file).expanduser()) for file in files if Path(file).name == name), "")
    return ""


def _told(server: OllamaServer, name: str) -> str:
    try:
        found = {one.name: one.digest for one in server.models()}
    except ModelError:
        return ""
    finally:
        server.close()
    return found.get(name) or found.get(f"{name}:latest", "")


def _file(file: Path) -> str:
    # Reading gigabytes for each answer would cost more than the answer.
    found = file.stat() if file.is_file() else None
    return stable_id(str(found.st_size), str(found.st_mtime_ns))[:12] if found else ""
