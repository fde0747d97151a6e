"""The sentences of the passages that are worth their tokens, by words and by meaning, and what must stand by them."""

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ragkit.documents import Hit
from ragkit.prompting.conversation import Shown
from ragkit.prompting.nearness import Nearness
from ragkit.sentences import Span, sentences, telling

_ITEM = re.compile(r"(?:[-*•]|\d+[.)])\s")
_ROW = " | "
# How much counts beside the question's words in a sentence: how near it is by meaning, the rank and the nearness of its
# passage, and the better one of the sentences beside it. What has less than this share of the best score is left out,
# even if there is room. Chosen on half of the contracts of ContractNLI's dev part, see decision 18.
_MEANING, _RANK, _PASSAGE, _BESIDE = 0.75, 0.3, 0.3, 0.3
_LEAST = 0.4
# What the number and the fence of a passage cost, in characters, beside its title and heading.
_FENCE = 40


@dataclass(frozen=True, kw_only=True)
class _Piece:
    """A sentence, and the number of its passage."""

    hit: int
    span: Span
    text: str


def excerpts(
    question: str,
    hits: Sequence[Hit],
    *,
    budget: int,
    count_tokens: Callable[[str], int],
    nearness: Nearness | None = None,
) -> list[Shown]:
    """Return the passages, in their order, with the sentences that serve the question best and fit into `budget`.

    `budget` is in tokens, about: letters are counted, of the headings too. Sentences are whole; an item of
    a list comes with the line that introduces it, and a row of a table with the table's first row. The best sentence
    is always there; where it is far better than others, less than the budget is used. Passages of which no sentence is
    chosen are left out; what fits altogether is whole. Without `nearness` words alone decide.
    """
    texts = "\n".join(hit.chunk.text for hit in hits)
    # One count for all: each sentence by itself would ask some models hundreds of times.
    room = budget * len(texts) / max(1, count_tokens(texts))
    heads = [_FENCE + len(hit.chunk.title) + len(hit.chunk.heading) for hit in hits]
    if len(texts) + sum(heads) <= room:
        return [Shown.whole(hit) for hit in hits]
    pieces = [piece for number, hit in enumerate(hits) for piece in _pieces(number, hit.chunk.text)]
    worth = [
        shared + _RANK / (1 + piece.hit) + _PASSAGE * hits[piece.hit].why.get("dense_score", 0.0)
        for piece, shared in zip(pieces, _shares(question, pieces), strict=True)
    ]
    if nearness:
        worth = _with_meaning(question, pieces, worth, nearness)
    chosen = _affordable(pieces, _with_neighbours(pieces, worth), heads, room)
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


def _shares(question: str, pieces: Sequence[_Piece]) -> list[float]:
    """Return which share of the question's words each has, rare ones counting more."""
    bodies = [set(telling(piece.text)) for piece in pieces]
    frequency = Counter(word for body in bodies for word in body)
    weights = {word: math.log(1 + len(pieces) / (1 + frequency[word])) for word in set(telling(question))}
    total = sum(weights.values()) or 1.0
    return [sum(weight for word, weight in weights.items() if word in body) / total for body in bodies]


def _with_meaning(question: str, pieces: Sequence[_Piece], worth: Sequence[float], nearness: Nearness) -> list[float]:
    """Add what the best of them are by meaning; the others are taken to be no nearer than the farthest of these."""
    best = sorted(range(len(pieces)), key=lambda each: -worth[each])[: nearness.most]
    near = dict(zip(best, nearness.cosines(question, [pieces[each].text for each in best]), strict=True))
    farthest = min(near.values(), default=0.0)
    return [own + _MEANING * near.get(each, farthest) for each, own in enumerate(worth)]


def _with_neighbours(pieces: Sequence[_Piece], worth: Sequence[float]) -> list[float]:
    beside = [0.0] * len(pieces)
    for before, after in pairwise(range(len(pieces))):
        if pieces[before].hit == pieces[after].hit:
            beside[before] = max(beside[before], worth[after])
            beside[after] = max(beside[after], worth[before])
    return [own + _BESIDE * near for own, near in zip(worth, beside, strict=True)]


def _affordable(pieces: Sequence[_Piece], scores: Sequence[float], heads: Sequence[int], room: float) -> set[int]:
    """Return the numbers of the best pieces that fit, each with what it needs; at least the best one."""
    least = _LEAST * max(scores, default=0.0)
    needs = _needs(pieces)
    chosen: set[int] = set()
    begun: set[int] = set()
    for number in sorted(range(len(pieces)), key=lambda each: -scores[each]):
        hit = pieces[number].hit
        more = {number, *needs[number]} - chosen
        cost = sum(len(pieces[each].text) + 1 for each in more) + (0 if hit in begun else heads[hit])
        if not chosen or (cost <= room and scores[number] >= least):
            chosen |= more
            begun.add(hit)
            room -= cost
    return chosen
