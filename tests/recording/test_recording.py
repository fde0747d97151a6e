"""S9: an answer is recorded with what it rests on, and a record is run again."""

import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ragkit.config import Config, ModelsConfig, RecordsConfig, StoreConfig
from ragkit.documents import Viewer
from ragkit.errors import ConfigError, StoreError
from ragkit.filters import And, Equals, Filter, In, Not, Or, Range
from ragkit.models.chat.engine import UNKNOWN
from ragkit.pipeline import recorder, recording
from ragkit.prompting.conversation import Turn
from ragkit.recording.conditions import read, written
from ragkit.recording.record import RECORD, SCHEMA, turn_key
from ragkit.recording.recorder import Given, find, rate, records, unrecorded
from ragkit.recording.replay import Replay, replay
from ragkit.store.catalog.journal import FILE
from ragkit.testing import MemoryConnector, ScriptedChat
from ragkit.workspace import Workspace
from tests.workspaces import HELP, NOBODY, REFUNDS, workspace

pytestmark = pytest.mark.timeout(60)
OWNER = Viewer.local()
QUESTION = "How long does a refund take?"
WRITTEN = "A refund takes five working days [1]. Gold coins are sent by pigeon [1]."


def settings(folder: Path, **records: object) -> Config:
    kept = RecordsConfig.model_validate({"keep": 30} | records)
    return Config(store=StoreConfig(path=folder), models=ModelsConfig(url=NOBODY), records=kept)


def opened_over(folder: Path, config: Config, chat: str = WRITTEN) -> Workspace:
    made = workspace(folder, chat=ScriptedChat(chat), config=config)
    for source, documents in HELP.items():
        made.ingest(MemoryConnector(documents, name=source))
    return made


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Workspace]:
    folder = tmp_path / "store"
    with opened_over(folder, settings(folder)) as opened:
        yield opened


def replayed(opened: Workspace, record: str = "last") -> Replay:
    how = recording(opened.config)
    return replay(find(how.journal, record), unrecorded(opened.assistant("support")), how, viewer=opened.store.owner)


def test_an_answer_is_recorded_with_all_it_rests_on(opened: Workspace) -> None:
    answer = opened.assistant("support").ask(QUESTION, viewer=OWNER)
    (kept,) = records(recording(opened.config).journal)
    assert (kept.id, kept.question, kept.text) == (answer.record, QUESTION, answer.text)
    assert [hit.uri for hit in kept.hits] == [hit.chunk.uri for hit in answer.hits]
    assert [one.verdict for one in kept.citations] == [one.verdict for one in answer.citations]
    how = kept.circumstances
    assert (how.assistant, how.model) == ("support", answer.model)
    assert all((how.prompt, how.settings, how.viewer, how.ragkit, kept.trace, kept.at))
    assert (kept.schema, kept.language, kept.suggestions) == (SCHEMA, "en", answer.suggestions)
    assert kept.suggestions


def test_what_an_answer_left_open_and_what_is_not_borne_out_is_in_it(opened: Workspace) -> None:
    # Broken on purpose: `_doubtful` by citation instead of by sentence; with what was dropped; without "misattributed".
    answer = opened.assistant("support").ask(QUESTION, viewer=OWNER)
    (fine, bad), how = answer.citations, recording(opened.config)
    given = Given(profile=opened.assistant("support").profile, viewer=OWNER)
    second = replace(bad, sentence=fine.sentence)
    for citations, dropped, told in (
        ((fine, bad), (), (0, 1)),
        ((fine, bad), (bad.sentence,), (1, 0)),
        ((fine, second), (), (0, 0)),
        ((fine, replace(bad, verdict="misattributed")), (), (0, 0)),
    ):
        made = how.record(replace(answer, citations=citations, dropped=dropped, missing=("call 07700 900123",)), given)
        assert (made.dropped, made.doubtful, made.missing) == (*told, ("call <PHONE>",))


def test_the_documents_own_words_are_not_in_it(opened: Workspace) -> None:
    opened.assistant("support").ask(QUESTION, viewer=OWNER)
    body = (opened.config.store.path / FILE).read_bytes()
    # What the answer does not say. Broken on purpose: the text of a passage among the fields of `Passage`.
    assert REFUNDS.count("card that was charged") == 1
    assert b"card that was charged" not in body


def test_a_thought_is_neither_shown_nor_cited_nor_recorded(tmp_path: Path) -> None:
    """L6, where the model's template opened the thought: the first answer, the next one, and one that was kept."""
    with opened_over(tmp_path, settings(tmp_path), chat=f"Secretly, five days [1].</think>{WRITTEN}") as opened:
        assistant = opened.assistant("support")
        asked = (QUESTION, "Who may ask for a refund?", QUESTION)
        told = [list(assistant.stream(question, viewer=OWNER)) for question in asked]
        texts = [text for pieces in told for text in pieces if isinstance(text, str)]
        assert all(len(pieces) > 1 for pieces in told)
        assert "Secretly" not in "".join(texts) + repr([pieces[-1] for pieces in told])
    # Broken on purpose: `_begins_inside` False to begin with, in PlainChat.
    assert b"Secretly" not in (tmp_path / FILE).read_bytes()


def test_by_default_nothing_is_recorded(tmp_path: Path) -> None:
    with opened_over(tmp_path, settings(tmp_path, keep=0)) as opened:
        assert opened.assistant("support").ask(QUESTION, viewer=OWNER).record == ""
        assert recorder(opened.config) is None
    assert not (tmp_path / FILE).exists()


def test_what_rules_decide_is_recorded_too(opened: Workspace) -> None:
    opened.decided_by_rules("I want to speak to a human", assistant="support")
    opened.assistant("support").ask("I want to speak to a human", viewer=OWNER)
    kept = list(records(recording(opened.config).journal))
    assert [record.refusal for record in kept] == ["escalate", "escalate"]


def test_personal_data_is_taken_out_before_it_is_written(opened: Workspace) -> None:
    opened.assistant("support").ask(f"{QUESTION} I am ann@example.org.", viewer=OWNER)
    kept = find(recording(opened.config).journal, "last")
    assert (kept.question, dict(kept.redacted)) == (f"{QUESTION} I am <EMAIL>.", {"EMAIL": 1})
    assert b"ann@example" not in (opened.config.store.path / FILE).read_bytes()
    assert "redacted (EMAIL)" in " ".join(replayed(opened).remarks)


def test_a_record_that_can_not_be_written_never_fails_the_answer(
    opened: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    (opened.config.store.path / FILE).mkdir()
    with caplog.at_level(logging.WARNING):
        answer = opened.assistant("support").ask(QUESTION, viewer=OWNER)
    assert (answer.record, bool(answer.citations)) == ("", True)
    # Broken on purpose: no warning in `keep`.
    assert "could not be recorded" in caplog.text


def test_half_an_emoji_in_a_question_does_not_cost_the_answer(opened: Workspace) -> None:
    # Broken on purpose: the text left as it is in `Redactor.silently`.
    answer = opened.assistant("support").ask(f"{QUESTION} \ud83d", viewer=OWNER)
    assert find(recording(opened.config).journal, answer.record).question == f"{QUESTION} ?"


def test_nothing_changed_replays_as_nothing_changed(opened: Workspace) -> None:
    opened.assistant("support").ask(QUESTION, viewer=opened.store.owner)
    done = replayed(opened)
    assert (done.changes, done.gone, done.changed, done.new, done.diff) == ((), (), (), (), ())
    assert done.same > 0
    # Broken on purpose: a replay that is recorded itself.
    assert len(list(records(recording(opened.config).journal))) == 1


def test_weights_that_nobody_can_tell_apart_are_unknown_and_a_replay_says_so(opened: Workspace) -> None:
    # Broken on purpose: `digest` compared like the rest in `_changes`, or no remark.
    opened.assistant("support").ask(QUESTION, viewer=opened.store.owner)
    how = recording(opened.config)
    kept = find(how.journal, "last")
    assert kept.circumstances.digest == UNKNOWN
    was_known = replace(kept, circumstances=replace(kept.circumstances, digest="abc"))
    done = replay(was_known, unrecorded(opened.assistant("support")), how, viewer=opened.store.owner)
    assert done.changes == ()
    assert "nobody can say whether 'ScriptedChat' still has the same weights" in done.remarks
    opened.assistant("support").ask("I want to speak to a human", viewer=opened.store.owner)
    assert find(recording(opened.config).journal, "last").circumstances.digest == ""
    assert replayed(opened).remarks == ()


def test_a_replay_shows_which_passages_and_words_changed(tmp_path: Path) -> None:
    config = settings(tmp_path)
    with opened_over(tmp_path, config) as opened:
        opened.assistant("support").ask(QUESTION, viewer=opened.store.owner)
        nine = {"refunds.md": REFUNDS.replace("five", "nine")}
        opened.ingest(MemoryConnector(nine, name="support/help"))
        done = replayed(opened)
    assert [passage.uri for passage in done.changed] == ["refunds.md"]
    assert not done.gone
    # What the model wrote is no longer borne out.
    assert {"verdicts"} <= set(done.changes)


def test_a_replay_shows_another_model_and_other_settings(tmp_path: Path) -> None:
    config = settings(tmp_path)
    with opened_over(tmp_path, config) as opened:
        opened.assistant("support").ask(QUESTION, viewer=opened.store.owner)
    narrow = config.model_copy(update={"retrieval": config.retrieval.model_copy(update={"limit": 1})})
    with opened_over(tmp_path, narrow, chat="Five working days, a refund takes [1].") as opened:
        done = replayed(opened)
    assert {"settings", "text"} <= set(done.changes)
    assert [line[0] for line in done.diff[-2:]] == ["-", "+"]


def test_a_follow_up_is_replayed_with_the_turns_before_it(opened: Workspace) -> None:
    assistant = opened.assistant("support")
    first = assistant.ask(QUESTION, viewer=OWNER)
    turns = [Turn(question=QUESTION, answer=first.text), Turn(question="Never asked?", answer="Never said.")]
    second = assistant.ask("And who may ask for it?", history=turns, viewer=OWNER)
    kept = find(recording(opened.config).journal, second.record)
    assert kept.history == (first.record, "")
    assert "1 of 2 turns" in " ".join(replayed(opened).remarks)


def test_a_follow_up_in_the_documents_own_words_is_replayed_in_the_language_of_whoever_asked(opened: Workspace) -> None:
    assistant, owner = opened.assistant("support"), opened.store.owner
    first = assistant.ask("Wie lange dauert eine Rückerstattung (refund)?", viewer=owner)
    offered = (QUESTION,)
    recorder = recording(opened.config)
    kept = replace(find(recorder.journal, "last"), suggestions=offered, id="offers")
    recorder.journal.append(
        "answer", "offers", json.loads(RECORD.dump_json(kept)), turn=turn_key(kept.question, kept.text)
    )
    turn = Turn(question=first.question, answer=first.text, suggestions=offered)
    second = assistant.ask(QUESTION, history=[turn], viewer=owner)
    assert second.messages.language == "de"
    # Broken on purpose: the turns of a replay without their suggestions.
    assert "language" not in replayed(opened).changes


def test_what_an_older_ragkit_recorded_is_read_and_what_it_did_not_tell_is_no_change(opened: Workspace) -> None:
    opened.assistant("support").ask(QUESTION, viewer=opened.store.owner)
    journal = recording(opened.config).journal
    body = json.loads(RECORD.dump_json(find(journal, "last")))
    older = {key: value for key, value in body.items() if key not in ("schema", "language", "suggestions")}
    journal.append("answer", "older", older)
    assert find(journal, "older").schema == 1
    # Broken on purpose: what came with a later schema compared whatever the schema.
    assert replayed(opened, "older").changes == ()


def test_what_a_newer_ragkit_recorded_is_refused_instead_of_read_in_part(opened: Workspace) -> None:
    opened.assistant("support").ask(QUESTION, viewer=OWNER)
    journal = recording(opened.config).journal
    newer = json.loads(RECORD.dump_json(find(journal, "last"))) | {"schema": SCHEMA + 1}
    journal.append("answer", "newer", newer)
    with pytest.raises(StoreError, match=r"'newer' .* update ragkit"):
        find(journal, "newer")


def test_a_rating_is_added_and_the_last_one_counts(opened: Workspace) -> None:
    opened.assistant("support").ask(QUESTION, viewer=OWNER)
    journal = recording(opened.config).journal
    rate(journal, "last", rating=1)
    rate(journal, "last", rating=-1, note="Ring 020 7946 0018 instead")
    kept = find(journal, "last")
    assert (kept.rating, kept.note) == (-1, "Ring <PHONE> instead")
    assert not journal.inspect().fault


def test_an_unknown_record_is_refused_with_the_way_to_find_one(opened: Workspace) -> None:
    with pytest.raises(ConfigError, match=r"'nope'.*ragkit records list"):
        find(recording(opened.config).journal, "nope")


@pytest.mark.parametrize(
    "where",
    [
        Equals("year", 2024),
        Equals("draft", value=True),
        And((In("source", ("a", "b")), Not(Equals("page", 3)))),
        Or((Range(field="year", low=2020, high=None), Range(field="year", high=1.5))),
    ],
)
def test_a_filter_comes_back_as_it_was(where: Filter) -> None:
    assert read(written(where)) == where
