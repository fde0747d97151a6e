"""`ragkit ask`: one question, one cited answer."""

from collections.abc import Sequence
from pathlib import Path

from rich.text import Text

from ragkit.answer import Answer
from ragkit.cli.console import flat, print_json, print_wrapped
from ragkit.cli.draft import checked
from ragkit.cli.narrowing import unmet
from ragkit.cli.opening import require_documents, workspace
from ragkit.cli.terminal import print_answer
from ragkit.filters import Filter, parse_filter
from ragkit.workspace import Workspace


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
    with workspace(store, config, model=model) as opened:
        assistant = assistant or opened.config.assistant.default
        # What the rules decide needs no store and no model, and must not wait for one that is broken.
        ruled = opened.decided_by_rules(question, assistant=assistant)
        answer = ruled or _answered(opened, question, assistant, limit, condition)
        reasons = [] if ruled or answer.hits else unmet(opened.store, condition)
    if as_json:
        print_json(answer.to_dict())
    else:
        print_answer(answer)
        for reason in reasons:
            print_wrapped(Text(flat(reason), style="yellow"))
    return 0


def _answered(opened: Workspace, question: str, assistant: str, limit: int | None, where: Filter | None) -> Answer:
    require_documents(opened, assistant)
    speaker = opened.assistant(assistant, limit=limit)
    return checked(speaker.stream(question, viewer=opened.store.owner, where=where))
