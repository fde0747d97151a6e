"""`ragkit demo`: from nothing to cited answers on the sample documents."""

from pathlib import Path

from rich.text import Text

from ragkit.answer import Answer
from ragkit.cli.terminal import ingest_progress, out, print_answer, print_json, print_report
from ragkit.config import Config
from ragkit.documents import Viewer
from ragkit.profile import load_profile
from ragkit.samples import sample_data
from ragkit.workspace import open_workspace


def run(*, assistant: str, store: Path | None, as_json: bool) -> int:
    """Ingest the samples of one assistant and ask its example questions."""
    profile = load_profile(assistant)
    folder = sample_data(profile.name)
    with open_workspace(store or Path("ragkit-demo"), config=Config()) as opened:
        with ingest_progress() as bar:
            report = opened.ingest(str(folder), name=f"{profile.name}/samples", on_progress=bar)
        speaker = opened.assistant(profile.name)
        if not as_json:
            print_report(report)
            out.print(Text(f"{profile.notice}\n", style="dim"))
        answers = [speaker.ask(question, viewer=Viewer.local()) for question in profile.examples]
    if as_json:
        print_json({"answers": [answer.to_dict() for answer in answers]})
    else:
        _print(answers, profile.disclaimer)
    return 1 if report.failures else 0


def _print(answers: list[Answer], disclaimer: str) -> None:
    for answer in answers:
        out.print(Text(f"? {answer.question}", style="bold"))
        print_answer(answer)
        out.print()
    out.print(Text(disclaimer, style="dim"))
