"""The sample documents and questions that come with ragkit."""

import json
from collections.abc import Mapping
from importlib import resources
from pathlib import Path

from ragkit.errors import ConfigError

_PACKAGED = "sample_data"


def sample_data(assistant: str) -> Path:
    """Return the folder of an assistant's sample documents.

    Raises:
        ConfigError: there are none for that assistant.
    """
    folder = _home() / assistant
    if not folder.is_dir() or assistant == "cases":
        known = sorted(path.name for path in _home().iterdir() if path.is_dir() and path.name != "cases")
        message = f"there are no sample documents for {assistant!r}. Known: {', '.join(known)}."
        raise ConfigError(message, setting="assistant", value=assistant)
    return folder


def sample_cases(assistant: str) -> list[Mapping[str, object]]:
    """Return an assistant's evaluation questions; data/README.md describes their keys. None written, empty list."""
    file = cases_file(assistant)
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()] if file.exists() else []


def cases_file(assistant: str) -> Path:
    """Return the file of an assistant's evaluation questions, which `ragkit eval` reads; it may not be there."""
    return _home() / "cases" / f"{assistant}.jsonl"


def _home() -> Path:
    package = Path(str(resources.files("ragkit")))
    packaged = package / _PACKAGED
    # An installation from a checkout reads the documents where they are written.
    return packaged if packaged.is_dir() else package.parent / "data"
