"""`ragkit ask`: one question, one cited answer."""

from collections.abc import Sequence
from pathlib import Path

from ragkit.cli.terminal import err, print_answer, print_json, workspace
from ragkit.documents import Viewer
from ragkit.filters import parse_filter


def run(
    *,
    question: str,
    store: Path | None,
    assistant: str | None,
    limit: int | None,
    where: Sequence[str],
    model: str | None,
    config: Path | None,
    as_json: bool,
) -> int:
    """Print the answer. A refusal is an answer too."""
    condition = parse_filter(where)
    with workspace(store, config, model=model) as opened, err.status("thinking"):
        answer = opened.assistant(assistant, limit=limit).ask(question, viewer=Viewer.local(), where=condition)
    if as_json:
        print_json(answer.to_dict())
    else:
        print_answer(answer)
    return 0
