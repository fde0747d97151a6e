"""The report of answers as one HTML file."""

from html import escape

from ragkit.evaluation.answers.judging import Agreement
from ragkit.evaluation.answers.outcomes import AnswerOutcome, AnswersReport
from ragkit.evaluation.pages.plots import interval_plot
from ragkit.evaluation.pages.sheet import bullets, sheet, table
from ragkit.text.plural import counted

_KIND = "answered"


def answers_page(report: AnswersReport) -> str:
    """Return the report with every case that is not right: what was expected, and what came."""
    return sheet(
        f"Answers to {report.name}",
        [*_summary(report), *_means(report), *_against(report), *_refusals(report), *_costs(report), *_wrong(report)],
    )


def remarks(report: AnswersReport) -> list[str]:
    """Return what the figures do not count, or count as wrong, with its number."""
    counts = [
        (report.failed, "question", "ended in an error: wrong, and in no other measure"),
        (report.unjudged, "case", "with nothing that an answer can be held to: only where nothing is needed for it"),
        (report.without_text, "case", "without a question, left out"),
        (report.missing_documents, "document", "of the cases not in the store"),
    ]
    return [f"{counted(count, noun)} {said}." for count, noun, said in counts if count]


def agreed(agreement: Agreement) -> str:
    """Say how far the judge agrees with the rules."""
    more = f"; {agreement.without_verdict} more got no verdict" if agreement.without_verdict else ""
    if agreement.agreed is None:
        return f"{agreement.model} judged none of the answers{more}."
    kappa = "not defined" if agreement.kappa is None else f"{agreement.kappa:.2f}"
    same = f"says what the rules say of {agreement.agreed:.0%} of {counted(agreement.n, 'answer')}"
    return f"{agreement.model} {same} (Cohen's kappa {kappa}){more}."


def _summary(report: AnswersReport) -> list[str]:
    asked = f"{counted(len(report.outcomes), 'case')}, answered by the assistant {report.assistant} with {report.model}"
    return bullets([asked, *remarks(report), *([agreed(report.agreement)] if report.agreement else [])])


def _means(report: AnswersReport) -> list[str]:
    rows = [[mean.metric, str(mean.n), mean.shown()] for mean in report.means]
    return [
        "<h2>Means</h2>",
        table(["measure", "n", "mean"], rows),
        interval_plot(
            [(mean.metric, [(_KIND, mean)]) for mean in report.means], said="Means of every measure with intervals"
        ),
        "<p>In brackets and as lines: 95 % intervals of 1,000 bootstrap resamples of the cases that a measure "
        "applies to.</p>",
    ]


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
    told = f"{used.prompt_tokens} tokens read and {used.answer_tokens} written for {counted(used.n, 'question')}."
    return ["<h2>Seconds and tokens</h2>", table(["stage", "n", "p50", "p95"], rows), f"<p>{told}</p>"]


def _wrong(report: AnswersReport) -> list[str]:
    judged = [] if report.agreement is None else ["judge"]
    rows = [_row(outcome)[: 4 + len(judged)] for outcome in report.wrong]
    head = ["id", "question", "what is wrong", "answer", *judged]
    return [f"<h2>Not right: {len(rows)}</h2>", table(head, rows) if rows else "<p>None.</p>"]


def _row(outcome: AnswerOutcome) -> list[str]:
    said = outcome.answer.text if outcome.answer else ""
    return [outcome.case.id, outcome.case.question, "; ".join(outcome.faults), said, outcome.judged or ""]
