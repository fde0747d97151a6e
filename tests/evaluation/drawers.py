"""A store of things in drawers, and an embedder to which a question for one means the thing beside it."""

import itertools
import re
from collections.abc import Sequence
from pathlib import Path

from ragkit.evaluation.sets.questions import Question, QuestionSet
from ragkit.models.embedding.embedder import Vectors
from ragkit.testing import MemoryConnector, WordEmbeddings
from ragkit.workspace import Workspace
from tests.workspaces import workspace

MANY = 20
# Words that every embedder takes in one piece: it would know little of others.
THINGS = ["".join(letters) + "l" for letters in itertools.product("bdgkm", "aeiou")][:MANY]
DRAWERS = {
    f"{thing}.md": f"The {thing} lies in the drawer below the window, where it was put when the old house was sold. "
    "Nobody has asked for it since then, and the key hangs beside the door for whoever comes to look one day."
    for thing in THINGS
}


class Beside(WordEmbeddings):
    """To it a document means its thing and nothing else, and a question the thing beside the one that it names."""

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        return super().embed_documents([_meant(text) for text in texts])

    def embed_query(self, text: str) -> Vectors:
        return super().embed_query(_meant(text))


def _meant(text: str) -> str:
    if named := re.search(r"Where is the (\w+)\?", text):
        return beside(named[1])
    thing = re.search(r"The (\w+) lies", text)
    return thing[1] if thing else text


def beside(thing: str) -> str:
    """Return the next thing; after the last one the first."""
    return THINGS[(THINGS.index(thing) + 1) % len(THINGS)]


def asked(*, by_meaning: bool) -> QuestionSet:
    """Return a question for each thing: right is what it means, or else what it says."""
    questions = [
        Question(id=thing, text=f"Where is the {thing}?", relevant={f"{beside(thing) if by_meaning else thing}.md": 1})
        for thing in THINGS
    ]
    return QuestionSet(name="things", questions=tuple(questions))


def drawers(folder: Path, embedding: WordEmbeddings | None = None) -> Workspace:
    """Return a workspace that holds the documents."""
    made = workspace(folder, embedding=embedding or Beside())
    made.ingest(MemoryConnector(DRAWERS))
    return made
