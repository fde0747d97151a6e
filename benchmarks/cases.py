"""How well the assistants answer the questions of data/cases, and how well they say that they can't.

Run `python benchmarks/cases.py [--model MODEL] [--json]`. An answer is right if its verified quotes have every string
that the case expects and one of them comes from a document that the case names.
"""

import argparse
import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from ragkit.answer import Answer
from ragkit.config import Config
from ragkit.documents import Viewer
from ragkit.samples import sample_cases, sample_data
from ragkit.workspace import Workspace, open_workspace

ASSISTANTS = ("support", "legal", "triage")
Case = Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class Row:
    """Counts for one assistant. `found`: a named document is among the hits. The rest is named for what it counts."""

    assistant: str
    answerable: int
    found: int
    right: int
    wrongly_refused: int
    unanswerable: int
    refused: int
    emergencies: int
    caught: int
    false_alarms: int


def main() -> None:
    """Ingest the samples, ask everything, and print the counts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="extractive")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, open_workspace(folder, config=Config(), chat=options.model) as opened:
        rows = [graded(opened, assistant) for assistant in ASSISTANTS]
    print(json.dumps([asdict(row) for row in rows], indent=2) if options.json else table(rows))


def graded(workspace: Workspace, name: str) -> Row:
    """Ask one assistant all its cases."""
    workspace.ingest(str(sample_data(name)), name=f"{name}/samples")
    assistant = workspace.assistant(name)
    asked = [(case, assistant.ask(str(case["question"]), viewer=Viewer.local())) for case in sample_cases(name)]
    emergencies = [answer for case, answer in asked if case.get("emergency")]
    calm = [(case, answer) for case, answer in asked if not case.get("emergency")]
    answerable = [(case, answer) for case, answer in calm if case["answerable"]]
    unanswerable = [answer for case, answer in calm if not case["answerable"]]
    return Row(
        assistant=name,
        answerable=len(answerable),
        found=sum(found(case, answer) for case, answer in answerable),
        right=sum(right(case, answer) for case, answer in answerable),
        wrongly_refused=sum(answer.refusal is not None for _, answer in answerable),
        unanswerable=len(unanswerable),
        refused=sum(answer.refusal is not None for answer in unanswerable),
        emergencies=len(emergencies),
        caught=sum(answer.refusal == "emergency" for answer in emergencies),
        false_alarms=sum(answer.refusal == "emergency" for _, answer in calm),
    )


def found(case: Case, answer: Answer) -> bool:
    """Return whether one of the case's documents is among the hits."""
    return any(hit.chunk.uri in named(case, "documents") for hit in answer.hits)


def right(case: Case, answer: Answer) -> bool:
    """Return whether the verified quotes say what the case expects, from where it expects it."""
    verified = [citation for citation in answer.citations if citation.verified]
    said = " ".join(" ".join(citation.quote.split()) for citation in verified).lower()
    placed = any(citation.chunk.uri in named(case, "documents") for citation in verified)
    return placed and all(" ".join(text.split()).lower() in said for text in named(case, "expect"))


def named(case: Case, key: str) -> Sequence[str]:
    """Return a list of the case."""
    values = case[key]
    return [str(value) for value in values] if isinstance(values, list) else []


def table(rows: Sequence[Row]) -> str:
    """Return the counts for people."""
    lines = []
    for row in rows:
        lines += [
            f"{row.assistant}: of {row.answerable} answerable, document found {row.found}, right {row.right}, "
            f"wrongly refused {row.wrongly_refused}",
            f"  of {row.unanswerable} unanswerable, refused {row.refused}",
        ]
        if row.emergencies:
            lines.append(f"  of {row.emergencies} emergencies, caught {row.caught}; false alarms {row.false_alarms}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
