"""A model's text, sentence by sentence, held against the passages that it cites."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from ragkit.answer import Citation, Refusal
from ragkit.documents import Chunk, Hit, names_above
from ragkit.guards.echo import LEFT_OUT
from ragkit.models.chat.grounding import NOT_FOUND
from ragkit.models.judging.groundedness import Grounder
from ragkit.quotes import VERIFIED, Support, Verdict, find, negates, says, support
from ragkit.text.markers import MARKERS, without_markers
from ragkit.text.sentences import sentences, telling

# What becomes of a sentence that no passage says: it stays, with its verdict, or it is taken out and counted.
Unsupported = Literal["mark", "drop"]

_ITEM = re.compile(r"^(?:[-*•]|\d+[.)])\s+")
_FEWEST_WORDS = 2
_BORNE = (*VERIFIED, "partly", "misattributed")
# One step down, for what a judge does not believe.
_LOWER: dict[Verdict, Verdict] = {"verbatim": "partly", "paraphrase": "partly", "partly": "unsupported"}
_LIKELY = 0.5


@dataclass(frozen=True, kw_only=True)
class Checked:
    """A model's text after every sentence was held against the passages."""

    text: str
    citations: tuple[Citation, ...]
    unknown_markers: tuple[int, ...]
    refusal: Refusal | None
    dropped: tuple[str, ...] = ()


def check(
    text: str, shown: Sequence[Hit], *, unsupported: Unsupported = "mark", grounder: Grounder | None = None
) -> Checked:
    """Hold each sentence against the passages it cites; a sentence without a marker gets one if a passage says it.

    The text comes back with those markers added, without the sentences that were dropped, and otherwise as it was. No
    sentence of which something was left out is borne out. A text that is only `NOT_FOUND` is a refusal, and so is one
    of which no sentence is verified, nor a part of one.

    Raises:
        ModelError: the grounder did not answer.
    """
    if NOT_FOUND in text[: len(NOT_FOUND) + 4]:
        return Checked(text="", citations=(), unknown_markers=(), refusal="no_evidence")
    sentenced = [_judged(part, shown, grounder) for part in _cited_parts(text)]
    citations = tuple(citation for one in sentenced for citation in one.citations)
    unknown = dict.fromkeys(marker for one in sentenced for marker in one.unknown)
    found = any(citation.verdict in (*VERIFIED, "partly") for citation in citations)
    # Of a text that is refused as a whole, nothing is hidden.
    out = [one for one in sentenced if one.bare] if unsupported == "drop" and found else []
    return Checked(
        text="".join(one.text for one in sentenced if one not in out).strip(),
        citations=citations,
        unknown_markers=tuple(unknown),
        refusal=None if found else "uncited",
        dropped=tuple(one.sentence for one in out),
    )


@dataclass(frozen=True, kw_only=True)
class _Part:
    """A sentence with the markers behind it; `text` is the stretch of the answer that it was, white space included.

    `lead` is the line that introduces the list whose item it begins; "" for any other sentence.
    """

    text: str
    sentence: str
    markers: tuple[int, ...]
    lead: str = ""


@dataclass(frozen=True, kw_only=True)
class _Judged:
    """A sentence with what came of each of its markers; `unknown` are those that no passage has."""

    text: str
    sentence: str
    citations: tuple[Citation, ...] = ()
    unknown: tuple[int, ...] = ()

    @property
    def bare(self) -> bool:
        """Whether it claims something, and no passage says any of it. A question or an introduction claims nothing."""
        claims = len(telling(self.sentence)) >= _FEWEST_WORDS and not self.sentence.endswith((":", "?"))
        return claims and not any(citation.verdict in _BORNE for citation in self.citations)


def _judged(part: _Part, shown: Sequence[Hit], grounder: Grounder | None) -> _Judged:
    text, found = part.text, [_cite(part, marker, shown) for marker in part.markers if _known(marker, shown)]
    introduces = part.sentence.endswith(":")
    if not part.markers and not introduces and (attributed := _attribute(part.sentence, shown)):
        found, text = [attributed], f"{part.text} [{attributed.marker}]"
    if grounder:
        found = [_doubted(citation, grounder) for citation in found]
    unknown = tuple(marker for marker in part.markers if not _known(marker, shown))
    return _Judged(text=text, sentence=part.sentence, citations=tuple(found), unknown=unknown)


def _known(marker: int, shown: Sequence[Hit]) -> bool:
    return 1 <= marker <= len(shown)


def _doubted(citation: Citation, grounder: Grounder) -> Citation:
    """Lower a verdict by one step if a judge does not believe that the passage bears the sentence out."""
    lower = _LOWER.get(citation.verdict)
    chunk = citation.chunk
    passage = "\n".join((*names_above(chunk.title, chunk.heading, chunk.text), chunk.text))
    if lower is None or grounder.probability(citation.sentence, passage) >= _LIKELY:
        return citation
    if lower == "partly":
        return replace(citation, verdict=lower)
    return replace(citation, verdict=lower, quote="", start=chunk.start, end=chunk.end)


def _cited_parts(text: str) -> Iterator[_Part]:
    """Yield a text's sentences, each with the markers that stand in or right behind it."""
    position, lead = 0, ""
    for start, end in _sentence_ends(text):
        markers = tuple(int(number) for group in MARKERS.findall(text[start:end]) for number in group.split(","))
        written = without_markers(text[start:end]).strip()
        sentence = _ITEM.sub("", written)
        is_item = sentence != written
        if not is_item and (sentence.endswith(":") or "\n" in text[position:start]):
            lead = sentence if sentence.endswith(":") else ""
        yield _Part(text=text[position:end], sentence=sentence, markers=markers, lead=lead if is_item else "")
        position = end


def _sentence_ends(text: str) -> list[tuple[int, int]]:
    """Return sentences as offsets, with markers taken to the sentence in front of them."""
    # A marker looks like the start of the next sentence: "Thirty days. [1] Then ..." Cut without them, then extend.
    blanked = MARKERS.sub(lambda match: " " * len(match.group()), text)
    spans = sentences(blanked)
    ends = []
    for number, span in enumerate(spans):
        following = spans[number + 1].start if number + 1 < len(spans) else len(text)
        last = max((m.end() for m in MARKERS.finditer(text, span.start, following)), default=span.end)
        ends.append((span.start, max(span.end, last)))
    return ends


def _cite(part: _Part, marker: int, shown: Sequence[Hit]) -> Citation:
    """Return the citation of a sentence that names a passage; if another passage says it, that is told."""
    hit, sentence = shown[marker - 1], part.sentence
    found = support(sentence, hit.chunk.text, _above(hit.chunk))
    if part.lead:
        found = _introduced(part, hit.chunk) or _alone(part, found)
    if _is_cut(sentence, hit.chunk):
        found = replace(found, verdict="unsupported")
    elif found.verdict not in VERIFIED and any(_says(sentence, one.chunk) for one in shown if one is not hit):
        found = replace(found, verdict="misattributed")
    return _citation(sentence, marker, hit.chunk, found)


def _introduced(part: _Part, chunk: Chunk) -> Support | None:
    """Return the support of an item below what introduces it, if the passage introduces it so.

    "Before you travel:" bounds what its items say, so none of them holds alone.
    """
    found = _says(f"{part.lead} {part.sentence}", chunk)
    exact = find(part.sentence, chunk.text) if found else None
    return replace(found, verdict="verbatim", span=exact) if found and exact else found


def _alone(part: _Part, found: Support) -> Support:
    """Return what an item has without its introduction; a "Never do this:" of the answer's own turns it around."""
    return replace(found, verdict="partly") if found.verdict in VERIFIED and negates(part.lead) else found


def _says(sentence: str, chunk: Chunk) -> Support | None:
    return None if _is_cut(sentence, chunk) else says(sentence, chunk.text, _above(chunk))


def _is_cut(sentence: str, chunk: Chunk) -> bool:
    """Whether something of the sentence was left out that no passage should have said."""
    return LEFT_OUT in sentence and LEFT_OUT not in chunk.text


def _above(chunk: Chunk) -> tuple[str, ...]:
    return tuple(names_above(chunk.title, chunk.heading, ""))


def _attribute(sentence: str, shown: Sequence[Hit]) -> Citation | None:
    if len(telling(sentence)) < _FEWEST_WORDS:
        return None
    found = [(marker, hit, _says(sentence, hit.chunk)) for marker, hit in enumerate(shown, start=1)]
    verified = [(marker, hit, one) for marker, hit, one in found if one]
    if not verified:
        return None
    marker, hit, best = max(verified, key=lambda row: (row[2].verdict == "verbatim", row[2].coverage))
    return _citation(sentence, marker, hit.chunk, best)


def _citation(sentence: str, marker: int, chunk: Chunk, found: Support) -> Citation:
    quoted = found.verdict in (*VERIFIED, "partly")
    start, end = (found.span.start, found.span.end) if quoted else (0, len(chunk.text))
    return Citation(
        marker=marker,
        chunk=chunk,
        quote=chunk.text[start:end] if quoted else "",
        start=chunk.start + start,
        end=chunk.start + end,
        verdict=found.verdict,
        sentence=sentence,
    )
