"""`ragkit demo`: from nothing to cited answers on the sample documents."""

import shlex
from dataclasses import asdict
from pathlib import Path

from rich.text import Text

from ragkit.answer import Answer
from ragkit.cli.console import err, out, print_json, print_wrapped
from ragkit.cli.terminal import ingest_progress, print_answer, print_report, resumable
from ragkit.config_file import default_config
from ragkit.profile import load_profile
from ragkit.samples import sample_data
from ragkit.workspace import open_workspace


def run(*, assistant: str, store: Path | None, as_json: bool) -> int:
    """Ingest the samples of one assistant and ask its example questions."""
    profile = load_profile(assistant)
    folder = sample_data(profile.name)
    store = store or Path("ragkit-demo")
    with resumable(), open_workspace(store, config=default_config()) as opened:
        with ingest_progress() as bar:
            report = opened.ingest(str(folder), name=f"{profile.name}/samples", on_progress=bar)
        speaker = opened.assistant(profile.name)
        if not as_json:
            print_report(report)
            print_wrapped(Text(f"{profile.notice}\n", style="dim"))
        with err.status("thinking"):
            answers = [speaker.ask(question, viewer=opened.store.owner) for question in profile.examples]
    if as_json:
        counts = asdict(report) | {"failed": report.failed}
        print_json({"answers": [answer.to_dict() for answer in answers], "report": counts})
    else:
        _print(answers, profile.disclaimer)
        options = f"--assistant {shlex.quote(assistant)} --store {shlex.quote(str(store))}"
        out.print(Text(f'\nAsk your own: ragkit ask "..." {options}'))
    return 1 if report.failures else 0


def _print(answers: list[Answer], disclaimer: str) -> None:
    for answer in answers:
        out.print(Text(f"? {answer.question}", style="bold"))
        print_answer(answer, disclaimer=False)
        out.print()
    print_wrapped(Text(disclaimer, style="dim"))
