"""A record: one answer with all that it rested on, by hash and place instead of the documents' own words."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import Field, TypeAdapter

from ragkit.answer import COUNTED, Answer, Citation, Usage
from ragkit.documents import Hit, Viewer, stable_id
from ragkit.filters import Filter
from ragkit.profile import Profile
from ragkit.prompting.prompts import PROMPT_VERSION
from ragkit.recording.conditions import Written, written
from ragkit.text.encodable import encodable
from ragkit.text.redaction import redact

# 2: language, suggestions and omitted_turns; records without a number were written before it. 3: missing, dropped and
# doubtful.
SCHEMA = 3

_WORDS = re.compile(r"\w+")


@dataclass(frozen=True, kw_only=True)
class Passage:
    """A passage that was shown: its place in the document, and the SHA-256 of its text."""

    document: str
    uri: str
    start: int
    end: int
    sha256: str
    page: int | None = None
    repeats: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Cited:
    """What became of one sentence of the answer: the passage that it cites, the place in the document, the verdict."""

    marker: int
    start: int
    end: int
    verdict: str


@dataclass(frozen=True, kw_only=True)
class Circumstances:
    """What an answer depended on beside question and documents; empty where it is not known.

    `prompt` is the version of the prompt with the instructions of the profile. `digest` is that of the model's weights,
    UNKNOWN where nobody can tell, and `settings` that of the settings which make answers. `viewer` is a hash of who
    asked: tenant, groups, and being the owner.
    """

    assistant: str = ""
    model: str = ""
    digest: str = ""
    prompt: str = ""
    settings: str = ""
    viewer: str = ""
    ragkit: str = ""


@dataclass(frozen=True, kw_only=True)
class Record:
    """One answer. Texts are redacted where `redacted` counts something; what the catalog listed is left out.

    `schema` is the form it was written in: what came with a later one is empty. `history` has the records of the turns
    before, empty for one that has none; `omitted_turns` of them the model was not shown. `missing` has the parts of the
    question that no passage has, `dropped` counts the sentences that were taken out, `doubtful` those that stayed and
    that no passage says whole. `learnt` are words of the query that the store brought in. `rating` is 1 or -1 once
    somebody gave one, else 0; `note` is what was said with it.
    """

    id: str
    schema: Annotated[int, Field(ge=1, le=SCHEMA)] = 1
    at: str = ""
    question: str
    query: str = ""
    text: str
    text_sha256: str
    language: str = ""
    refusal: str | None = None
    suggestions: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    dropped: int = 0
    doubtful: int = 0
    hits: tuple[Passage, ...] = ()
    omitted: tuple[Passage, ...] = ()
    citations: tuple[Cited, ...] = ()
    unknown_markers: tuple[int, ...] = ()
    usage: Usage = field(default_factory=Usage)
    trace: Mapping[str, float] = field(default_factory=dict)
    circumstances: Circumstances = field(default_factory=Circumstances)
    where: Written | None = None
    history: tuple[str, ...] = ()
    omitted_turns: int = 0
    learnt: tuple[str, ...] = ()
    redacted: Mapping[str, int] = field(default_factory=dict)
    salt: str = ""
    rating: int = 0
    note: str = ""


RECORD = TypeAdapter(Record)


class Redactor:
    """Makes texts fit to be written, and counts what it took out of them. Off, it leaves them as they are."""

    def __init__(self, *, on: bool) -> None:
        self._on = on
        self.counts: Counter[str] = Counter()

    def __call__(self, text: str) -> str:
        """Return the text as it may be written."""
        self.counts.update(redact(text).counts if self._on else {})
        return self.silently(text)

    def silently(self, text: str) -> str:
        """Return the text as it may be written, and count nothing: asked again, it makes no difference."""
        whole = encodable(text)
        return redact(whole).text if self._on else whole


def record_of(
    answer: Answer,
    *,
    identity: str,
    circumstances: Circumstances,
    redactor: Redactor,
    where: Filter | None = None,
    history: Sequence[str] = (),
) -> Record:
    """Return the record of an answer, redacted."""
    # What the catalog counted names documents that no hit stands for; asked again, it is counted again.
    text = "" if answer.model == COUNTED else redactor(answer.text)
    question = redactor(answer.question)
    return Record(
        id=identity,
        schema=SCHEMA,
        question=question,
        query=question if answer.query == answer.question else redactor(answer.query),
        text=text,
        text_sha256=sha256(answer.text),
        language=answer.messages.language,
        refusal=answer.refusal,
        suggestions=tuple(map(redactor, answer.suggestions)),
        missing=tuple(map(redactor.silently, answer.missing)),
        dropped=len(answer.dropped),
        doubtful=_doubtful(answer),
        hits=tuple(_passage(hit, redactor) for hit in answer.hits),
        omitted=tuple(_passage(hit, redactor) for hit in answer.omitted),
        citations=tuple(map(_cited, answer.citations)),
        unknown_markers=answer.unknown_markers,
        usage=answer.usage,
        trace=answer.trace,
        circumstances=circumstances,
        where=written(where, said=redactor) if where else None,
        history=tuple(history),
        omitted_turns=answer.omitted_turns,
        learnt=tuple(_learnt(answer)),
        redacted=redactor.counts,
    )


def prompt_version(profile: Profile) -> str:
    """Return another text for other words around the passages, and for other instructions of the profile."""
    return f"{PROMPT_VERSION}-{stable_id(profile.instructions)[:12]}"


def viewer_hash(viewer: Viewer) -> str:
    """Return the same for whoever may see the same."""
    return stable_id(viewer.tenant, str(viewer.owner), *sorted(viewer.groups))[:16]


def turn_key(question: str, text: str) -> str:
    """Return what a turn of a conversation is found by, from its texts as they may be written."""
    return stable_id(question.strip(), text)


def sha256(text: str) -> str:
    """Return the SHA-256 of a text in UTF-8."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _passage(hit: Hit, redactor: Redactor) -> Passage:
    chunk = hit.chunk
    return Passage(
        document=chunk.document_id,
        uri=redactor.silently(chunk.uri),
        start=chunk.start,
        end=chunk.end,
        sha256=sha256(chunk.text),
        page=chunk.page,
        repeats=tuple(repeat.document_id for repeat in hit.repeats),
    )


def _cited(citation: Citation) -> Cited:
    return Cited(marker=citation.marker, start=citation.start, end=citation.end, verdict=citation.verdict)


def _doubtful(answer: Answer) -> int:
    said = {one.sentence for one in answer.citations if one.verified or one.verdict == "misattributed"}
    return len({one.sentence for one in answer.citations} - said - set(answer.dropped))


def _learnt(answer: Answer) -> Iterator[str]:
    asked = set(_WORDS.findall(answer.question.casefold()))
    yield from dict.fromkeys(word for word in _WORDS.findall(answer.query.casefold()) if word not in asked)
