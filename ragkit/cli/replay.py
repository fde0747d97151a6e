"""`ragkit replay`: a recorded question, asked again."""

from collections.abc import Sequence
from pathlib import Path

from rich.text import Text

from ragkit.cli.console import err, flat, out, plain, print_json, print_wrapped
from ragkit.cli.opening import workspace
from ragkit.cli.records import to_dict
from ragkit.pipeline import recording
from ragkit.recording.record import Circumstances, Passage
from ragkit.recording.recorder import find, unrecorded
from ragkit.recording.replay import Replay, replay
from ragkit.text.plural import counted

_SAID = {
    "digest": "the model's weights",
    "prompt": "the prompt",
    "settings": "the settings",
    "viewer": "who asks",
    "ragkit": "ragkit's version",
    "query": "what was searched for",
    "language": "the language",
    "suggestions": "what may be asked next",
    "missing": "what of the question no passage has",
    "omitted_turns": "how many turns before it the model was not shown",
    "verdicts": "what the check of the sentences says",
    "text": "the text",
}


def run(*, record: str, model: str | None, store: Path | None, config: Path | None, as_json: bool) -> int:
    """Print what has changed; 1 if anything has."""
    with workspace(store, config, model=model) as opened:
        recorder = recording(opened.config)
        then = find(recorder.journal, record)
        with err.status("thinking"):
            assistant = unrecorded(opened.assistant(_assistant(then.circumstances)))
            done = replay(then, assistant, recorder, viewer=opened.store.owner)
    if as_json:
        print_json(_told(done))
    else:
        _print(done)
    return 1 if _is_other(done) else 0


def _assistant(then: Circumstances) -> str | None:
    return then.assistant or None


def _is_other(done: Replay) -> bool:
    return bool(done.changes or done.gone or done.changed or done.new)


def _told(done: Replay) -> dict[str, object]:
    return {
        "record": done.then.id,
        "same": done.same,
        "gone": [_place(passage) for passage in done.gone],
        "changed": [_place(passage) for passage in done.changed],
        "new": [_place(passage) for passage in done.new],
        "changes": list(done.changes),
        "diff": list(done.diff),
        "remarks": list(done.remarks),
        "then": to_dict(done.then),
        "now": to_dict(done.now),
    }


def _place(passage: Passage) -> dict[str, object]:
    return {"uri": passage.uri, "start": passage.start, "end": passage.end, "sha256": passage.sha256}


def _print(done: Replay) -> None:
    out.print(Text(flat(f"{done.then.id} of {done.then.at}: {done.then.question}")))
    for remark in done.remarks:
        print_wrapped(Text(flat(f"Note: {remark}.")))
    if not _is_other(done):
        out.print(f"Nothing has changed: the same answer, from {counted(done.same, 'passage')} as before.")
        return
    for name in done.changes:
        print_wrapped(Text(flat(_change(done, name))))
    _print_passages("gone", done.gone)
    _print_passages("changed", done.changed)
    _print_passages("new", done.new)
    for line in done.diff:
        out.print(Text(plain(line)))


def _change(done: Replay, name: str) -> str:
    said = _SAID.get(name, f"the {name}")
    if name in ("text", "verdicts", "suggestions", "missing"):
        return f"Changed: {said}."
    places = [(one if hasattr(one, name) else one.circumstances) for one in (done.then, done.now)]
    before, after = (str(getattr(place, name) or "none") for place in places)
    return f"Changed: {said}, from {before} to {after}."


def _print_passages(what: str, passages: Sequence[Passage]) -> None:
    for passage in passages:
        out.print(Text(flat(f"Passage {what}: {passage.uri} {passage.start}-{passage.end}")))
