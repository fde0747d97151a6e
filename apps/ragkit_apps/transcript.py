"""A conversation as a Markdown file, in which nothing of a document or a model can act as Markdown."""

import re
from collections.abc import Sequence
from datetime import datetime

from ragkit.answer import Answer
from ragkit.answering.plain import source
from ragkit.answering.quotations import Quotation, quotations
from ragkit.language.messages import Messages
from ragkit.profile import Profile
from ragkit_apps import emergency
from ragkit_apps.session import Exchange

_SIGNS = re.compile(r"([\\`*_\[\]<>#|~$!&])")
# A bare address is made a link by many viewers.
_ADDRESS = re.compile(r"(?i)\b(https?|ftp|mailto|www)(?=[:.])")


def transcript(profile: Profile, talk: Sequence[Exchange], *, written: datetime, locale: str = "") -> str:
    """Return the conversation with the notice before it, its sources, and the disclaimer after it.

    Where an emergency may come up, whom to call stands in it, for the place that `locale` names.
    """
    say = next((one.answer.messages for one in reversed(talk) if one.answer), profile.main)
    head = [f"# {profile.title}", f"> {say.notice}"]
    if emergency.shows(profile):
        head.append(f"> {emergency.line(locale, say)}")
    head.append(f"Written down on {written:%d %B %Y at %H:%M}.")
    parts = [_exchange(exchange) for exchange in talk]
    tail = [f"> {say.disclaimer}"] if say.disclaimer else []
    return "\n\n".join([*head, *parts, "---", *tail]) + "\n"


def inert(text: str) -> str:
    """Return text that a Markdown viewer shows and does nothing with."""
    return _ADDRESS.sub(lambda match: f"{match[0]}\u200b", _SIGNS.sub(r"\\\1", text))


def _exchange(exchange: Exchange) -> str:
    question = f"## {inert(' '.join(exchange.question.split()))}"
    covers = "".join(f"\n\n{inert(line)}" for line in exchange.covers)
    if exchange.answer is None:
        none = "Not answered yet." if exchange.work else "No answer: it was stopped."
        return f"{question}{covers}\n\n{inert(exchange.error) or none}"
    return f"{question}{covers}\n\n{_answer(exchange.answer)}"


def _answer(answer: Answer) -> str:
    parts = [inert(answer.text)]
    if answer.refusal:
        parts.append(f"({inert(answer.refused_as or answer.refusal)})")
    if answer.closest:
        parts.append(inert(answer.messages.closest))
    parts.extend(_source(quotation, answer.messages) for quotation in quotations(answer.quoted))
    parts.append(inert(answer.origin))
    return "\n\n".join(parts)


def _source(quotation: Quotation, say: Messages) -> str:
    said = say.quotation.format(text=inert(" ".join(quotation.lines)))
    where = inert(source(quotation.chunk, say))
    return f"- \\[{quotation.marker}\\] {where}: {said} — {say.verdict(quotation.verdict)}"
