"""What comes after a question: another one, asked back or suggested."""

from collections.abc import Sequence
from dataclasses import replace

from ragkit.answer import Answer
from ragkit.documents import Viewer
from ragkit.filters import Filter
from ragkit.prompting.conversation import Turn
from ragkit.retrieval.questions.suggested import Suggester
from ragkit.retrieval.questions.unclear import choices


def turn_of(answer: Answer) -> Turn:
    """Return what an answer is to the questions after it."""
    return Turn(question=answer.question, answer=answer.text, seen=answer.seen, suggestions=answer.suggestions)


def asked_back(found: Answer) -> Answer | None:
    """Return what asks which of several things a first question is about; None if it is clear."""
    which = choices(found.question, found.hits)
    return replace(found, text=found.messages.which_one, refusal="clarify", suggestions=which) if which else None


def with_suggestions(
    answer: Answer, suggester: Suggester | None, *, history: Sequence[Turn], viewer: Viewer, where: Filter | None
) -> Answer:
    """Return the answer with what may be asked next; a refusal, and one without a suggester, as it is."""
    if suggester is None or answer.refusal:
        return answer
    asked = [*(turn.question for turn in history), answer.question]
    cited = [citation.chunk for citation in answer.citations if citation.verified]
    return replace(answer, suggestions=suggester.after(asked, cited, answer.hits, viewer=viewer, where=where))
