"""A follow-up question becomes one that can be searched for on its own, by a model that is held to what was said."""

from collections.abc import Sequence
from typing import Protocol

from ragkit.retrieval.drafts import Drafting
from ragkit.retrieval.questions.condense import Subject, condense
from ragkit.text.sentences import telling

_INSTRUCTIONS = """\
Rewrite the last question so that it can be understood without the conversation before it.
Use words of the conversation only. Do not answer it. If it stands on its own, repeat it.
Write the question and nothing else, on one line."""
_TURNS, _ANSWER, _MOST = 4, 400, 400


class Rewriter(Protocol):
    """Makes of a question and the turns before it what is searched for."""

    def rewrite(self, question: str, turns: Sequence[tuple[str, str]], *, subject: Subject | None = None) -> str:
        """Return the query. `turns` are questions and their answers, the oldest first; `subject` tells what of."""
        ...


class ModelRewriter:
    """Asks a chat model. What it may not be trusted with, the rule of `condense` does.

    That is when it fails, takes too long, or writes what is not the question: more than one line, a word that neither
    the question nor the turns before it have, or nothing of the question.
    """

    def __init__(self, drafting: Drafting) -> None:
        self._drafting = drafting

    def rewrite(self, question: str, turns: Sequence[tuple[str, str]], *, subject: Subject | None = None) -> str:
        """Return the question as the model puts it, or as the rule does. Without turns no model is asked."""
        if not turns:
            return question
        said = "\n".join(f"Question: {asked}\nAnswer: {answer[:_ANSWER]}" for asked, answer in turns[-_TURNS:])
        written = self._drafting.draft(_INSTRUCTIONS, f"{said}\nLast question: {question}", most=_MOST)
        query = written.removeprefix("Question:").strip(" \"'`*“”")
        return query if _is_faithful(query, question, said) else condense(question, turns, subject=subject)


def _is_faithful(query: str, question: str, said: str) -> bool:
    asked, words = set(telling(question)), set(telling(query))
    kept = not asked or not words.isdisjoint(asked)
    return bool(words) and "\n" not in query and kept and words <= asked | set(telling(said))
