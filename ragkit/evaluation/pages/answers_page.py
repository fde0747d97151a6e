"""The report of answers as one HTML file."""

from collections.abc import Sequence
from html import escape

from ragkit.evaluation.answers.judging import Agreement
from ragkit.evaluation.answers.outcomes import AnswerMean, AnswerOutcome, AnswersReport
from ragkit.evaluation.pages.sheet import bullets, sheet, table
from ragkit.evaluation.pages.svg import Axes, dot, drawing, line, text

_ROW = 26
_TENTHS = [tenth / 10 for tenth in range(11)]


def answers_page(report: AnswersReport) -> str:
    """Return the report with every case that is not right: what was expected, and what came."""
    return sheet(
        f"Answers to {report.name}",
        [*_summary(report), *_means(report), *_against(report), *_refusals(report), *_costs(report), *_wrong(report)],
    )


def remarks(report: AnswersReport) -> list[str]:
    """Return what the figures do not count, or count as wrong, with its number."""
    counted = [
        (report.failed, "questions ended in an error and count as wrong, and in no other measure"),
        (report.unjudged, "cases say nothing that an answer can be held to; they count where nothing is needed for it"),
        (report.without_text, "cases ask nothing and were left out"),
        (report.missing_documents, "documents of the cases are not in the store"),
    ]
    return [f"{count} {said}." for count, said in counted if count]


def agreed(agreement: Agreement) -> str:
    """Say how far the judge agrees with the rules."""
    more = f"; {agreement.without_verdict} more got no verdict" if agreement.without_verdict else ""
    if agreement.agreed is None:
        return f"{agreement.model} judged none of the answers{more}."
    kappa = "not defined" if agreement.kappa is None else f"{agreement.kappa:.2f}"
    same = f"says what the rules say of {agreement.agreed:.0%} of {agreement.n} answers"
    return f"{agreement.model} {same} (Cohen's kappa {kappa}){more}."


def _summary(report: AnswersReport) -> list[str]:
    asked = f"{len(report.outcomes)} cases, answered by the assistant {report.assistant} with {report.model}"
    return bullets([asked, *remarks(report), *([agreed(report.agreement)] if report.agreement else [])])


def _means(report: AnswersReport) -> list[str]:
    rows = [[mean.metric, str(mean.n), mean.shown()] for mean in report.means]
    return [
        "<h2>Means</h2>",
        table(["measure", "n", "mean"], rows),
        _plot(report.means),
        "<p>In brackets and as lines: 95 % intervals of 1,000 bootstrap resamples of the cases that a measure "
        "applies to.</p>",
    ]


def _plot(means: Sequence[AnswerMean]) -> str:
    height = len(means) * _ROW + 70
    axes = Axes(x=(0, 1), y=(0, 1), height=height)
    shapes = axes.frame(across=_TENTHS, up=(), names=("mean and 95 % interval", ""))
    for number, one in enumerate(means):
        top = 34.0 + number * _ROW
        low, high, middle = (axes.at(value, 0)[0] for value in (one.low, one.high, one.mean))
        # The margin has room for numbers only.
        shapes.append(text((axes.at(0, 0)[0] + 4, top - 6), one.metric))
        shapes.append(line((low, top), (high, top), kind="interval hybrid"))
        shapes.append(dot((middle, top), kind="hybrid", title=f"{one.metric}: {one.shown()}, n = {one.n}"))
    return drawing(shapes, height=height, said="Means of every measure with intervals")


def _against(report: AnswersReport) -> list[str]:
    if report.baseline is None:
        return []
    rows = [
        [one.metric, str(one.n), one.shown(sign="+"), f"{one.won} / {one.lost} / {one.tied}"]
        for one in report.differences
    ]
    title = f"{report.model} less {report.baseline.model}"
    return [f"<h2>{escape(title)}</h2>", table(["measure", "n", "difference", "won / lost / tied"], rows)]


def _refusals(report: AnswersReport) -> list[str]:
    rows = [[one.expected, one.got, str(one.n)] for one in report.refusals]
    return ["<h2>Answered or refused</h2>", table(["expected", "came", "cases"], rows)] if rows else []


def _costs(report: AnswersReport) -> list[str]:
    rows = [[one.stage, str(one.n), f"{one.p50:.3f}", f"{one.p95:.3f}"] for one in report.latency]
    used = report.tokens
    told = f"{used.prompt_tokens} tokens read and {used.answer_tokens} written for {used.n} questions."
    return ["<h2>Seconds and tokens</h2>", table(["stage", "n", "p50", "p95"], rows), f"<p>{told}</p>"]


def _wrong(report: AnswersReport) -> list[str]:
    rows = [_row(outcome) for outcome in report.wrong]
    head = ["id", "question", "what is wrong", "answer", "judge"]
    return [f"<h2>Not right: {len(rows)}</h2>", table(head, rows) if rows else "<p>None.</p>"]


def _row(outcome: AnswerOutcome) -> list[str]:
    said = outcome.answer.text if outcome.answer else ""
    return [outcome.case.id, outcome.case.question, "; ".join(outcome.faults), said, outcome.judged or ""]
