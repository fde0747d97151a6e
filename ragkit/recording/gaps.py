"""What people asked and got no good answer to, questions that mean the same together: what the documents lack."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ragkit.models.embedding.embedder import Embedder
from ragkit.quotes import VERIFIED
from ragkit.recording.record import Record

# The cosine from which two questions are taken for one. Of 75 intents of CLINC150 with 8 questions each, 90 % of the
# pairs that it puts together belong together, and it finds 46 % of those that do; of the 75 others 91 % and 47 %.
_ALIKE = 0.55
# Each wording is embedded and held against all before it, so that their number bounds time and memory.
_MOST = 2000


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A question that got no good answer, and how it `ended`; `record` is the id of its record.

    `words` are what was searched for: a follow-up has those of the question before it, without which it says nothing.
    Of an answer that left a part of the question open they are that part. `shown` has the hashes of the passages that
    an answer was written from; none for a refusal.
    """

    record: str
    at: str
    words: str
    ended: str
    assistant: str
    shown: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Gap:
    """Questions alike that one assistant did not answer well, in the order in which they were asked.

    Each is like `question`, the one of them that was asked most often.
    """

    question: str
    assistant: str
    asked: tuple[Asked, ...]

    @property
    def ended(self) -> Mapping[str, int]:
        """How many ended how; `shortcoming` has the names."""
        return Counter(one.ended for one in self.asked)

    @property
    def wordings(self) -> tuple[str, ...]:
        """In what other words it was asked."""
        words = dict.fromkeys(one.words for one in self.asked)
        return tuple(one for one in words if one != self.question)

    @property
    def shown(self) -> frozenset[str]:
        """The hashes of all passages that answers were written from; none if any question was refused."""
        each = [one.shown for one in self.asked]
        return frozenset().union(*each) if all(each) else frozenset()


@dataclass(frozen=True, kw_only=True)
class Gaps:
    """The gaps, what was asked most often first, and of these the latest.

    `records` is how many were looked at, `uncompared` how many questions were left out: those in the rarest and oldest
    words, where there are too many.
    """

    records: int
    gaps: Sequence[Gap]
    uncompared: int = 0


def gaps(records: Iterable[Record], embedder: Embedder, *, most: int = _MOST) -> Gaps:
    """Return what was not answered well, out of so many wordings at most.

    Raises:
        ModelError: the embedder did not do its work.
    """
    looked_at = 0
    by_words: dict[tuple[str, str], list[Asked]] = defaultdict(list)
    for record in records:
        looked_at += 1
        if ended := shortcoming(record):
            one = _asked(record, ended)
            by_words[one.assistant, one.words].append(one)
    wordings = sorted(by_words.values(), key=_rank, reverse=True)
    by_assistant: dict[str, list[list[Asked]]] = defaultdict(list)
    for alike in wordings[:most]:
        by_assistant[alike[0].assistant].append(alike)
    found = [gap for each in by_assistant.values() for gap in _grouped(each, embedder)]
    return Gaps(
        records=looked_at,
        gaps=sorted(found, key=lambda gap: _rank(gap.asked), reverse=True),
        uncompared=sum(map(len, wordings[most:])),
    )


def shortcoming(record: Record) -> str:
    """Return why an answer was none to be content with; empty for one that was, and for what a rule decided.

    "rated bad"; refused as "no_evidence" or "uncited"; "unsupported", if no passage bears any of it out; "left open",
    if it answers a part of the question; "dropped", if sentences were taken out; "partly", if no passage says some
    sentence whole.
    """
    if record.rating:
        return "rated bad" if record.rating < 0 else ""
    if record.refusal:
        return record.refusal if record.refusal in ("no_evidence", "uncited") else ""
    reasons = {
        "unsupported": record.citations and not any(cited.verdict in VERIFIED for cited in record.citations),
        "left open": record.missing,
        "dropped": record.dropped,
        "partly": record.doubtful,
    }
    return next((name for name, holds in reasons.items() if holds), "")


def _asked(record: Record, ended: str) -> Asked:
    words = " ".join(record.missing) if ended == "left open" else record.query or record.question
    return Asked(
        record=record.id,
        at=record.at,
        words=" ".join(words.split()),
        ended=ended,
        assistant=record.circumstances.assistant,
        shown=frozenset() if record.refusal else frozenset(hit.sha256 for hit in record.hits),
    )


def _rank(asked: Sequence[Asked]) -> tuple[int, str]:
    return len(asked), asked[-1].at


def _grouped(wordings: Sequence[list[Asked]], embedder: Embedder) -> list[Gap]:
    """Give each wording to the group it is most like, or make it the first of one, in the order they come in."""
    groups: list[list[Asked]] = []
    firsts = np.zeros((len(wordings), embedder.fingerprint.dimension), np.float32)
    for alike in wordings:
        vector = embedder.embed_query(alike[0].words)
        near = firsts[: len(groups)] @ vector
        if groups and near.max() >= _ALIKE:
            groups[int(near.argmax())].extend(alike)
        else:
            firsts[len(groups)] = vector
            groups.append(list(alike))
    return [
        Gap(question=each[0].words, assistant=each[0].assistant, asked=tuple(sorted(each, key=lambda one: one.at)))
        for each in groups
    ]
