"""A follow-up question becomes one that can be searched for on its own, by a model that is held to what was said."""

from dataclasses import dataclass

from ragkit.retrieval.drafts import Drafting
from ragkit.retrieval.questions.condense import Subject, Turns, condense
from ragkit.text.sentences import telling

_INSTRUCTIONS = """\
Rewrite the last question so that it can be understood without the conversation before it.
Use words of the conversation only. Do not answer it. If it stands on its own, repeat it.
Write the question and nothing else, on one line."""
_TURNS, _ANSWER, _MOST = 4, 400, 400


@dataclass(frozen=True)
class Rewriter:
    """Asks a chat model. What it may not be trusted with, the rule of `condense` does.

    That is when it fails, takes too long, or writes what is not the question: more than one line, a word that neither
    the question nor the turns before it have, or nothing of the question.
    """

    drafting: Drafting

    def rewrite(self, question: str, turns: Turns, *, subject: Subject | None = None) -> str:
        """Return the question as the model puts it, or as the rule does. Without turns no model is asked."""
        if not turns:
            return question
        said = "\n".join(f"Question: {asked}\nAnswer: {answer[:_ANSWER]}" for asked, answer in turns[-_TURNS:])
        written = self.drafting.draft(_INSTRUCTIONS, f"{said}\nLast question: {question}", most=_MOST)
        query = written.removeprefix("Question:").strip(" \"'`*“”")
        return query if _is_faithful(query, question, said) else condense(question, turns, subject=subject)


def _is_faithful(query: str, question: str, said: str) -> bool:
    asked, words = set(telling(question)), set(telling(query))
    kept = not asked or not words.isdisjoint(asked)
    return bool(words) and "\n" not in query and kept and words <= asked | set(telling(said))
