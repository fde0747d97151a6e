"""An answer as the one text that a chat client shows, in pieces if it likes."""

import re
from collections.abc import Iterator

from ragkit.answer import Answer
from ragkit.answering.plain import source
from ragkit.answering.quotations import Quotation, quotations
from ragkit.guards.output import harmless
from ragkit.language.messages import Messages

_RULE = "\n\n---\n\n"
_PIECE = re.compile(r"(?:\S+\s*|\s+){1,6}")


def spoken(answer: Answer, *, sources: bool = True) -> str:
    """Return an answer with what must be said beside it; below a line its `sources`, and the disclaimer.

    Nothing in it acts in a client that shows Markdown or HTML, whatever the documents are called.
    """
    say = answer.messages
    warning = [answer.refused_as] if answer.refusal == "uncited" else []
    choices = [f"- {choice}" for choice in answer.suggestions] if answer.refusal == "clarify" else []
    beside = "\n\n".join([*warning, *choices, *answer.remarks, *answer.shortfalls])
    below = [*(_sources(answer, say) if sources else []), *([say.disclaimer] if say.disclaimer else [])]
    cited = [one.chunk.uri for one in answer.quoted]
    parts = [answer.text, *([harmless(beside, sources=cited)] if beside else [])]
    return _RULE.join(["\n\n".join(parts), *([harmless("\n\n".join(below), sources=cited)] if below else [])])


def unspoken(text: str) -> str:
    """Return the answer that was spoken, without what stood below the line."""
    return text.partition(_RULE)[0]


def pieces(text: str) -> Iterator[str]:
    """Yield a text some words at a time."""
    yield from _PIECE.findall(text)


def _sources(answer: Answer, say: Messages) -> list[str]:
    """Return a line for each passage that is cited, and one for each sentence that its passage does not bear out."""
    lines = [_line(one, say, quotes=bool(answer.closest) or not one.verified) for one in quotations(answer.quoted)]
    return list(dict.fromkeys(lines))


def _line(quotation: Quotation, say: Messages, *, quotes: bool) -> str:
    line = f"[{quotation.marker}] {source(quotation.chunk, say)}"
    said = say.quotation.format(text=" ".join(quotation.lines))
    return f"{line}: {said} — {say.verdict(quotation.verdict)}" if quotes else line
