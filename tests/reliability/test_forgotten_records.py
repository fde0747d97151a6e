"""R12 for records of answers: what is forgotten is in no record either, and the records still bear witness."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ragkit.config import Config, ModelsConfig, RecordsConfig, StoreConfig
from ragkit.documents import Viewer
from ragkit.filters import Equals
from ragkit.pipeline import recording
from ragkit.prompting.conversation import Turn
from ragkit.recording.recorder import rate, records
from ragkit.testing import MemoryConnector
from ragkit.workspace import Workspace
from tests.workspaces import NOBODY, workspace

pytestmark = pytest.mark.timeout(60)
OWNER = Viewer.local()
CANARY = "canary".ljust(32, "q")
SECRET = f"# Salaries\n\nThe salary of the director is {CANARY} crowns a month.\n"
OTHER = "# Parking\n\nThe garage opens at seven in the morning.\n"
ASKED = "What is the salary of the director?"


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Workspace]:
    folder = tmp_path / "store"
    config = Config(
        store=StoreConfig(path=folder),
        models=ModelsConfig(url=NOBODY),
        records=RecordsConfig(keep=30, redact=False),
    )
    with workspace(folder, config=config) as opened:
        opened.ingest(MemoryConnector({f"{CANARY}.md": SECRET, "parking.md": OTHER}, name="files"))
        yield opened


def ask(opened: Workspace, question: str, *history: Turn) -> str:
    return opened.assistant("support").ask(question, history=history, viewer=OWNER).text


def remains(opened: Workspace) -> list[str]:
    files = [file for file in opened.config.store.path.iterdir() if file.name.startswith("records.db")]
    assert files
    return [file.name for file in files if CANARY.encode() in file.read_bytes()]


def forget(opened: Workspace) -> int:
    with opened.store.writing():
        return opened.store.forget(Equals("uri", f"{CANARY}.md")).records


def test_an_answer_from_a_forgotten_document_is_forgotten_with_it(opened: Workspace) -> None:
    assert CANARY in ask(opened, ASKED)
    rate(recording(opened.config).journal, "last", rating=1, note=f"{CANARY} is right")
    ask(opened, "When does the garage open?")
    assert remains(opened)
    # Broken on purpose: `Store.forget` without `forget_records`; `erase` of the kind "answer" alone.
    assert forget(opened) >= 1
    assert not remains(opened)
    assert not recording(opened.config).journal.inspect().fault


def test_answers_from_other_documents_stay(opened: Workspace) -> None:
    opened.assistant("support", limit=1).ask("When does the garage open?", viewer=OWNER)
    forget(opened)
    assert [record.question for record in records(recording(opened.config).journal)] == ["When does the garage open?"]


def test_what_was_said_later_in_that_conversation_goes_too(opened: Workspace) -> None:
    told = ask(opened, ASKED)
    only_one = opened.assistant("support", limit=1)
    turn = Turn(question=ASKED, answer=told)
    only_one.ask("When does the garage open in the morning?", history=[turn], viewer=OWNER)
    # Broken on purpose: `_leans` that is always false.
    assert forget(opened) == 2


def test_a_record_that_names_its_file_goes_too(opened: Workspace) -> None:
    question = f"When does the garage open in the morning, as {CANARY}.md says?"
    opened.assistant("support", limit=1).ask(question, viewer=OWNER, where=Equals("uri", "parking.md"))
    assert remains(opened)
    # Broken on purpose: no look for the uris.
    assert forget(opened) == 1
    assert not remains(opened)


def test_a_document_is_known_by_its_id_where_its_uri_was_redacted(opened: Workspace) -> None:
    opened.config = opened.config.model_copy(update={"records": RecordsConfig(keep=30)})
    opened.ingest(MemoryConnector({"ann@example.org": SECRET}, name="mails"))
    mail = Equals("uri", "ann@example.org")
    opened.assistant("support").ask(ASKED, viewer=OWNER, where=mail)
    with opened.store.writing():
        # Broken on purpose: `_touched` without `_documents`.
        assert opened.store.forget(mail).records == 1
    assert not remains(opened)


def test_compacting_takes_the_records_of_documents_that_are_gone(opened: Workspace) -> None:
    ask(opened, ASKED)
    opened.ingest(MemoryConnector({"parking.md": OTHER}, name="files"))
    with opened.store.writing():
        opened.store.compact()
    # Broken on purpose: `compact` without `forget_orphans`.
    assert not remains(opened)
    assert not recording(opened.config).journal.inspect().fault
