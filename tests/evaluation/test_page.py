"""The report is looked at as a whole: its structure is a golden file, the drawings are checked by their shapes."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from ragkit.evaluation.bootstrap import Interval
from ragkit.evaluation.pages.plots import interval_plot
from ragkit.evaluation.pages.retrieval_page import page
from ragkit.evaluation.pages.svg import ticks
from ragkit.evaluation.retrieval.figures import differences, means, thresholds
from ragkit.evaluation.retrieval.metrics import METRICS
from ragkit.evaluation.retrieval.outcomes import SINGLE, Outcome, Report, Top
from ragkit.evaluation.sets.questions import LeftOut, Question
from tests.evaluation.structure import Structure

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "retrieval-report.txt"
NASTY = '<script>alert("1")</script> & owl'


def outcome(question: Question, hybrid: float, other: float) -> Outcome:
    """Return a question with the same value for every metric."""
    single = dict.fromkeys(METRICS, other)
    return Outcome(
        question=question,
        values={"lexical": single, "dense": single, "hybrid": dict.fromkeys(METRICS, hybrid)},
        tops={"lexical": Top(score=9.5, relevant=True), "hybrid": Top(score=0.03, relevant=False)},
        places={"lexical": {"owl": 1}, "hybrid": {"owl": 3}},
        evidence=0.4,
    )


def report() -> Report:
    """Return a report of three questions, one of them lost, none with a hit of dense."""
    outcomes = [
        outcome(Question(id="q1", text=NASTY, relevant={"owl": 1, "gone": 1}), 0.25, 1),
        outcome(Question(id="q2", text="dances flowers", relevant={"owl": 1}), 1, 0.5),
        outcome(Question(id="q3", text="night", relevant={"owl": 1}), 0.5, 0.5),
    ]
    return Report(
        name=NASTY,
        embedder="words",
        documents=4,
        chunks=5,
        missing=["gone"],
        unanswerable=1,
        left_out=LeftOut(without_judgement=2),
        means=means(outcomes),
        differences=[one for name in SINGLE for one in differences(outcomes, name)],
        thresholds=thresholds(outcomes, [0.2]),
        outcomes=outcomes,
        baseless=[0.2],
    )


def test_the_structure_of_the_page() -> None:
    structure = Structure()
    structure.feed(page(report(), losers=5))
    shown = "\n".join(structure.lines)
    golden = GOLDEN.read_text(encoding="utf-8")
    assert shown == golden.rstrip("\n"), f"if this is meant, write it to {GOLDEN.name}:\n{shown}"


def test_nothing_runs_and_nothing_is_fetched() -> None:
    # Broken on purpose: without `escape` in the title the question's script is one.
    written_page = page(report(), losers=5)
    assert "<script" not in written_page
    assert not re.search(r"https?:|//|url\(|@import|\bsrc=|\bhref=|\bon\w+=", written_page)
    assert "default-src 'none'" in written_page


def test_every_tag_is_closed() -> None:
    opened: list[str] = []

    class Balance(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            if tag != "meta":
                opened.append(tag)

        def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            pass

        def handle_endtag(self, tag: str) -> None:
            assert opened.pop() == tag

    Balance().feed(page(report(), losers=5))
    assert opened == []


def test_every_shape_lies_on_its_drawing() -> None:
    # Broken on purpose: entries of a legend side by side run off the right edge.
    drawings = list(re.finditer(r'<svg viewBox="0 0 (\d+) (\d+)"(.*?)</svg>', page(report(), losers=5), re.DOTALL))
    assert len(drawings) == 8
    for drawing in drawings:
        width, height, shapes = int(drawing[1]), int(drawing[2]), drawing[3]
        assert all(0 <= float(x) <= width for x in re.findall(r' c?x[12]?="([^"]+)"', shapes))
        assert all(0 <= float(y) <= height for y in re.findall(r' c?y[12]?="([^"]+)"', shapes))
        assert not re.search(r"\bnan\b", shapes)


def test_names_stand_in_the_margin_whatever_their_length() -> None:
    # Broken on purpose: `left=LEFT` for every drawing lets the longest name begin to the left of it.
    name, mean = "abstention_precision_of_all", Interval(mean=0.5, low=0.25, high=0.75, n=4)
    drawn = interval_plot([(name, [("found", mean)])], said="One mean")
    right = float(re.findall(rf'<text x="([^"]+)" y="[^"]+" text-anchor="end">{name}', drawn)[0])
    zero = float(re.findall(r'<line class="grid" x1="([^"]+)"', drawn)[0])
    assert len(name) * 6.6 < right < zero


@pytest.mark.parametrize(
    ("low", "high", "whole", "numbers"),
    [
        (5.501, 26.68, False, [10, 15, 20, 25]),
        (0.3172, 0.8224, False, [0.4, 0.5, 0.6, 0.7, 0.8]),
        (0, 1, True, [0, 1]),
        (0, 49, True, [0, 10, 20, 30, 40]),
    ],
)
def test_an_axis_has_round_numbers(low: float, high: float, whole: bool, numbers: list[float]) -> None:
    # Broken on purpose: `floor` for the first one puts it before the axis.
    assert ticks(low, high, whole=whole) == pytest.approx(numbers)


def test_paper_has_the_colours_of_the_day() -> None:
    # Broken on purpose: the dark colours for every medium.
    assert "@media screen and (prefers-color-scheme: dark)" in page(report(), losers=1)
