"""Doubles for ragkit's own tests and for yours: no network, no weights."""

from ragkit.testing.chat import ScriptedChat
from ragkit.testing.embeddings import WordEmbeddings
from ragkit.testing.index import MemoryIndex, MemoryIndexes
from ragkit.testing.judge import WordJudge
from ragkit.testing.obedient import ObedientChat
from ragkit.testing.parser import PlainParser
from ragkit.testing.sources import MemoryConnector

__all__ = [
    "MemoryConnector",
    "MemoryIndex",
    "MemoryIndexes",
    "ObedientChat",
    "PlainParser",
    "ScriptedChat",
    "WordEmbeddings",
    "WordJudge",
]
