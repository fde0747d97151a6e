"""An answer as a text that stands by itself: for a mail, and for clients that know nothing but text."""

from ragkit.answer import Answer
from ragkit.answering.quotations import quotations
from ragkit.documents import Chunk
from ragkit.language.messages import Messages


def plain(answer: Answer) -> str:
    """Return an answer with what is said beside it, what it quotes, what gave it, and the disclaimer."""
    say = answer.messages
    parts = [answer.text, *answer.remarks]
    for one in quotations(answer.quoted):
        said = say.quotation.format(text=" ".join(one.lines))
        parts.append(f"[{one.marker}] {source(one.chunk, say)}: {said} — {say.verdict(one.verdict)}")
    return "\n\n".join([*parts, answer.origin, *([say.disclaimer] if say.disclaimer else [])])


def source(chunk: Chunk, say: Messages) -> str:
    """Return a chunk's place, and its page and uri."""
    page = f", {say.page.format(number=chunk.page)}" if chunk.page else ""
    return f"{place(chunk)}{page} ({chunk.uri})"


def place(chunk: Chunk) -> str:
    """Return where a chunk stands: its document's title and the headings above it, each once."""
    parts = [chunk.title or chunk.uri, *chunk.heading.split(" > ")]
    return " > ".join(dict.fromkeys(part for part in parts if part))
