"""Whether the sentences that the extractive engine shows are the evidence: precision, and recall of the spans.

Run `python -m benchmarks.evidence FILE [--keep FOLDER] [--json FILE]`, where FILE is ContractNLI's dev.json or
test.json. Every hypothesis that a contract entails or contradicts is asked of this contract alone, eight passages long.
A unit that is shown is right if half of its characters stand in spans of the evidence; a span is found if half of its
own are shown. `shown 1`, `2` and `3` show so many units whatever they are worth, `adaptive` what the engine would show,
and `assistant` what is left of that when the engine may refuse: a refusal shows nothing, and finds nothing.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.contractnli import Contract, Spans, run
from ragkit.documents import Hit
from ragkit.evaluation.bootstrap import RESAMPLES
from ragkit.filters import Equals
from ragkit.models.chat.grounding import GroundedQuestion, Passage
from ragkit.models.embedding.embedder import Embedder
from ragkit.models.extractive.extractive import ExtractiveChat
from ragkit.prompting.prompts import Prompting
from ragkit.retrieval.base import Retriever
from ragkit.text.units import Unit
from ragkit.workspace import Workspace

LIMIT = 8
FIXED = (1, 2, 3)
_HALF = 0.5
_PERCENT = (2.5, 97.5)
METRICS = ("precision", "recall", "any span", "shown")


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What was shown of a contract for a hypothesis: units, right ones, spans of evidence, and those found."""

    contract: str
    units: int
    right: int
    spans: int
    found: int


@dataclass(frozen=True, kw_only=True)
class Row:
    """A share over `n` questions, with an interval that comes from drawing whole contracts."""

    way: str
    metric: str
    value: float
    low: float
    high: float
    n: int


class Engines:
    """The ways that are compared."""

    def __init__(self, embedder: Embedder) -> None:
        self._all = ExtractiveChat(embedder=embedder, minimum=0, near=0, most=max(FIXED))
        self._adaptive = ExtractiveChat(embedder=embedder, minimum=0)
        self._assistant = ExtractiveChat(embedder=embedder)

    def choose(self, asked: GroundedQuestion) -> dict[str, list[Unit[Passage]]]:
        """Return the units that each way shows."""
        best = self._all.choose(asked)
        fixed = {f"shown {most}": best[:most] for most in FIXED}
        return {**fixed, "adaptive": self._adaptive.choose(asked), "assistant": self._assistant.choose(asked)}


def measure(opened: Workspace, contracts: Sequence[Contract], hypotheses: dict[str, str]) -> list[Row]:
    """Ask each way for each hypothesis that a contract has evidence on."""
    engines, retriever = Engines(opened.embedder), opened.retriever()
    shown: dict[str, list[Shown]] = defaultdict(list)
    for contract in contracts:
        for key, spans in contract.evidence.items():
            asked, hits = _asked(opened, retriever, contract, hypotheses[key])
            for way, chosen in engines.choose(asked).items():
                shown[way].append(_judged(contract.name, chosen, hits, spans))
    return [row for way, found in shown.items() for row in _rows(way, found)]


def table(rows: Sequence[Row]) -> str:
    """Return the shares as a table in Markdown."""
    lines = [f"| | n | {' | '.join(METRICS)} |", "|---|---|" + "---|" * len(METRICS)]
    for way in dict.fromkeys(row.way for row in rows):
        own = [row for row in rows if row.way == way]
        cells = " | ".join(f"{row.value:.3f} [{row.low:.3f}, {row.high:.3f}]" for row in own)
        lines.append(f"| {way} | {own[0].n} | {cells} |")
    return "\n".join(lines)


def _asked(
    opened: Workspace, retriever: Retriever, contract: Contract, hypothesis: str
) -> tuple[GroundedQuestion, Sequence[Hit]]:
    where = Equals("uri", contract.name)
    hits = retriever.retrieve(hypothesis, limit=LIMIT, where=where, viewer=opened.store.owner)
    prompt = Prompting(engine=opened.engine).prompt(hypothesis, hits, instructions="")
    asked = prompt.messages[-1]
    assert isinstance(asked, GroundedQuestion)
    return asked, prompt.shown


def _judged(name: str, chosen: Sequence[Unit[Passage]], hits: Sequence[Hit], spans: Spans) -> Shown:
    places = [list(_places(unit, hits[unit.passage.marker - 1])) for unit in chosen]
    every = [place for unit in places for place in unit]
    return Shown(
        contract=name,
        units=len(chosen),
        right=sum(_share(unit, spans) >= _HALF for unit in places),
        spans=len(spans),
        found=sum(_share([span], every) >= _HALF for span in spans),
    )


def _places(unit: Unit[Passage], hit: Hit) -> Iterator[tuple[int, int]]:
    """Yield where the lines of a unit stand in the document, with the sentence that it points back at."""
    at = 0
    for line in filter(None, (unit.before, *unit.lines)):
        at = hit.chunk.text.index(line, at)
        yield hit.chunk.start + at, hit.chunk.start + at + len(line)
        at += len(line)


def _share(places: Spans, within: Spans) -> float:
    """Return the share of the characters of places that stand within others."""
    inside = {at for start, end in within for at in range(start, end)}
    own = {at for start, end in places for at in range(start, end)}
    return len(own & inside) / len(own)


def _rows(way: str, shown: Sequence[Shown]) -> Iterator[Row]:
    names = sorted({one.contract for one in shown})
    sums = np.array([_sums([one for one in shown if one.contract == name]) for name in names], np.float64)
    draws = np.random.default_rng(1).integers(len(sums), size=(RESAMPLES, len(sums)))
    drawn = np.array([_shares(sums[draw].sum(axis=0)) for draw in draws])
    lows, highs = np.percentile(drawn, _PERCENT, axis=0)
    for metric, value, low, high in zip(METRICS, _shares(sums.sum(axis=0)), lows, highs, strict=True):
        yield Row(way=way, metric=metric, value=float(value), low=float(low), high=float(high), n=len(shown))


def _sums(shown: Sequence[Shown]) -> list[int]:
    totals = [(one.units, one.right, one.spans, one.found, one.found > 0, 1) for one in shown]
    return [sum(column) for column in zip(*totals, strict=True)]


def _shares(sums: NDArray[np.float64]) -> list[float]:
    units, right, spans, found, answered, questions = sums
    return [right / max(1, units), found / spans, answered / questions, units / questions]


if __name__ == "__main__":
    run(measure, table, about=__doc__)
