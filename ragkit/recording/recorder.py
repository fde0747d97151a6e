"""Who writes the records, and an assistant whose answers are recorded."""

import json
import logging
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from ragkit.answer import Answer
from ragkit.assistant import Assistant
from ragkit.documents import Viewer
from ragkit.errors import ConfigError, StoreError
from ragkit.filters import Filter
from ragkit.models.chat.engine import ChatEngine
from ragkit.profile import Profile
from ragkit.prompting.conversation import Turn
from ragkit.recording.record import (
    RECORD,
    Circumstances,
    Record,
    Redactor,
    prompt_version,
    record_of,
    turn_key,
    viewer_hash,
)
from ragkit.store.catalog.journal import Entry, Journal
from ragkit.version import __version__

ANSWER, OPINION = "answer", "opinion"
# As the newest record can be called instead of by its id.
LAST = "last"
_MOST_NOTE = 4000
_Form = TypeVar("_Form")

_log = logging.getLogger(__name__)


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, kw_only=True)
class Given:
    """What an answer was made for and with, beside the question: with an `engine` if an assistant was asked."""

    profile: Profile
    viewer: Viewer
    history: Sequence[Turn] = ()
    where: Filter | None = None
    engine: ChatEngine | None = None


@dataclass(frozen=True, kw_only=True)
class Recorder:
    """Writes answers into a journal for `days`, redacted or not.

    `settings` is a fingerprint of the settings.
    """

    journal: Journal
    days: int
    redacts: bool = True
    settings: str = ""
    now: Callable[[], datetime] = field(default=_now)

    def keep(self, answer: Answer, given: Given) -> Answer:
        """Record an answer, and return it with the id of its record; without one, and with a warning, if that fails."""
        try:
            made = self.record(answer, given)
            body: Mapping[str, object] = json.loads(RECORD.dump_json(made))
            self.journal.append(ANSWER, made.id, body, turn=turn_key(made.question, made.text))
            self.journal.expire(self.now() - timedelta(days=self.days))
        except StoreError as error:
            _log.warning("an answer could not be recorded: %s", error)
            return answer
        return replace(answer, record=made.id)

    def record(self, answer: Answer, given: Given) -> Record:
        """Return the record that an answer would get; nothing is written."""
        redactor = Redactor(on=self.redacts)
        circumstances = Circumstances(
            assistant=given.profile.name,
            model=answer.model,
            digest=given.engine.digest() if given.engine and given.engine.name == answer.model else "",
            prompt=prompt_version(given.profile),
            settings=self.settings,
            viewer=viewer_hash(given.viewer),
            ragkit=__version__,
        )
        made = record_of(
            answer,
            identity=secrets.token_hex(8),
            circumstances=circumstances,
            redactor=redactor,
            where=given.where,
            history=[self._earlier(turn) for turn in given.history],
        )
        # Nobody can guess a question from the hash that is left of it.
        return replace(made, salt=secrets.token_hex(16))

    def _earlier(self, turn: Turn) -> str:
        texts = (Redactor(on=self.redacts)(text) for text in (turn.question, turn.answer))
        return self.journal.record_of(turn_key(*texts))


@dataclass(frozen=True, kw_only=True, repr=False)
class RecordedAssistant(Assistant):
    """An assistant of which every answer is recorded before it is given."""

    recorder: Recorder

    def stream(
        self, question: str, *, history: Sequence[Turn] = (), viewer: Viewer, where: Filter | None = None
    ) -> Iterator[str | Answer]:
        """Yield what the assistant yields, and the answer with the id of its record."""
        given = Given(profile=self.profile, viewer=viewer, history=history, where=where, engine=self.engine)
        for piece in super().stream(question, history=history, viewer=viewer, where=where):
            yield self.recorder.keep(piece, given) if isinstance(piece, Answer) else piece


def recorded(assistant: Assistant, recorder: Recorder | None) -> Assistant:
    """Return the assistant as one whose answers are recorded; without a recorder as it is."""
    if recorder is None:
        return assistant
    parts = {part.name: getattr(assistant, part.name) for part in fields(assistant)}
    return RecordedAssistant(**parts, recorder=recorder)


def unrecorded(assistant: Assistant) -> Assistant:
    """Return the same assistant without a recorder: a question of a test or a replay is nobody's."""
    return Assistant(**{part.name: getattr(assistant, part.name) for part in fields(Assistant)})


def rate(journal: Journal, record: str, *, rating: int, note: str = "", redacts: bool = True) -> None:
    """Add what somebody thinks of an answer: 1 is good, -1 is bad. A later rating counts instead of an earlier one.

    Raises:
        ConfigError: there is no such record, or the note is too long.
        StoreError: the journal can't be written.
    """
    if len(note) > _MOST_NOTE:
        message = f"the note has {len(note)} characters, {_MOST_NOTE} are allowed. Shorten it."
        raise ConfigError(message, setting="note")
    said = Redactor(on=redacts)(note)
    journal.append(OPINION, find(journal, record).id, {"rating": rating, "note": said, "salt": secrets.token_hex(16)})


def records(journal: Journal, *, since: datetime | None = None, latest: bool = False) -> Iterator[Record]:
    """Yield the records that are kept, each with its last rating; the oldest first, or the latest.

    Erased ones are left out.

    Raises:
        StoreError: the journal can't be read, or was edited.
    """
    said = _opinions(journal.of_kind(OPINION))
    for entry in journal.of_kind(ANSWER, since=since, latest=latest):
        yield _rated(entry, said)


def look_up(journal: Journal, record: str) -> Record | None:
    """Return a record by its id; None if there is none, or it was erased."""
    entries = [entry for entry in journal.entries(record) if entry.body] if record else []
    said = _opinions(entry for entry in entries if entry.kind == OPINION)
    return next((_rated(entry, said) for entry in entries if entry.kind == ANSWER), None)


def find(journal: Journal, record: str) -> Record:
    """Return a record by its id; the newest one for `last`.

    Raises:
        ConfigError: there is none, or it was erased.
        StoreError: the journal can't be read.
    """
    found = next(records(journal, latest=True), None) if record == LAST else look_up(journal, record)
    if found is None:
        message = f"there is no record {record!r}, or it was erased. List them: ragkit records list"
        raise ConfigError(message, setting="record", value=record)
    return found


def _opinions(entries: Iterable[Entry]) -> dict[str, "_Opinion"]:
    return {entry.record: _parsed(_OPINION, entry) for entry in entries}


def _rated(entry: Entry, said: Mapping[str, "_Opinion"]) -> Record:
    opinion = said.get(entry.record, _Opinion())
    return replace(_parsed(RECORD, entry), at=entry.at, rating=opinion.rating, note=opinion.note)


def _parsed(form: TypeAdapter[_Form], entry: Entry) -> _Form:
    try:
        return form.validate_json(entry.body or "")
    except ValidationError as error:
        message = (
            f"record {entry.record!r} is not as this ragkit writes it. If a newer one wrote it, update ragkit; if not"
        )
        raise StoreError(f"{message}, it was edited. Run: ragkit records check") from error


@dataclass(frozen=True, kw_only=True)
class _Opinion:
    rating: int = 0
    note: str = ""


_OPINION = TypeAdapter(_Opinion)
