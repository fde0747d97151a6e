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


@dataclass(frozen=True, kw_only=True)
class Gap:
    """Questions alike that one assistant did not answer well. The `records` are in the order in which they were asked.

    Each is like `question`, the one of them that was asked most often, in the words that were searched for: a follow-up
    has those of the question before it, without which it says nothing.
    """

    question: str
    assistant: str
    records: tuple[Record, ...]

    @property
    def ended(self) -> Mapping[str, int]:
        """How many were "rated bad", refused as "no_evidence" or "uncited", or answered "unsupported"."""
        return Counter(ending for record in self.records if (ending := shortcoming(record)))

    @property
    def wordings(self) -> tuple[str, ...]:
        """In what other words it was asked."""
        asked = dict.fromkeys(map(_searched, self.records))
        return tuple(words for words in asked if words != self.question)


def gaps(records: Iterable[Record], embedder: Embedder) -> list[Gap]:
    """Return what was not answered well, what was asked most often first, and of these the latest.

    Raises:
        ModelError: the embedder did not do its work.
    """
    asked: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        if shortcoming(record):
            asked[record.circumstances.assistant].append(record)
    found = [gap for assistant, each in asked.items() for gap in _grouped(assistant, each, embedder)]
    return sorted(found, key=lambda gap: (len(gap.records), gap.records[-1].at), reverse=True)


def shortcoming(record: Record) -> str:
    """Return why an answer was none to be content with; empty for one that was, and for what a rule decided."""
    if record.rating:
        return "rated bad" if record.rating < 0 else ""
    if record.refusal:
        return record.refusal if record.refusal in ("no_evidence", "uncited") else ""
    supported = not record.citations or any(cited.verdict in VERIFIED for cited in record.citations)
    return "" if supported else "unsupported"


def _grouped(assistant: str, records: Sequence[Record], embedder: Embedder) -> list[Gap]:
    """Give each question to the group it is most like, or make it the first of one: the frequent ones before."""
    by_words: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        by_words[_searched(record)].append(record)
    groups: list[tuple[str, list[Record]]] = []
    firsts = np.zeros((len(by_words), embedder.fingerprint.dimension), np.float32)
    for words in sorted(by_words, key=lambda words: -len(by_words[words])):
        vector = embedder.embed_query(words)
        near = firsts[: len(groups)] @ vector
        if groups and near.max() >= _ALIKE:
            groups[int(near.argmax())][1].extend(by_words[words])
        else:
            firsts[len(groups)] = vector
            groups.append((words, list(by_words[words])))
    return [
        Gap(question=words, assistant=assistant, records=tuple(sorted(each, key=lambda record: record.at)))
        for words, each in groups
    ]


def _searched(record: Record) -> str:
    return " ".join((record.query or record.question).split())
