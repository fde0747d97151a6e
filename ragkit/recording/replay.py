"""A recorded question asked again, and what has changed since."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, fields

from ragkit.answer import Answer
from ragkit.assistant import Assistant
from ragkit.documents import Viewer
from ragkit.models.chat.engine import UNKNOWN
from ragkit.prompting.conversation import Turn
from ragkit.recording.conditions import read
from ragkit.recording.record import Circumstances, Passage, Record
from ragkit.recording.recorder import Given, Recorder, look_up
from ragkit.text.plural import counted

_SINCE = {2: ("language", "suggestions", "omitted_turns"), 3: ("missing",)}


@dataclass(frozen=True, kw_only=True)
class Replay:
    """An answer then and now.

    Passages are told apart by place and hash: `gone` are no longer shown, `changed` overlap one that is shown now with
    other words, `new` were not shown before. `changes` names what else is different, `diff` shows the texts line by
    line as `diff -u` does, empty if they are equal. `remarks` tell what could not be the same.
    """

    then: Record
    now: Record
    same: int
    gone: tuple[Passage, ...]
    changed: tuple[Passage, ...]
    new: tuple[Passage, ...]
    changes: tuple[str, ...]
    diff: tuple[str, ...]
    remarks: tuple[str, ...]


def replay(record: Record, assistant: Assistant, recorder: Recorder, *, viewer: Viewer) -> Replay:
    """Ask the question of a record again, with the turns before it as far as they are recorded. Nothing is recorded.

    Raises:
        ModelError: the chat model or the embedder did not do its work.
        StoreError: the records can't be read.
    """
    where = read(record.where) if record.where else None
    history, lacking = _history(record, recorder)
    answer: Answer = assistant.ask(record.question, history=history, viewer=viewer, where=where)
    given = Given(profile=assistant.profile, viewer=viewer, history=history, where=where, engine=assistant.engine)
    now = recorder.record(answer, given)
    return _compared(record, now, remarks=tuple(_remarks(record, now, lacking=lacking)))


def _history(record: Record, recorder: Recorder) -> tuple[list[Turn], int]:
    """Return the turns before, and how many of them are no longer, or never were, on record."""
    earlier = [one for identity in record.history if (one := look_up(recorder.journal, identity))]
    turns = [Turn(question=one.question, answer=one.text, suggestions=one.suggestions) for one in earlier]
    return turns, len(record.history) - len(turns)


def _compared(then: Record, now: Record, *, remarks: tuple[str, ...]) -> Replay:
    before, after = {_key(one) for one in then.hits}, {_key(one) for one in now.hits}
    lost = [one for one in then.hits if _key(one) not in after]
    fresh = [one for one in now.hits if _key(one) not in before]
    changed = [one for one in lost if any(_overlap(one, other) for other in fresh)]
    return Replay(
        then=then,
        now=now,
        same=len(before & after),
        gone=tuple(one for one in lost if one not in changed),
        changed=tuple(changed),
        new=tuple(one for one in fresh if not any(_overlap(one, other) for other in changed)),
        changes=tuple(_changes(then, now)),
        diff=tuple(_diff(then, now)),
        remarks=remarks,
    )


def _changes(then: Record, now: Record) -> list[str]:
    names = [one.name for one in fields(Circumstances) if one.name != "digest" or not _is_unknown(then, now)]
    found = [name for name in names if getattr(then.circumstances, name) != getattr(now.circumstances, name)]
    told = [name for schema, since in _SINCE.items() if then.schema >= schema for name in since]
    found += [name for name in ("query", "refusal", *told) if getattr(then, name) != getattr(now, name)]
    if then.text != now.text or (not then.text and then.text_sha256 != now.text_sha256):
        found.append("text")
    if _verdicts(then) != _verdicts(now):
        found.append("verdicts")
    return found


def _is_unknown(then: Record, now: Record) -> bool:
    return UNKNOWN in (then.circumstances.digest, now.circumstances.digest)


def _verdicts(record: Record) -> list[str]:
    return [one.verdict for one in record.citations]


def _diff(then: Record, now: Record) -> list[str]:
    lines = difflib.unified_diff(then.text.splitlines(), now.text.splitlines(), "then", "now", lineterm="", n=1)
    return list(lines)


def _remarks(record: Record, now: Record, *, lacking: int) -> Sequence[str]:
    said = []
    if _is_unknown(record, now):
        said.append(f"nobody can say whether {record.circumstances.model!r} still has the same weights")
    if record.redacted:
        said.append(f"the question or the answer was redacted ({', '.join(sorted(record.redacted))})")
    if lacking:
        said.append(f"{lacking} of {counted(len(record.history), 'turn')} before it not on record")
    return said


def _key(passage: Passage) -> tuple[str, str]:
    return passage.document, passage.sha256


def _overlap(one: Passage, other: Passage) -> bool:
    return one.document == other.document and one.start < other.end and other.start < one.end
