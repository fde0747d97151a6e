"""`ragkit demo`: from nothing to cited answers on the sample documents."""

import shlex
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from rich.text import Text

from ragkit.answer import Answer
from ragkit.assistant import Assistant
from ragkit.cli.console import out, print_json, print_wrapped
from ragkit.cli.draft import checked
from ragkit.cli.progress import ingest_progress
from ragkit.cli.terminal import print_answer, print_report, resumable
from ragkit.config_file import default_config
from ragkit.documents import Viewer
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
        if not as_json:
            print_report(report)
            print_wrapped(Text(f"{profile.notice}\n", style="dim"))
        answers = list(_answers(opened.assistant(profile.name), viewer=opened.store.owner, shown=not as_json))
    if as_json:
        counts = asdict(report) | {"failed": report.failed}
        print_json({"answers": [answer.to_dict() for answer in answers], "report": counts})
    else:
        print_wrapped(Text(profile.disclaimer, style="dim"))
        options = f"--assistant {shlex.quote(assistant)} --store {shlex.quote(str(store))}"
        out.print(Text(f'\nAsk your own: ragkit ask "..." {options}'))
    return 1 if report.failures else 0


def _answers(speaker: Assistant, *, viewer: Viewer, shown: bool) -> Iterator[Answer]:
    """Yield the answers to the examples, each when it is there and, if wanted, on the screen."""
    for question in speaker.profile.examples:
        if shown:
            out.print(Text(f"? {question}", style="bold"))
        answer = checked(speaker.stream(question, viewer=viewer))
        if shown:
            print_answer(answer, disclaimer=False)
            out.print()
        yield answer
