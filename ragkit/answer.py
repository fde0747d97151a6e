"""What a question gets: a text, and for every sentence of it the words of a document that it rests on."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from ragkit.documents import Chunk, Hit
from ragkit.language.messages import Messages, english
from ragkit.language.recognition import languages
from ragkit.models.chat.engine import EXTRACTIVE
from ragkit.prompting.conversation import Seen
from ragkit.quotes import VERIFIED, Verdict
from ragkit.retrieval.results import Results

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
    chunk: Chunk = field(repr=False)
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
    still among the citations. `closest` quotes what comes closest to a question that is refused as "no_evidence", which
    is no answer. `suggestions` are what may be asked next, or, if the refusal is "clarify", what the
    question may be about. `messages` are in the language of the question, for what is said beside the text.
    """

    question: str
    text: str
    hits: tuple[Hit, ...] = field(default=(), repr=False)
    citations: tuple[Citation, ...] = ()
    unknown_markers: tuple[int, ...] = ()
    omitted: tuple[Hit, ...] = field(default=(), repr=False)
    refusal: Refusal | None = None
    usage: Usage = field(default_factory=Usage)
    model: str = ""
    trace: Mapping[str, float] = field(default_factory=dict, repr=False)
    query: str = ""
    spelled: Mapping[str, str] = field(default_factory=dict)
    absent: tuple[str, ...] = ()
    cut_off: bool = False
    missing: tuple[str, ...] = ()
    unembedded: int = 0
    seen: Seen | None = field(default=None, repr=False)
    dropped: tuple[str, ...] = ()
    closest: tuple[Citation, ...] = ()
    record: str = ""
    suggestions: tuple[str, ...] = ()
    messages: Messages = field(default_factory=english, repr=False, compare=False)

    @property
    def remarks(self) -> tuple[str, ...]:
        """What to say beside the text: what else was searched for than was asked, and what is missing from it."""
        searched, say = self.query if self.query != self.question else "", self.messages
        end = (say.cut_off,) if self.cut_off else ()
        left = () if self.refusal else tuple(say.not_said.format(part=part) for part in self.missing)
        said = remarks(
            query=searched, spelled=self.spelled, absent=self.absent, unembedded=self.unembedded, messages=say
        )
        closest = (say.closest,) if self.closest else ()
        return (*self._foreign, *said, *left, *self._left_out, *end, *closest)

    @property
    def quoted(self) -> tuple[Citation, ...]:
        """What to quote below the text: what it cites, or what comes closest where it says that nothing answers."""
        return self.citations or self.closest

    @property
    def omitted_turns(self) -> int:
        """How many of the first turns of the conversation did not fit the model's window and were not shown to it."""
        return self.seen.omitted if self.seen else 0

    @property
    def origin(self) -> str:
        """What gave the answer: a model, the documents, the catalog or a rule; and if no model was asked, why not."""
        say = self.messages
        if self.model.startswith("rule "):
            return say.by_rule.format(rule=self.model.removeprefix("rule "))
        if self.model in ("none", ""):
            near = say.nothing_mentions if self.missing else say.nothing_near
            return say.unclear if self.refusal == "clarify" else near
        if self.refusal == "no_evidence":
            return say.no_answer_by.format(model=self.model)
        fixed = {COUNTED: say.counted, EXTRACTIVE: say.extractive}
        return fixed.get(self.model, say.written_by.format(model=self.model))

    @property
    def refused_as(self) -> str:
        """What a refusal is called; empty for an answer, and for an emergency, before which nothing may stand."""
        say = self.messages
        named: dict[Refusal | None, str] = {
            "no_evidence": say.no_evidence,
            "uncited": say.uncited,
            "out_of_scope": say.outside,
            "escalate": say.person,
            "clarify": say.which,
        }
        return named.get(self.refusal, "")

    @property
    def shortfalls(self) -> tuple[str, ...]:
        """What the model was not shown for want of room, and what it cited that is not there."""
        say, numbers = self.messages, ", ".join(f"[{marker}]" for marker in self.unknown_markers)
        omitted = (say.omitted.format(count=len(self.omitted)),) if self.omitted else ()
        turns = (say.omitted_turns.format(count=self.omitted_turns),) if self.omitted_turns else ()
        return (*omitted, *turns, *((say.unknown_markers.format(numbers=numbers),) if numbers else ()))

    @property
    def _foreign(self) -> tuple[str, ...]:
        """Say so if the documents are in another language than the question. Neither is translated."""
        cited = [citation.chunk.text for citation in self.citations if citation.verified]
        asked, found = languages([self.question]), languages(cited or [hit.chunk.text for hit in self.hits])
        if not asked or not found or asked & found or self.refusal not in (None, "uncited", "no_evidence"):
            return ()
        text = self.messages.foreign_refusal if self.refusal == "no_evidence" else self.messages.foreign_answer
        return (text.format(language=self.messages.in_language(min(found))),)

    @property
    def _left_out(self) -> tuple[str, ...]:
        count, say = len(self.dropped), self.messages
        return (say.left_out_one if count == 1 else say.left_out_many.format(count=count),) if count else ()

    def to_dict(self) -> dict[str, Any]:
        """Return the answer in the form of `ragkit ask --json`; docs/json.md describes every key."""
        return {
            "question": self.question,
            "text": self.text,
            "language": self.messages.language,
            "refusal": self.refusal,
            "citations": [_citation_dict(citation) for citation in self.citations],
            "closest": [_citation_dict(citation) for citation in self.closest],
            "hits": [hit_dict(hit) for hit in self.hits],
            "omitted": [hit_dict(hit) for hit in self.omitted],
            "omitted_turns": self.omitted_turns,
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
            "disclaimer": self.messages.disclaimer,
        }


def remarks(
    *,
    query: str = "",
    spelled: Mapping[str, str],
    absent: Sequence[str],
    unembedded: int = 0,
    messages: Messages | None = None,
) -> tuple[str, ...]:
    """Say what was searched for instead of what was typed, and how; `query` only where no word was misspelt."""
    say = messages or english()
    meant = [say.written.format(query=meant, written=written) for written, meant in spelled.items()]
    said = [say.searched_for.format(query=each) for each in meant or ([query] if query else [])]
    said += [say.absent.format(text=text) for text in absent]
    if unembedded:
        said.append(say.words_alone.format(count=unembedded))
    return tuple(said)


def results_dict(found: Results) -> dict[str, Any]:
    """Return what a search found in the form of `ragkit search --json`."""
    return {
        "query": found.query,
        "spelled": dict(found.spelled),
        "absent": list(found.absent),
        "unembedded": found.unembedded,
        "hits": [hit_dict(hit) for hit in found.hits],
    }


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
