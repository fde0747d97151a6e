"""What a question gets: a text, and for every sentence of it the words of a document that it rests on."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from ragkit.documents import Chunk, Hit
from ragkit.models.grounding import NOT_FOUND
from ragkit.quotes import Support, Verdict, support
from ragkit.sentences import sentences, telling

# no_evidence: the documents do not say; uncited: the model answered, but nothing it said could be found in them;
# the others are decided by rules before any model is asked.
Refusal = Literal["no_evidence", "out_of_scope", "escalate", "emergency", "uncited"]

_MARKERS = re.compile(r"\s*\[(\d{1,3}(?:\s*,\s*\d{1,3})*)\]")
_ITEM = re.compile(r"^(?:[-*•]|\d+[.)])\s+")
_VERIFIED = ("verbatim", "paraphrase")
_FEWEST_WORDS = 2

# The `model` of an answer that no model gave, but the catalog.
COUNTED = "catalog"


@dataclass(frozen=True, kw_only=True)
class Citation:
    """A sentence's pointer to its source. `start` and `end` are offsets into the whole document's text.

    `quote` is the source's own words; it is empty, and the offsets are the chunk's, when `verdict` is "unsupported".
    """

    marker: int
    chunk: Chunk
    quote: str
    start: int
    end: int
    verdict: Verdict
    sentence: str = ""

    @property
    def verified(self) -> bool:
        """Whether the source says what the sentence says."""
        return self.verdict in _VERIFIED


@dataclass(frozen=True, kw_only=True)
class Usage:
    """Tokens read and written, as the model counted them; 0 where it does not."""

    prompt_tokens: int = 0
    answer_tokens: int = 0


@dataclass(frozen=True, kw_only=True)
class Answer:
    """The whole outcome of one question. Nothing that was found, cut or invented on the way is missing from it.

    `hits` are the passages the model saw, in the order of their markers; `omitted` were found but did not fit its
    window. `unknown_markers` are numbers that the model cited and no passage has. `trace` has seconds by stage.
    `query` is what was searched for, empty if nothing was; `spelled` has the question's words that no passage has, and
    what they were read as; `absent` what the question asks for word for word and nothing holds.
    """

    question: str
    text: str
    hits: tuple[Hit, ...] = ()
    citations: tuple[Citation, ...] = ()
    unknown_markers: tuple[int, ...] = ()
    omitted: tuple[Hit, ...] = ()
    refusal: Refusal | None = None
    usage: Usage = field(default_factory=Usage)
    model: str = ""
    trace: Mapping[str, float] = field(default_factory=dict)
    query: str = ""
    spelled: Mapping[str, str] = field(default_factory=dict)
    absent: tuple[str, ...] = ()

    @property
    def remarks(self) -> tuple[str, ...]:
        """What to say beside the text, where something else was searched for than was asked."""
        searched = self.query if self.query != self.question else ""
        return remarks(query=searched, spelled=self.spelled, absent=self.absent)

    def to_dict(self) -> dict[str, Any]:
        """Return the answer in the form of `ragkit ask --json`; docs/json.md describes every key."""
        return {
            "question": self.question,
            "text": self.text,
            "refusal": self.refusal,
            "citations": [_citation_dict(citation) for citation in self.citations],
            "hits": [hit_dict(hit) for hit in self.hits],
            "omitted": [hit_dict(hit) for hit in self.omitted],
            "model": self.model,
            "usage": asdict(self.usage),
            "unknown_markers": list(self.unknown_markers),
            "trace": dict(self.trace),
            "query": self.query,
            "spelled": dict(self.spelled),
            "absent": list(self.absent),
        }


def remarks(*, query: str = "", spelled: Mapping[str, str], absent: Sequence[str]) -> tuple[str, ...]:
    """Say what was searched for instead of what was typed; `query` is said only where no word was misspelt."""
    said = [f"Searched for: {meant} (you wrote {written})" for written, meant in spelled.items()]
    if not said and query:
        said = [f"Searched for: {query}"]
    return (*said, *(f"Word for word no passage has: {text}" for text in absent))


@dataclass(frozen=True, kw_only=True)
class Checked:
    """A model's text after every sentence was held against the passages."""

    text: str
    citations: tuple[Citation, ...]
    unknown_markers: tuple[int, ...]
    refusal: Refusal | None


def check(text: str, shown: Sequence[Hit]) -> Checked:
    """Hold each sentence against the passages it cites; a sentence without a marker gets one if a passage says it.

    The text comes back with those markers added and otherwise as it was. A text that is only `NOT_FOUND` is a
    refusal, and so is one of which no sentence could be verified.
    """
    if NOT_FOUND in text[: len(NOT_FOUND) + 4]:
        return Checked(text="", citations=(), unknown_markers=(), refusal="no_evidence")
    citations: list[Citation] = []
    unknown: dict[int, None] = {}
    pieces: list[str] = []
    for part in _cited_parts(text):
        found = [_cite(part.sentence, marker, shown) for marker in part.markers if 1 <= marker <= len(shown)]
        unknown.update(dict.fromkeys(marker for marker in part.markers if not 1 <= marker <= len(shown)))
        if not part.markers and (attributed := _attribute(part.sentence, shown)):
            found = [attributed]
            pieces.append(f"{part.text} [{attributed.marker}]")
        else:
            pieces.append(part.text)
        citations.extend(found)
    verified = any(citation.verified for citation in citations)
    return Checked(
        text="".join(pieces).strip(),
        citations=tuple(citations),
        unknown_markers=tuple(unknown),
        refusal=None if verified else "uncited",
    )


def hit_dict(hit: Hit) -> dict[str, Any]:
    """Return a hit in the form of the JSON output."""
    chunk = hit.chunk
    return {
        "uri": chunk.uri,
        "title": chunk.title,
        "heading": chunk.heading,
        "page": chunk.page,
        "start": chunk.start,
        "end": chunk.end,
        "text": chunk.text,
        "score": hit.score,
        "why": dict(hit.why),
    }


@dataclass(frozen=True, kw_only=True)
class _Part:
    """A sentence with the markers behind it; `text` is the stretch of the answer that it was, white space included."""

    text: str
    sentence: str
    markers: tuple[int, ...]


def _cited_parts(text: str) -> list[_Part]:
    """Cut a text into sentences, each with the markers that stand in or right behind it."""
    parts: list[_Part] = []
    position = 0
    for start, end in _sentence_ends(text):
        whole = text[position:end]
        markers = tuple(int(number) for group in _MARKERS.findall(text[start:end]) for number in group.split(","))
        sentence = _ITEM.sub("", _MARKERS.sub("", text[start:end]).strip())
        parts.append(_Part(text=whole, sentence=sentence, markers=markers))
        position = end
    return parts


def _sentence_ends(text: str) -> list[tuple[int, int]]:
    """Return sentences as offsets, with markers taken to the sentence in front of them."""
    # A marker looks like the start of the next sentence: "Thirty days. [1] Then ..." Cut without them, then extend.
    blanked = _MARKERS.sub(lambda match: " " * len(match.group()), text)
    spans = sentences(blanked)
    ends = []
    for number, span in enumerate(spans):
        following = spans[number + 1].start if number + 1 < len(spans) else len(text)
        last = max((m.end() for m in _MARKERS.finditer(text, span.start, following)), default=span.end)
        ends.append((span.start, max(span.end, last)))
    return ends


def _cite(sentence: str, marker: int, shown: Sequence[Hit]) -> Citation:
    """Return the citation of a sentence that names a passage; if another passage says it, that is told."""
    hit = shown[marker - 1]
    found = support(sentence, hit.chunk.text)
    if found.verdict == "unsupported":
        elsewhere = (support(sentence, other.chunk.text) for other in shown if other is not hit)
        if any(other.verdict in _VERIFIED for other in elsewhere):
            found = Support(verdict="misattributed", span=found.span, coverage=found.coverage)
    return _citation(sentence, marker, hit.chunk, found)


def _attribute(sentence: str, shown: Sequence[Hit]) -> Citation | None:
    if len(telling(sentence)) < _FEWEST_WORDS:
        return None
    found = [(marker, hit, support(sentence, hit.chunk.text)) for marker, hit in enumerate(shown, start=1)]
    verified = [row for row in found if row[2].verdict in _VERIFIED]
    if not verified:
        return None
    marker, hit, best = max(verified, key=lambda row: (row[2].verdict == "verbatim", row[2].coverage))
    return _citation(sentence, marker, hit.chunk, best)


def _citation(sentence: str, marker: int, chunk: Chunk, found: Support) -> Citation:
    verified = found.verdict in _VERIFIED
    start, end = (found.span.start, found.span.end) if verified else (0, len(chunk.text))
    return Citation(
        marker=marker,
        chunk=chunk,
        quote=chunk.text[start:end] if verified else "",
        start=chunk.start + start,
        end=chunk.start + end,
        verdict=found.verdict,
        sentence=sentence,
    )


def _citation_dict(citation: Citation) -> dict[str, Any]:
    chunk = citation.chunk
    return {
        "marker": citation.marker,
        "quote": citation.quote,
        "uri": chunk.uri,
        "title": chunk.title,
        "heading": chunk.heading,
        "page": chunk.page,
        "start": citation.start,
        "end": citation.end,
        "verdict": citation.verdict,
    }
