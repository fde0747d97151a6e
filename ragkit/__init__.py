"""Retrieval-augmented applications on open models, with citations checked word for word."""

import importlib

from ragkit.version import __version__ as __version__

# Type checkers know it by its name; `typing` would take most of the time of `import ragkit`.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from ragkit.answer import Answer, Citation
    from ragkit.answering.followups import turn_of
    from ragkit.assistant import Assistant
    from ragkit.config import Config
    from ragkit.config_file import load_config
    from ragkit.connector import Connector
    from ragkit.documents import Chunk, Document, Hit, Listing, Resource, Section, Viewer
    from ragkit.errors import RagkitError
    from ragkit.filters import And, Equals, Filter, In, Not, Or, Range, parse_filter
    from ragkit.ingestion.ingest import IngestReport
    from ragkit.profile import Profile, load_profile
    from ragkit.prompting.conversation import Turn
    from ragkit.retrieval.base import Retriever
    from ragkit.workspace import Workspace, open_workspace

# Names are imported when they are first used, so that `import ragkit` costs next to nothing.
_HOMES = {
    "And": "filters",
    "Answer": "answer",
    "Assistant": "assistant",
    "Chunk": "documents",
    "Citation": "answer",
    "Config": "config",
    "Connector": "connector",
    "Document": "documents",
    "Equals": "filters",
    "Filter": "filters",
    "Hit": "documents",
    "In": "filters",
    "IngestReport": "ingestion.ingest",
    "Listing": "documents",
    "Not": "filters",
    "Or": "filters",
    "Profile": "profile",
    "RagkitError": "errors",
    "Range": "filters",
    "Resource": "documents",
    "Retriever": "retrieval.base",
    "Section": "documents",
    "Turn": "prompting.conversation",
    "Viewer": "documents",
    "Workspace": "workspace",
    "load_config": "config_file",
    "load_profile": "profile",
    "open_workspace": "workspace",
    "parse_filter": "filters",
    "turn_of": "answering.followups",
}

__all__ = [
    "And",
    "Answer",
    "Assistant",
    "Chunk",
    "Citation",
    "Config",
    "Connector",
    "Document",
    "Equals",
    "Filter",
    "Hit",
    "In",
    "IngestReport",
    "Listing",
    "Not",
    "Or",
    "Profile",
    "RagkitError",
    "Range",
    "Resource",
    "Retriever",
    "Section",
    "Turn",
    "Viewer",
    "Workspace",
    "load_config",
    "load_profile",
    "open_workspace",
    "parse_filter",
    "turn_of",
]


# With it in sight a type checker would take every name that is misspelled for an object.
if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        if name not in _HOMES:
            raise AttributeError(f"module 'ragkit' has no attribute {name!r}")
        return getattr(importlib.import_module(f"ragkit.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
