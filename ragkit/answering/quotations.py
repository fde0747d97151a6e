"""What an answer cites, as it is shown to a reader: one quotation a passage, not one a sentence."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from ragkit.answer import Citation
from ragkit.documents import Chunk
from ragkit.quotes import Verdict

# Between two items of a list stands nothing else.
_NEIGHBOURS = re.compile(r"[;:,]?\s*(?:[-*•·|\u2013]\s+|\(?\w{1,3}(?:\.\d+)*[.)]\s+)?")


@dataclass(frozen=True, kw_only=True)
class Quotation:
    """What an answer takes from one passage with one verdict: `lines` for the reader, `spans` to find it.

    The spans are offsets into the whole document's text, in its order, without overlap. A verified quotation has the
    source's words, and "…" where some lie between two sentences; any other has the sentence of the answer.
    """

    marker: int
    chunk: Chunk
    verdict: Verdict
    verified: bool
    spans: tuple[tuple[int, int], ...]
    lines: tuple[str, ...]


def quotations(citations: Sequence[Citation]) -> list[Quotation]:
    """Return the quotations, each passage's together, in the order in which the answer first cites the passages.

    What is not verified is not joined: each of these sentences stands for itself.
    """
    passages = dict.fromkeys(citation.marker for citation in citations)
    alike: dict[tuple[int, Verdict, str], list[Citation]] = {}
    for citation in sorted(citations, key=lambda one: list(passages).index(one.marker)):
        alone = "" if citation.verified else citation.sentence
        alike.setdefault((citation.marker, citation.verdict, alone), []).append(citation)
    return [_quotation(each) for each in alike.values()]


def _quotation(alike: Sequence[Citation]) -> Quotation:
    first = alike[0]
    spans = _joined([(one.start, one.end) for one in alike])
    return Quotation(
        marker=first.marker,
        chunk=first.chunk,
        verdict=first.verdict,
        verified=first.verified,
        spans=spans,
        lines=_lines(first.chunk, spans) if first.verified else (_flat(first.sentence),),
    )


def _joined(spans: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Return spans in order, those that overlap as one."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return tuple(joined)


def _lines(chunk: Chunk, spans: Sequence[tuple[int, int]]) -> tuple[str, ...]:
    """Return the words at these spans, sentence after sentence; what was a line of its own, as a list's items, is."""
    text, at = chunk.text, chunk.start
    lines = [_flat(text[spans[0][0] - at : spans[0][1] - at])]
    for (_, end), (start, last) in pairwise(spans):
        between, words = text[end - at : start - at], _flat(text[start - at : last - at])
        gap = "" if _NEIGHBOURS.fullmatch(between) else "… "
        if "\n" in between:
            lines.append(f"{gap}{words}")
        else:
            lines[-1] += f" {gap}{words}"
    return tuple(lines)


def _flat(text: str) -> str:
    return " ".join(text.split())
