"""`ragkit tune`: settings from questions of one's own."""

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from rich.text import Text

from ragkit.cli.console import err, flat, out, plain, print_json
from ragkit.cli.opening import require_documents, workspace
from ragkit.cli.progress import bars
from ragkit.cli.settings_file import change
from ragkit.config import Config
from ragkit.config_file import load_config, settings_file
from ragkit.evaluation.sets.questions import QuestionSet, read_cases
from ragkit.evaluation.tuning.choosing import FEWEST, tune
from ragkit.evaluation.tuning.recut import other_sizes, seconds_to_recut
from ragkit.evaluation.tuning.trials import OnStep, Trials
from ragkit.evaluation.tuning.tuning import Choice, Settings, Trial, Tuning
from ragkit.profile import load_profile
from ragkit.text.plural import counted
from ragkit.workspace import Workspace

_WIDTH = 24


def run(
    *,
    cases: Path,
    chunking: bool,
    folds: int,
    refused: float,
    write: bool,
    store: Path | None,
    config: Path | None,
    as_json: bool,
) -> int:
    """Try, choose, print, and write if that is wanted; 1 if it was and there are too few questions."""
    asked = read_cases(cases)
    with workspace(store, config) as opened:
        require_documents(opened, None)
        today = _today(opened.config)
        tuning = tune(_tried(opened, asked, today, chunking=chunking), today, folds=folds, most_refused=refused / 100)
        folder = opened.config.store.path
    diff = change(settings_file(config), tuning.changes) if write and tuning.changes else ""
    if as_json:
        print_json(_as_dict(tuning, diff))
    else:
        _print(tuning, asked)
        _print_advice(tuning, folder, diff, write=write)
        _print_overruled(tuning, config, diff)
    return 1 if write and tuning.questions < FEWEST else 0


def _today(config: Config) -> Settings:
    evidence = config.retrieval.evidence
    return Settings(
        chunk_tokens=config.store.chunk_tokens,
        meaning=config.retrieval.meaning,
        limit=config.retrieval.limit,
        evidence=load_profile(config.assistant.default).evidence if evidence is None else evidence,
    )


def _tried(opened: Workspace, asked: QuestionSet, today: Settings, *, chunking: bool) -> list[Trial]:
    if opened.config.models.reranker:
        err.print(
            Text("models.reranker is left out: what it orders is tuned, not what it makes of it.", style="yellow")
        )
    sizes = other_sizes(opened) if chunking else []
    if sizes:
        minutes = seconds_to_recut(opened, sizes) / 60
        tokens = ", ".join(map(str, sizes))
        err.print(f"Cutting and embedding the documents to {tokens} tokens takes about {minutes:.1f} minutes.")
    with _steps() as on_step:
        return Trials(workspace=opened, asked=asked, on_step=on_step).run(today, sizes=sizes)


@contextmanager
def _steps() -> Iterator[OnStep]:
    """Show a bar for each step."""
    with bars() as progress:
        tasks = {}

        def step(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = progress.add_task(what, total=total)
            progress.update(tasks[what], completed=done, total=total)

        yield step


def _as_dict(tuning: Tuning, diff: str) -> dict[str, object]:
    """Return it for programs; docs/json.md describes the keys."""
    return {
        "questions": tuning.questions,
        "unanswerable": tuning.unanswerable,
        "folds": tuning.folds,
        "choices": [asdict(choice) for choice in tuning.choices],
        "limits": [asdict(limit) for limit in tuning.limits],
        "changes": tuning.changes,
        "diff": diff,
    }


def _print(tuning: Tuning, asked: QuestionSet) -> None:
    counts = f"{counted(tuning.questions, 'question')} with documents, {tuning.unanswerable} without an answer"
    out.print(Text(flat(f"{asked.name}: {counts}, {tuning.folds} folds")))
    for choice in tuning.choices:
        _print_choice(choice)
    out.print()
    out.print(Text("relevant documents among so many passages", style="bold"))
    for limit in tuning.limits:
        out.print(f"{limit.limit:>3}  {limit.shown()}")
    remark = "Every figure is of questions that nothing was chosen on. In brackets: 95 % intervals."
    out.print(Text(remark, style="dim"))


def _print_choice(choice: Choice) -> None:
    out.print()
    kept = choice.advised == choice.current
    what = f"keep {choice.current:g}" if kept else f"{choice.current:g} -> {choice.advised:g}"
    out.print(Text(f"{choice.setting}: {what} ({choice.reason})", style="bold"))
    if choice.chosen:
        times = ", ".join(f"{value} {count}x" for value, count in choice.chosen.items())
        out.print(f"  the folds chose {times}; all questions choose {choice.best:g}")
    if choice.figures:
        names = ("today", "tuned", "gain")
        out.print(Text(f"  {'':22}" + "".join(f"{name:{_WIDTH}}" for name in names).rstrip(), style="dim"))
    for figure in choice.figures:
        cells = (figure.current.shown(), figure.tuned.shown(), figure.gain.shown(sign="+"))
        out.print(f"  {figure.metric:22}" + "".join(f"{cell:{_WIDTH}}" for cell in cells).rstrip())


def _print_advice(tuning: Tuning, folder: Path, diff: str, *, write: bool) -> None:
    out.print()
    if tuning.questions < FEWEST:
        out.print(Text(f"Too few questions to change anything: {FEWEST} with documents are needed.", style="yellow"))
    elif not tuning.changes:
        out.print("No change is worth it: keep the settings.")
    elif write:
        out.print(Text(plain(diff.rstrip("\n"))))
    else:
        out.print("Nothing was written. To have these changes written, add: --write")
    if "store.chunk_tokens" in tuning.changes:
        told = "Then run" if not write else "Now run"
        out.print(Text(flat(f"{told}: ragkit store reindex --store {shlex.quote(str(folder))}")))


def _print_overruled(tuning: Tuning, config: Path | None, diff: str) -> None:
    """Say where a variable of the environment goes over what was written."""
    settings = load_config(config).model_dump() if diff else {}
    for name, value in tuning.changes.items() if settings else ():
        section, _, key = name.partition(".")
        if settings[section][key] != value:
            variable = f"RAGKIT_{section}__{key}".upper()
            out.print(Text(f"The variable {variable} goes over {name}. Remove it.", style="yellow"))
