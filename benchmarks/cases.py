"""How well the assistants answer the questions of data/cases, and how well they say that they can't.

Run `python benchmarks/cases.py [--model MODEL] [--sample N] [--keep FOLDER]`. It is `ragkit eval answers` for each of
the three assistants, on one store of their sample documents; `--sample` asks so many of each at most.
"""

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

from ragkit.config import Config
from ragkit.evaluation.answers.measuring import evaluate_answers, read_case_set
from ragkit.evaluation.answers.metrics import METRICS
from ragkit.evaluation.answers.outcomes import AnswersReport
from ragkit.samples import cases_file, sample_data
from ragkit.workspace import Workspace, open_workspace

ASSISTANTS = ("support", "legal", "triage")
COLUMNS = [metric for metric in METRICS if metric != "unsaid"]


def main() -> None:
    """Ingest the samples, ask everything, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="extractive")
    parser.add_argument("--sample", type=int, default=1000)
    parser.add_argument("--keep", type=Path, help="where the store stays")
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as scratch,
        open_workspace(options.keep or scratch, config=Config(), chat=options.model) as opened,
    ):
        print(table([graded(opened, assistant, options.sample) for assistant in ASSISTANTS]))


def graded(workspace: Workspace, name: str, most: int) -> AnswersReport:
    """Ask one assistant its cases."""
    workspace.ingest(str(sample_data(name)), name=f"{name}/samples")
    return evaluate_answers(workspace, read_case_set(cases_file(name)).sample(most), assistant=name)


def table(reports: Sequence[AnswersReport]) -> str:
    """Return the measures of each assistant, each with its n, and below them what was refused."""
    lines = [f"| measure | {' | '.join(report.assistant for report in reports)} |", f"|---|{'---|' * len(reports)}"]
    lines += [f"| {metric} | {' | '.join(cell(report, metric) for report in reports)} |" for metric in COLUMNS]
    for report in reports:
        counts = "; ".join(f"{one.expected} → {one.got} {one.n}" for one in report.refusals)
        times = ", ".join(f"{one.stage} {one.p50:.3f} / {one.p95:.3f}" for one in report.latency)
        used = f"{report.tokens.prompt_tokens} + {report.tokens.answer_tokens} tokens ({report.tokens.n})"
        lines.append(f"{report.assistant}: {counts}; errors {report.failed}; seconds {times}; {used}")
    return "\n".join(lines)


def cell(report: AnswersReport, metric: str) -> str:
    """Return a mean with its interval and its n."""
    means = [mean for mean in report.means if mean.metric == metric]
    return f"{means[0].mean:.2f} [{means[0].low:.2f}, {means[0].high:.2f}], {means[0].n}" if means else ""


if __name__ == "__main__":
    main()
