"""A conversation as a Markdown file, in which nothing of a document or a model can act as Markdown."""

import re
from collections.abc import Sequence
from datetime import datetime

from ragkit.answer import Answer
from ragkit.language.messages import Messages
from ragkit.profile import Profile
from ragkit.quotations import Quotation, quotations
from ragkit_apps.citations import place
from ragkit_apps.session import Exchange

_SIGNS = re.compile(r"([\\`*_\[\]<>#|~$!&])")
# A bare address is made a link by many viewers.
_ADDRESS = re.compile(r"(?i)\b(https?|ftp|mailto|www)(?=[:.])")


def transcript(profile: Profile, talk: Sequence[Exchange], *, written: datetime) -> str:
    """Return the conversation with the notice before it, its sources, and the disclaimer after it."""
    say = next((one.answer.messages for one in reversed(talk) if one.answer), profile.main)
    head = [f"# {profile.title}", f"> {say.notice}", f"Written down on {written:%d %B %Y at %H:%M}."]
    parts = [_exchange(exchange) for exchange in talk]
    tail = [f"> {say.disclaimer}"] if say.disclaimer else []
    return "\n\n".join([*head, *parts, "---", *tail]) + "\n"


def inert(text: str) -> str:
    """Return text that a Markdown viewer shows and does nothing with."""
    return _ADDRESS.sub(lambda match: f"{match[0]}\u200b", _SIGNS.sub(r"\\\1", text))


def _exchange(exchange: Exchange) -> str:
    question = f"## {inert(' '.join(exchange.question.split()))}"
    if exchange.answer is None:
        return f"{question}\n\n{inert(exchange.error) or 'No answer: it was stopped.'}"
    return f"{question}\n\n{_answer(exchange.answer)}"


def _answer(answer: Answer) -> str:
    parts = [inert(answer.text)]
    if answer.refusal:
        parts.append(f"({inert(answer.refused_as or answer.refusal)})")
    parts.extend(_source(quotation, answer.messages) for quotation in quotations(answer.citations))
    parts.append(inert(answer.origin))
    return "\n\n".join(parts)


def _source(quotation: Quotation, say: Messages) -> str:
    chunk = quotation.chunk
    page = f", {say.page.format(number=chunk.page)}" if chunk.page else ""
    said = say.quotation.format(text=inert(" ".join(quotation.lines)))
    where = f"{inert(place(chunk))}{page} ({inert(chunk.uri)})"
    return f"- \\[{quotation.marker}\\] {where}: {said} — {say.verdict(quotation.verdict)}"
