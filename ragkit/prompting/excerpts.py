"""The sentences of the passages that are worth their tokens, by the question's words, and what must stand by them."""

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ragkit.documents import Hit
from ragkit.prompting.conversation import Shown
from ragkit.sentences import Span, sentences, telling

_ITEM = re.compile(r"(?:[-*•]|\d+[.)])\s")
_ROW = " | "
# How much a sentence's passage counts beside the question's words in it: its rank, how near it is by meaning, and the
# better one of the sentences beside it. Chosen on the dev part of ContractNLI, see decision 18.
_RANK, _MEANING, _BESIDE = 0.3, 0.3, 0.5
# What the number and the fence of a passage cost, in characters, beside its title and heading.
_FENCE = 40


@dataclass(frozen=True, kw_only=True)
class _Piece:
    """A sentence, and the number of its passage."""

    hit: int
    span: Span
    text: str


def excerpts(question: str, hits: Sequence[Hit], *, budget: int, count_tokens: Callable[[str], int]) -> list[Shown]:
    """Return the passages, in their order, with the sentences that serve the question best and fit into `budget`.

    `budget` is in tokens, about: letters are counted, of the headings too. Sentences are whole; an item of
    a list comes with the line that introduces it, and a row of a table with the table's first row. The best sentence
    is always there. Passages of which no sentence is chosen are left out; what fits altogether is whole.
    """
    texts = "\n".join(hit.chunk.text for hit in hits)
    # One count for all: each sentence by itself would ask some models hundreds of times.
    room = budget * len(texts) / max(1, count_tokens(texts))
    heads = [_FENCE + len(hit.chunk.title) + len(hit.chunk.heading) for hit in hits]
    if len(texts) + sum(heads) <= room:
        return [Shown.whole(hit) for hit in hits]
    pieces = [piece for number, hit in enumerate(hits) for piece in _pieces(number, hit.chunk.text)]
    chosen = _affordable(pieces, _scores(question, hits, pieces), heads, room)
    spans: dict[int, list[Span]] = {}
    for piece in sorted(chosen):
        spans.setdefault(pieces[piece].hit, []).append(pieces[piece].span)
    return [Shown(hit=hits[number], spans=tuple(found)) for number, found in spans.items()]


def _pieces(number: int, text: str) -> list[_Piece]:
    return [_Piece(hit=number, span=span, text=text[span.start : span.end]) for span in sentences(text)]


def _needs(pieces: Sequence[_Piece]) -> list[tuple[int, ...]]:
    """Return for each piece what it can't do without: an item its introduction, a row the first one of its table."""
    needs: list[tuple[int, ...]] = []
    introduction: tuple[int, ...] = ()
    header: tuple[int, ...] = ()
    for number, piece in enumerate(pieces):
        if number and pieces[number - 1].hit != piece.hit:
            introduction = header = ()
        is_row, is_item = _ROW in piece.text, _ITEM.match(piece.text) is not None
        needs.append(header if is_row else introduction if is_item else ())
        header = (header or (number,)) if is_row else ()
        if not is_item:
            introduction = (number,) if piece.text.endswith(":") else ()
    return needs


def _scores(question: str, hits: Sequence[Hit], pieces: Sequence[_Piece]) -> list[float]:
    """Return what each is worth: the share of the question's words in it, rare ones counting more, and its place."""
    bodies = [set(telling(piece.text)) for piece in pieces]
    frequency = Counter(word for body in bodies for word in body)
    weights = {word: math.log(1 + len(pieces) / (1 + frequency[word])) for word in set(telling(question))}
    total = sum(weights.values()) or 1.0
    own = [
        sum(weight for word, weight in weights.items() if word in body) / total
        + _RANK / (1 + piece.hit)
        + _MEANING * hits[piece.hit].why.get("dense_score", 0.0)
        for piece, body in zip(pieces, bodies, strict=True)
    ]
    beside = [0.0] * len(pieces)
    for before, after in pairwise(range(len(pieces))):
        if pieces[before].hit == pieces[after].hit:
            beside[before] = max(beside[before], own[after])
            beside[after] = max(beside[after], own[before])
    return [mine + _BESIDE * near for mine, near in zip(own, beside, strict=True)]


def _affordable(pieces: Sequence[_Piece], scores: Sequence[float], heads: Sequence[int], room: float) -> set[int]:
    """Return the numbers of the best pieces that fit, each with what it needs; at least the best one."""
    needs = _needs(pieces)
    chosen: set[int] = set()
    begun: set[int] = set()
    for number in sorted(range(len(pieces)), key=lambda each: -scores[each]):
        hit = pieces[number].hit
        more = {number, *needs[number]} - chosen
        cost = sum(len(pieces[each].text) + 1 for each in more) + (0 if hit in begun else heads[hit])
        if cost <= room or not chosen:
            chosen |= more
            begun.add(hit)
            room -= cost
    return chosen
