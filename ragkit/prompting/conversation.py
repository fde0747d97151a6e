"""What was said before: turns, and what the model read in them, so that the next prompt can begin with it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from ragkit.documents import PATH, Document, Hit, names_above
from ragkit.filters import Filter
from ragkit.text.markers import without_markers
from ragkit.text.sentences import Span


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A passage as a prompt has it: the hit, and the stretches of its chunk's text that the model reads, in order."""

    hit: Hit
    spans: tuple[Span, ...]

    @classmethod
    def whole(cls, hit: Hit) -> "Shown":
        """Show all of a hit."""
        return cls(hit=hit, spans=(Span(0, len(hit.chunk.text)),))

    @property
    def place(self) -> str:
        """The title and the headings that the text does not begin with, outermost first."""
        return PATH.join(names_above(self.hit.chunk.title, self.hit.chunk.heading, self.text))

    @property
    def text(self) -> str:
        """The stretches, with "[...]" on a line of its own, or between words, for what was left out between them."""
        text, end = self.hit.chunk.text, 0
        shown = ""
        for span in self.spans:
            shown += _gap(text[end : span.start]) + text[span.start : span.end]
            end = span.end
        return (shown + _gap(text[end:])).strip()


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What a model read and wrote in one turn, word for word.

    `message` is what was added to the prompt, `shown` the passages in it, numbered from `first`. Where that is 1, the
    prompt began anew and what had been shown before was left out: it begins with what was said in the `told` turns
    before this one, and `omitted` turns before those are not in it. `where` is the filter of the search.
    """

    message: str
    shown: tuple[Shown, ...]
    first: int = 1
    reply: str = ""
    where: Filter | None = None
    told: int = 0
    omitted: int = 0


@dataclass(frozen=True, kw_only=True)
class Turn:
    """One question and the answer it got, earlier in the conversation.

    With `seen`, which an answer has, the next prompt goes on from this one, and the model reads only what is new.
    `suggestions` are what the answer offered to ask next.
    """

    question: str
    answer: str
    seen: Seen | None = None
    suggestions: tuple[str, ...] = ()

    @property
    def told(self) -> str:
        """The answer without its markers."""
        return without_markers(self.answer)


def standing(
    history: Sequence[Turn],
    hits: Sequence[Hit],
    *,
    where: Filter | None,
    read: Callable[[str], Document | None],
) -> list[Turn]:
    """Return the history as it may be used again.

    If one of the passages that the prompt still holds is gone, has changed or is no longer shown to the viewer, or
    another filter found it, then no turn has anything `seen`. `read` returns a document by its id, None if the viewer
    may not read it; it is not asked about what is among the `hits`.
    """
    run = [turn.seen for turn in running(history) if turn.seen]
    found = [hit.chunk for hit in hits]
    carried = [shown.hit.chunk for seen in run for shown in seen.shown if shown.hit.chunk not in found]
    documents = {identity: read(identity) for identity in {chunk.document_id for chunk in carried}}
    unchanged = all(chunk.is_still_in(documents[chunk.document_id]) for chunk in carried)
    if unchanged and all(seen.where == where for seen in run):
        return list(history)
    return [replace(turn, seen=None) for turn in history]


def typed(question: str, history: Sequence[Turn]) -> list[str]:
    """Return the questions that somebody put in words of their own, the oldest first, and a last one.

    One that an answer had offered is in the words of the documents, and maybe in another language.
    """
    offered = {text for turn in history for text in turn.suggestions}
    return [text for text in (*(turn.question for turn in history), question) if text not in offered]


def running(history: Sequence[Turn]) -> Sequence[Turn]:
    """Return the turns since the prompt last began anew; none, if none tells what it showed."""
    begun = [place for place, turn in enumerate(history) if turn.seen and turn.seen.first == 1]
    return history[begun[-1] :] if begun else ()


def overlapping(one: Hit, other: Hit) -> bool:
    """Return whether two hits have a stretch of a document in common."""
    mine, theirs = one.chunk, other.chunk
    return mine.document_id == theirs.document_id and mine.start < theirs.end and theirs.start < mine.end


def lacking(shown: Shown, carried: Sequence[Shown]) -> Shown | None:
    """Return a passage without the stretches that the prompt has already; None if nothing is left of it."""
    start = shown.hit.chunk.start
    there = [
        (other.hit.chunk.start + span.start, other.hit.chunk.start + span.end)
        for other in carried
        if overlapping(shown.hit, other.hit)
        for span in other.spans
    ]
    left = tuple(
        span
        for span in shown.spans
        if not any(first <= start + span.start and start + span.end <= last for first, last in there)
    )
    return replace(shown, spans=left) if left else None


def said(reply: str, answer: str) -> str:
    """Return a reply as the next prompt should have it: as the model wrote it, unless the check took words away."""
    return reply if _words(reply) == _words(answer) else answer


def _gap(between: str) -> str:
    edge = "\n" if "\n" in between else " "
    return f"{edge}[...]{edge}" if between.strip() else between


def _words(text: str) -> list[str]:
    return without_markers(text).split()
