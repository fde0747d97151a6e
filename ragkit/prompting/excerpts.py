"""The sentences of the passages that are worth their tokens, by words and by meaning, and what must stand by them."""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from ragkit.documents import Hit, names_above
from ragkit.prompting.conversation import Shown
from ragkit.prompting.nearness import Nearness
from ragkit.prompting.pieces import Piece, headings, pieces
from ragkit.text.sentences import telling

# How much counts beside the question's words in a sentence: how near it is by meaning, the rank of its passage, and the
# better one of the sentences beside it. What has less than this share of the best score is left out, however much room
# there is. Chosen on half of the contracts of ContractNLI's dev part, see decision 18.
_MEANING, _RANK, _BESIDE = 0.75, 0.3, 0.3
_LEAST = 0.4
# What the number and the fence of a passage cost, in characters, beside its title and headings.
_FENCE = 40


def excerpts(
    question: str,
    hits: Sequence[Hit],
    *,
    budget: int,
    count_tokens: Callable[[str], int],
    nearness: Nearness | None = None,
) -> list[Shown]:
    """Return the passages, in their order, with the sentences that serve the question best and fit into `budget`.

    `budget` is in tokens, about: letters are counted, of the headings too. Sentences are whole; an item of a list comes
    with the line that introduces it, a row with the first one of its table, or with all of a small one, and each
    passage with the headings that it begins with. The best sentence is always there, and the best one with each of the
    question's words if there is room. What is far behind the best is left out, so that most questions take much less
    than the budget. Passages of which no sentence is chosen are left out. Without `nearness` words alone decide.
    """
    found = pieces(hits)
    if not found:
        return []
    texts = "\n".join(hit.chunk.text for hit in hits)
    # One count for all: each sentence by itself would ask some models hundreds of times.
    room = budget * len(texts) / max(1, count_tokens(texts))
    worth = [
        shared + _RANK * _standing(piece, hits[piece.hit])
        for piece, shared in zip(found, _shares(question, found), strict=True)
    ]
    if nearness:
        worth = _with_meaning(question, found, worth, nearness)
    wanted = _wanted(question, found, _with_neighbours(found, worth))
    chosen = _affordable(found, wanted, [_head(hit) for hit in hits], room)
    shown = {number: headings(hits[number].chunk) for number in sorted({found[each].hit for each in chosen})}
    for each in sorted(chosen):
        shown[found[each].hit].append(found[each].span)
    return [Shown(hit=hits[number], spans=tuple(spans)) for number, spans in shown.items()]


def _shares(question: str, found: Sequence[Piece]) -> list[float]:
    """Return which share of the question's words each has, rare ones counting more."""
    frequency = Counter(word for piece in found for word in piece.words)
    weights = {word: math.log(1 + len(found) / (1 + frequency[word])) for word in set(telling(question))}
    total = sum(weights.values()) or 1.0
    return [sum(weight for word, weight in weights.items() if word in piece.words) / total for piece in found]


def _standing(piece: Piece, hit: Hit) -> float:
    """Return 1 for a sentence of the best passage, 1/2 for one of the next, and less where its part scores less."""
    start = hit.chunk.start + piece.span.start
    best = max((part.score for part in hit.parts), default=0.0)
    own = sum(part.score for part in hit.parts if part.chunk.start <= start < part.chunk.end)
    return (max(0.0, own / best) if best > 0 else 1.0) / (1 + piece.hit)


def _with_meaning(question: str, found: Sequence[Piece], worth: Sequence[float], nearness: Nearness) -> list[float]:
    """Add what the best of them are by meaning; the others are taken to be no nearer than the farthest of these."""
    best = sorted(range(len(found)), key=lambda each: -worth[each])[: nearness.most]
    near = dict(zip(best, nearness.cosines(question, [found[each].text for each in best]), strict=True))
    farthest = min(near.values())
    return [own + _MEANING * near.get(each, farthest) for each, own in enumerate(worth)]


def _with_neighbours(found: Sequence[Piece], worth: Sequence[float]) -> list[float]:
    beside = [0.0] * len(found)
    for before, after in pairwise(range(len(found))):
        if found[before].hit == found[after].hit:
            beside[before] = max(beside[before], worth[after])
            beside[after] = max(beside[after], worth[before])
    return [own + _BESIDE * near for own, near in zip(worth, beside, strict=True)]


def _wanted(question: str, found: Sequence[Piece], scores: Sequence[float]) -> Iterator[int]:
    """Yield the numbers of the best, and of the best one with each word of the question, the best first.

    A sentence with a name can be far ahead of the one that tells what is asked about it.
    """
    ranked = sorted(range(len(found)), key=lambda each: -scores[each])
    missing = set(telling(question))
    for number in ranked:
        if number == ranked[0] or scores[number] >= _LEAST * scores[ranked[0]] or missing & found[number].words:
            yield number
        missing -= found[number].words


def _head(hit: Hit) -> int:
    return _FENCE + sum(len(name) + 3 for name in names_above(hit.chunk.title, hit.chunk.heading, ""))


def _affordable(found: Sequence[Piece], wanted: Iterator[int], heads: Sequence[int], room: float) -> set[int]:
    """Return the numbers of those that fit, each with what it needs; the first one always."""
    chosen: set[int] = set()
    begun: set[int] = set()
    for number in wanted:
        hit = found[number].hit
        more = {number, *found[number].needs} - chosen
        cost = sum(len(found[each].text) + 1 for each in more) + (0 if hit in begun else heads[hit])
        if not chosen or cost <= room:
            chosen |= more
            begun.add(hit)
            room -= cost
    return chosen
