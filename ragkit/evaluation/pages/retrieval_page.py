"""The report of a search as one HTML file."""

from ragkit.evaluation.pages.plots import gain_plot, metric_plot, reliability_plot, score_plot, threshold_plot
from ragkit.evaluation.pages.sheet import bullets, sheet, table
from ragkit.evaluation.retrieval.calibration import Calibration
from ragkit.evaluation.retrieval.metrics import MAIN, METRICS
from ragkit.evaluation.retrieval.outcomes import HYBRID, RETRIEVERS, SINGLE, Loser, Place, Report
from ragkit.text.plural import counted


def page(report: Report, *, losers: int) -> str:
    """Return the report with its drawings, and the worst `losers` questions against each single retriever."""
    return sheet(
        f"Retrieval on {report.name}",
        [*_summary(report), *_figures(report), *_questions(report), *_losers(report, losers)],
    )


def remarks(report: Report) -> list[str]:
    """Return what the figures do not count, or count as not found, with its number."""
    left_out, example = report.left_out, "".join(f", as {uri!r}" for uri in report.missing[:1])
    counts = [
        (left_out.without_judgement, "question", "without a relevant document, left out"),
        (left_out.without_question, "judged question", "missing from the questions, left out"),
        (left_out.without_text, "empty question", "left out"),
        (report.unanswerable, "question", "without an answer on purpose, in no mean"),
        (report.missing_documents, "relevant document", f"not in the store, taken as not found{example}"),
    ]
    return [f"{counted(count, noun)} {said}." for count, noun, said in counts if count]


def _summary(report: Report) -> list[str]:
    sizes = f"{counted(report.documents, 'document')} in {counted(report.chunks, 'chunk')}"
    asked = f"{counted(len(report.outcomes), 'question')} with relevant documents"
    return bullets([asked, f"{sizes}, embedded by {report.embedder}", *remarks(report)])


def _figures(report: Report) -> list[str]:
    rows = []
    for metric in METRICS:
        means = [report.mean(metric, name) for name in RETRIEVERS]
        rows.append([metric, str(means[0].n), *(one.shown() for one in means)])
    differences = [
        [one.metric, str(one.n), one.against, one.shown(sign="+"), f"{one.won} / {one.lost} / {one.tied}"]
        for one in report.differences
    ]
    return [
        "<h2>Means</h2>",
        table(["metric", "n", *SINGLE, report.searched], rows),
        metric_plot(report),
        "<p>In brackets and as lines: 95 % intervals of 1,000 bootstrap resamples of the questions.</p>",
        f"<h2>{report.searched.capitalize()} less each single retriever</h2>",
        table(["metric", "n", "less", "difference", "won / lost / tied"], differences),
    ]


def _questions(report: Report) -> list[str]:
    count = len(report.outcomes)
    parts = [f"<h2>Gains and losses, question by question</h2>\n<p>{MAIN}, the best first; n = {count}.</p>"]
    searched = report.searched.capitalize()
    parts += [f"<h3>{searched} against {name}</h3>\n{gain_plot(report.outcomes, name)}" for name in SINGLE]
    parts.append("<h2>Scores</h2>\n<p>Blue: the best document is relevant. Orange: it is not.</p>")
    for name in RETRIEVERS:
        found = sum(name in outcome.tops for outcome in report.outcomes)
        nothing = f"; {counted(count - found, 'question')} found nothing" if count > found else ""
        shown = report.searched if name == HYBRID else name
        parts.append(f"<h3>{shown}, n = {found}{nothing}</h3>\n{score_plot(report.outcomes, name)}")
    parts.append("<h2>Threshold</h2>\n<p>What a profile's <code>evidence</code> lets through.</p>")
    return [*parts, threshold_plot(report), *_reliability(report.calibration)]


def _reliability(found: Calibration) -> list[str]:
    if found.auroc is None:
        return []
    count = f"{counted(found.answerable, 'question')} with an answer, {found.unanswerable} without"
    figures = f"AUROC {found.auroc:.3f}, calibration error {found.ece:.3f}, Brier score {found.brier:.3f}"
    said = "On the straight line the evidence is the probability that there is an answer."
    return [f"<h2>Reliability</h2>\n<p>{count}. {figures}. {said}</p>", reliability_plot(found)]


def _losers(report: Report, most: int) -> list[str]:
    parts = []
    losers = report.losers(most)
    for name in SINGLE:
        rows = [_loser(loser) for loser in losers if loser.against == name]
        parts.append(f"<h2>Lost against {name}</h2>")
        head = ["id", "question", report.searched, name, f"relevant: rank with {report.searched}, with {name}"]
        parts.append(table(head, rows) if rows else "<p>None.</p>")
    return parts


def _loser(loser: Loser) -> list[str]:
    places = "; ".join(map(_place, loser.relevant))
    return [loser.id, loser.question, f"{loser.hybrid:.3f}", f"{loser.other:.3f}", places]


def _place(place: Place) -> str:
    return f"{place.uri}: {place.hybrid or 'not found'}, {place.other or 'not found'}"
