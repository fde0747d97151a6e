"""`ragkit eval answers`: how good the answers are, in figures."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from rich.text import Text

from ragkit.cli.console import flat, out, print_json, print_wrapped
from ragkit.cli.opening import require_documents, workspace
from ragkit.cli.progress import counting
from ragkit.errors import ConfigError
from ragkit.evaluation.answers.measuring import Models, evaluate_answers, own_engine, read_case_set
from ragkit.evaluation.answers.metrics import METRICS
from ragkit.evaluation.answers.outcomes import AnswerOutcome, AnswersReport
from ragkit.evaluation.pages.answers_page import agreed, answers_page, remarks
from ragkit.models.chat.engine import EXTRACTIVE, ChatEngine
from ragkit.text.plural import counted
from ragkit.workspace import Workspace

_WIDTH = 24


def run(
    *,
    cases: Path,
    assistant: str | None,
    model: str | None,
    judge: str | None,
    compare: str | None,
    sample: int | None,
    failing: int,
    html: Path | None,
    fail_under: Sequence[str],
    store: Path | None,
    config: Path | None,
    as_json: bool,
) -> int:
    """Ask, print, and write the report; 1 if a measure is below its floor."""
    floors = _floors(fail_under)
    asked = read_case_set(cases)
    asked = asked.sample(sample) if sample else asked
    if html:
        # A place that can't be written to is told before the hours of work.
        html.touch()
    with workspace(store, config, model=model) as opened:
        require_documents(opened, assistant)
        models = Models(judge=_judge(opened, judge), baseline=own_engine(opened, compare) if compare else None)
        with counting("Asking") as bar:
            report = evaluate_answers(opened, asked, assistant=assistant, models=models, on_progress=bar)
    if html:
        html.write_text(answers_page(report), encoding="utf-8", newline="\n")
    if as_json:
        print_json(as_dict(report, floors))
    else:
        _print(report, failing)
        _print_floors(report, floors)
    return 1 if report.below(floors) else 0


def _judge(opened: Workspace, model: str | None) -> ChatEngine | None:
    engine = own_engine(opened, model) if model else None
    if engine and engine.name == EXTRACTIVE:
        message = f"{model!r} can only quote, so that it is no judge. Name a chat model: --judge ollama:NAME"
        raise ConfigError(message, setting="judge", value=model)
    return engine


def _floors(typed: Sequence[str]) -> dict[str, float]:
    """Return the least mean that was asked of each measure."""
    found: dict[str, float] = {}
    for one in typed:
        metric, _, value = one.partition("=")
        if metric not in METRICS:
            near = difflib.get_close_matches(metric, METRICS, n=1)
            hint = f"Did you mean {near[0]!r}? " if near else ""
            message = f"there is no measure {metric!r}. {hint}Known: {', '.join(METRICS)}."
            raise ConfigError(message, setting="fail_under", value=one)
        found[metric] = _share(value, one)
    return found


def _share(value: str, typed: str) -> float:
    try:
        share = float(value)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        message = f"{typed!r} has no number from 0 to 1. Write it like this: --fail-under right=0.8"
        raise ConfigError(message, setting="fail_under", value=typed)
    return share


def as_dict(report: AnswersReport, floors: Mapping[str, float]) -> dict[str, object]:
    """Return the report for programs; docs/json.md describes the keys."""
    return {
        "cases": report.name,
        "assistant": report.assistant,
        "model": report.model,
        "asked": len(report.outcomes),
        "failed": report.failed,
        "unjudged": report.unjudged,
        "without_text": report.without_text,
        "missing_documents": report.missing_documents,
        "means": [asdict(mean) for mean in report.means],
        "refusals": [asdict(refused) for refused in report.refusals],
        "latency": [asdict(stage) for stage in report.latency],
        "tokens": asdict(report.tokens),
        "wrong": [_wrong(outcome) for outcome in report.wrong],
        "judge": asdict(report.agreement) if report.agreement else None,
        "compared": report.baseline.model if report.baseline else None,
        "differences": [asdict(difference) for difference in report.differences],
        "below": list(report.below(floors)),
    }


def _wrong(outcome: AnswerOutcome) -> dict[str, object]:
    answer = outcome.answer
    return {
        "id": outcome.case.id,
        "question": outcome.case.question,
        "faults": list(outcome.faults),
        "text": answer.text if answer else "",
        "refusal": answer.refusal if answer else None,
        "judged": outcome.judged,
        "values": {metric: value for metric, value in outcome.values.items() if value is not None},
    }


def _print(report: AnswersReport, failing: int) -> None:
    out.print(Text(flat(f"{report.name}: {counted(len(report.outcomes), 'case')}, {report.assistant}, {report.model}")))
    for remark in remarks(report):
        out.print(Text(remark, style="yellow"))
    out.print()
    out.print(Text(f"{'mean':{_WIDTH}}{'n':>5}", style="bold"))
    for mean in report.means:
        out.print(f"{mean.metric:{_WIDTH}}{mean.n:>5}  {mean.shown()}")
    out.print(Text("In brackets: 95 % intervals, 1,000 bootstrap resamples of the cases.", style="dim"))
    _print_differences(report)
    _print_counts(report)
    if report.agreement:
        print_wrapped(Text(flat(agreed(report.agreement))))
    for outcome in report.wrong[:failing]:
        _print_wrong(outcome)
    if (more := len(report.wrong) - failing) > 0:
        out.print()
        out.print(Text(f"{counted(more, 'more case')} not right. Add: --failing {len(report.wrong)}", style="dim"))


def _print_differences(report: AnswersReport) -> None:
    if report.baseline is None:
        return
    out.print()
    out.print(Text(flat(f"less {report.baseline.model}"), style="bold"))
    for one in report.differences:
        told = f"better for {one.won}, worse for {one.lost}"
        out.print(f"{one.metric:{_WIDTH}}{one.n:>5}  {one.shown(sign='+')}  {told}")


def _print_counts(report: AnswersReport) -> None:
    out.print()
    for one in report.refusals:
        out.print(f"expected {one.expected}, came {one.got}: {one.n}")
    for stage in report.latency:
        out.print(f"{stage.stage}: {stage.p50:.3f} s for half of {stage.n}, {stage.p95:.3f} s for 95 %")
    used = report.tokens
    if used.n:
        out.print(f"tokens: {used.prompt_tokens} read, {used.answer_tokens} written, for {counted(used.n, 'question')}")


def _print_wrong(outcome: AnswerOutcome) -> None:
    out.print()
    print_wrapped(Text(flat(f"{outcome.case.id}: {outcome.case.question}"), style="cyan"))
    for fault in outcome.faults:
        print_wrapped(Text(flat(fault), style="yellow"), indent=3)
    if outcome.answer:
        print_wrapped(Text(flat(outcome.answer.text), style="dim"), indent=3)


def _print_floors(report: AnswersReport, floors: Mapping[str, float]) -> None:
    for metric, mean in report.below(floors).items():
        came = f"{mean.mean:.3f}" if mean else "told by no case"
        out.print()
        out.print(Text(f"{metric} is {came}, and has to be {floors[metric]:g} at least.", style="red"))
