"""What a question gets: a text, and for every sentence of it the words of a document that it rests on."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from ragkit.documents import Chunk, Hit
from ragkit.prompting.conversation import Seen
from ragkit.quotes import VERIFIED, Verdict

# no_evidence: the documents do not say; uncited: the model answered, but nothing it said could be found in them;
# clarify: the question may be about several things; the others are decided by rules before any model is asked.
Refusal = Literal["no_evidence", "out_of_scope", "escalate", "emergency", "uncited", "clarify"]

# The `model` of an answer that no model gave, but the catalog.
COUNTED = "catalog"


@dataclass(frozen=True, kw_only=True)
class Citation:
    """A sentence's pointer to its source. `start` and `end` are offsets into the whole document's text.

    `quote` is the source's own words, or, where `verdict` is "partly", those that come nearest. It is empty, and the
    offsets are the chunk's, where the verdict is "misattributed" or "unsupported".
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
        """Whether the source says the whole of what the sentence says."""
        return self.verdict in VERIFIED


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
    `cut_off` says that the model stopped in the middle, at the most that it may write. `missing` has the parts of the
    question that no passage has: those that were refused for, or, beside an answer, the questions that it leaves open.
    `unembedded` passages were searched by words alone, since their vectors are still to come. `seen` is for the `Turn`
    of this answer: with it the next prompt goes on from this one.
    `dropped` has the sentences that the profile took out of the text because no passage says them; what they cited is
    still among the citations. `suggestions` are what may be asked next, or, if the refusal is "clarify", what the
    question may be about.
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
    cut_off: bool = False
    missing: tuple[str, ...] = ()
    unembedded: int = 0
    seen: Seen | None = None
    dropped: tuple[str, ...] = ()
    record: str = ""
    suggestions: tuple[str, ...] = ()

    @property
    def remarks(self) -> tuple[str, ...]:
        """What to say beside the text: what else was searched for than was asked, and what is missing from it."""
        searched = self.query if self.query != self.question else ""
        end = ("The answer was cut off: the model reached the most that it may write.",) if self.cut_off else ()
        left = () if self.refusal else tuple(f"The documents do not seem to say: {part}" for part in self.missing)
        said = remarks(query=searched, spelled=self.spelled, absent=self.absent, unembedded=self.unembedded)
        out = (_left_out(len(self.dropped)),) if self.dropped else ()
        return (*said, *left, *out, *end)

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
            "cut_off": self.cut_off,
            "missing": list(self.missing),
            "dropped": list(self.dropped),
            "unembedded": self.unembedded,
            "record": self.record,
            "suggestions": list(self.suggestions),
        }


def remarks(
    *, query: str = "", spelled: Mapping[str, str], absent: Sequence[str], unembedded: int = 0
) -> tuple[str, ...]:
    """Say what was searched for instead of what was typed, and how; `query` only where no word was misspelt."""
    said = [f"Searched for: {meant} (you wrote {written})" for written, meant in spelled.items()]
    if not said and query:
        said = [f"Searched for: {query}"]
    said += [f"Word for word no passage has: {text}" for text in absent]
    if unembedded:
        said.append(f"Searched by words alone: {unembedded} passages whose vectors are still being made")
    return tuple(said)


def _left_out(count: int) -> str:
    sentences = "1 sentence was" if count == 1 else f"{count} sentences were"
    return f"{sentences} left out, because no passage says so."


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
        "repeats": [_place_dict(chunk) for chunk in hit.repeats],
    }


def _place_dict(chunk: Chunk) -> dict[str, Any]:
    return {"uri": chunk.uri, "page": chunk.page, "start": chunk.start, "end": chunk.end}


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
