"""A report as one HTML file: nothing in it is fetched from anywhere, and nothing in it runs."""

from collections.abc import Iterable, Sequence
from html import escape

from ragkit.evaluation.metrics import MAIN, METRICS
from ragkit.evaluation.outcomes import RETRIEVERS, SINGLE, Loser, Place, Report
from ragkit.evaluation.plots import gain_plot, metric_plot, score_plot, threshold_plot

_STYLE = """
:root { --ink: #1b1f24; --dim: #57606a; --rule: #d0d7de; --paper: #fff; }
body { max-width: 54rem; margin: 2rem auto; padding: 0 1rem; color: var(--ink); background: var(--paper);
  font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; overflow-wrap: anywhere; } h2 { font-size: 1.2rem; margin-top: 2.5rem; }
h3 { font-size: 1rem; margin-bottom: 0; }
table { border-collapse: collapse; font-size: 0.9rem; } .wide { overflow-x: auto; }
th, td { padding: 0.25rem 0.9rem 0.25rem 0; border-bottom: 1px solid var(--rule); text-align: left;
  vertical-align: top; font-variant-numeric: tabular-nums; }
td.text { overflow-wrap: anywhere; min-width: 12rem; }
p, li { color: var(--dim); } svg { width: 100%; height: auto; } svg text { font-size: 12px; fill: var(--dim); }
.grid { stroke: var(--rule); } .interval { stroke-width: 3; }
.lexical { stroke: #b35900; fill: #b35900; } .dense { stroke: #0b62b5; fill: #0b62b5; }
.hybrid { stroke: #1a7f37; fill: #1a7f37; }
.won, .right, .found { fill: #1a7f37; stroke: none; } .lost, .wrong, .refused { fill: #b35900; stroke: none; }
.answered { fill: #0b62b5; stroke: none; } .curve { fill: none; stroke-width: 2; }
.curve.answered { stroke: #0b62b5; fill: none; } .curve.found { stroke: #1a7f37; fill: none; }
.curve.refused { stroke: #b35900; fill: none; }
"""


def page(report: Report, *, losers: int) -> str:
    """Return the report with its drawings, and the worst `losers` questions against each single retriever."""
    name = escape(report.name)
    return "\n".join(
        [
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width">',
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">",
            f"<title>Retrieval on {name}</title>\n<style>{_STYLE}</style>\n</head>\n<body>",
            f"<h1>Retrieval on {name}</h1>",
            *_summary(report),
            *_figures(report),
            *_questions(report),
            *_losers(report, losers),
            "</body>\n</html>\n",
        ]
    )


def _summary(report: Report) -> list[str]:
    left_out = report.left_out
    items = [
        f"{len(report.outcomes)} questions with relevant documents, {report.unanswerable} without an answer on purpose",
        f"{report.documents} documents in {report.chunks} chunks, embedded by {report.embedder}",
        f"{report.missing_documents} relevant documents are not in the store and count as not found",
        f"left out: {left_out.without_judgement} questions without a relevant document, {left_out.without_question} "
        f"judged questions that are not there, {left_out.without_text} empty ones",
    ]
    return ["<ul>", *(f"<li>{escape(item)}</li>" for item in items), "</ul>"]


def _figures(report: Report) -> list[str]:
    rows = []
    for metric in METRICS:
        means = [report.mean(metric, name) for name in RETRIEVERS]
        cells = [f"{one.mean:.3f} [{one.low:.3f}, {one.high:.3f}]" for one in means]
        rows.append([metric, str(means[0].n), *cells])
    differences = [
        [
            one.metric,
            str(one.n),
            one.against,
            f"{one.mean:+.3f} [{one.low:+.3f}, {one.high:+.3f}]",
            f"{one.won} / {one.lost} / {one.tied}",
        ]
        for one in report.differences
    ]
    return [
        "<h2>Means</h2>",
        _table(["metric", "n", *RETRIEVERS], rows),
        metric_plot(report),
        "<p>In brackets and as lines: 95 % intervals of 1,000 bootstrap resamples of the questions.</p>",
        "<h2>Hybrid less each single retriever</h2>",
        _table(["metric", "n", "less", "difference", "won / lost / tied"], differences),
    ]


def _questions(report: Report) -> list[str]:
    count = len(report.outcomes)
    parts = [f"<h2>Gains and losses, question by question</h2>\n<p>{MAIN}, the best first; n = {count}.</p>"]
    parts += [f"<h3>Hybrid against {name}</h3>\n{gain_plot(report.outcomes, name)}" for name in SINGLE]
    parts.append("<h2>Scores</h2>\n<p>Green: the best document is relevant. Orange: it is not.</p>")
    for name in RETRIEVERS:
        found = sum(name in outcome.tops for outcome in report.outcomes)
        nothing = f"; {count - found} questions found nothing" if count > found else ""
        parts.append(f"<h3>{name}, n = {found}{nothing}</h3>\n{score_plot(report.outcomes, name)}")
    parts.append("<h2>Threshold</h2>\n<p>What a profile's <code>evidence</code> lets through.</p>")
    return [*parts, threshold_plot(report)]


def _losers(report: Report, most: int) -> list[str]:
    parts = []
    losers = report.losers(most)
    for name in SINGLE:
        rows = [_loser(loser) for loser in losers if loser.against == name]
        parts.append(f"<h2>Lost against {name}</h2>")
        head = ["id", "question", "hybrid", name, f"relevant: rank with hybrid, with {name}"]
        parts.append(_table(head, rows) if rows else "<p>None.</p>")
    return parts


def _loser(loser: Loser) -> list[str]:
    places = "; ".join(map(_place, loser.relevant))
    return [loser.id, loser.question, f"{loser.hybrid:.3f}", f"{loser.other:.3f}", places]


def _place(place: Place) -> str:
    return f"{place.uri}: {place.hybrid or 'not found'}, {place.other or 'not found'}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    top = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    body = "\n".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<div class="wide"><table>\n<tr>{top}</tr>\n{body}\n</table></div>'
