import asyncio
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from langchain_core.document_loaders import BaseLoader
from langchain_core.documents import Document
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import RunnablePassthrough

from ragkit import Answer, Connector, Filter, Hit, Listing, Retriever, Turn, Viewer, Workspace
from ragkit.errors import ResourceRejected
from ragkit.filters import Equals
from ragkit.interop import as_retriever, as_runnable, from_loader
from ragkit.testing import ScriptedChat
from ragkit.testing.connector_contract import ConnectorContract
from tests.workspaces import REFUNDS, filled, workspace

OWNER = Viewer.local()
QUESTION = "How long does a refund take?"
WRITTEN = "A refund takes five working days [1]."


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Workspace]:
    with filled(tmp_path / "store", chat=ScriptedChat(WRITTEN)) as made:
        yield made


def test_a_retriever_brings_text_with_its_place(opened: Workspace) -> None:
    first = as_retriever(opened.retriever(), limit=2, viewer=OWNER).invoke(QUESTION)[0]
    place = first.metadata
    assert (place["uri"], place["heading"], place["page"]) == ("refunds.md", "How long it takes", None)
    assert REFUNDS[place["start"] : place["end"]] == first.page_content
    assert place["score"] > 0


def test_a_retriever_keeps_to_its_limit_and_its_condition(opened: Workspace) -> None:
    narrow = as_retriever(opened.retriever(), limit=1, where=Equals("source", "legal/help"), viewer=OWNER)
    assert [found.metadata["uri"] for found in narrow.invoke("refund burn notice")] == ["lease.md"]


def test_a_retriever_works_in_a_chain(opened: Workspace) -> None:
    chat = ScriptedChat("Five working days.")
    prompt = ChatPromptTemplate.from_template("{context}\n\n{question}")
    chain = (
        {"context": as_retriever(opened.retriever(), viewer=OWNER), "question": RunnablePassthrough()} | prompt | chat
    )
    assert chain.invoke(QUESTION).content == "Five working days."
    assert "five working days" in str(chat.asked[0][0].content)


def test_an_assistant_is_a_runnable(opened: Workspace) -> None:
    runnable = as_runnable(opened.assistant("support"), viewer=OWNER)
    answer = runnable.invoke(QUESTION)
    assert isinstance(answer, Answer)
    assert answer.citations[0].verdict == "verbatim"


def test_a_runnable_goes_on_with_a_conversation(opened: Workspace) -> None:
    earlier = Turn(question=QUESTION, answer="Five working days.")
    runnable = as_runnable(opened.assistant("support"), history=[earlier], viewer=OWNER)
    assert runnable.invoke("And who may ask?").query.startswith(QUESTION)


class Watched:
    """A search that notes in which threads it runs."""

    def __init__(self, inner: Retriever) -> None:
        self.inner = inner
        self.threads: set[int] = set()

    def retrieve(self, query: str, *, limit: int = 8, where: Filter | None = None, viewer: Viewer) -> list[Hit]:
        self.threads.add(threading.get_ident())
        return self.inner.retrieve(query, limit=limit, where=where, viewer=viewer)


def test_what_is_awaited_does_not_hold_up_the_event_loop(opened: Workspace) -> None:
    watched = Watched(opened.retriever())
    assistant = replace(opened.assistant("support"), retriever=watched)
    asyncio.run(as_retriever(watched, viewer=OWNER).ainvoke(QUESTION))
    asyncio.run(as_runnable(assistant, viewer=OWNER).ainvoke(QUESTION))
    assert watched.threads
    assert threading.get_ident() not in watched.threads


def test_a_batch_of_questions_is_answered_in_order(opened: Workspace) -> None:
    questions = [QUESTION, "Who may ask for a refund?", "I want to speak to a human"]
    answers = as_runnable(opened.assistant("support"), viewer=OWNER).batch(questions)
    assert [answer.question for answer in answers] == questions
    assert [answer.refusal for answer in answers][2] == "escalate"


class Pages(BaseLoader):
    """A loader as people write them."""

    def __init__(self, *documents: Document) -> None:
        self.documents = list(documents)

    def lazy_load(self) -> Iterator[Document]:
        yield from self.documents


def page(text: str, **metadata: object) -> Document:
    return Document(page_content=text, metadata=metadata)


@pytest.fixture
def loader() -> Pages:
    return Pages(
        page("Refunds take five days.", source="help.pdf", page=1, tags=["a"], title="Help"),
        page("Invoices are sent monthly.", source="help.pdf", page=2),
        page("No source at all."),
    )


def test_a_loader_is_ingested_once(tmp_path: Path, loader: Pages) -> None:
    with workspace(tmp_path / "store") as made:
        first = made.ingest(from_loader(loader, name="pages"))
        again = made.ingest(from_loader(loader, name="pages"))
        hits = made.search("refunds", viewer=OWNER)
    assert (first.added, first.embedded) == (3, 3)
    assert (again.unchanged, again.embedded) == (3, 0)
    assert hits[0].chunk.uri == "help.pdf"
    assert hits[0].chunk.metadata["page"] == 1


def test_what_a_loader_changes_or_drops_follows(tmp_path: Path, loader: Pages) -> None:
    with workspace(tmp_path / "store") as made:
        made.ingest(from_loader(loader, name="pages"))
        loader.documents = [page("Refunds take six days.", source="help.pdf"), *loader.documents[1:2]]
        report = made.ingest(from_loader(loader, name="pages"))
    assert (report.updated, report.unchanged, report.deleted) == (1, 1, 1)


def test_what_a_loader_says_beside_the_text_and_who_may_read_it_follow_too(tmp_path: Path, loader: Pages) -> None:
    reader = Viewer(groups=frozenset({"staff"}))
    with workspace(tmp_path / "store") as made:
        made.ingest(from_loader(loader, name="pages"))
        assert made.search("refund", viewer=reader) == []
        loader.documents[0].metadata["state"] = "final"
        report = made.ingest(from_loader(loader, name="pages", access=["staff"]))
        hits = made.search("refund", where=Equals("state", "final"), viewer=reader)
    assert (report.updated, bool(hits)) == (len(loader.documents), True)


def test_documents_that_share_a_source_are_numbered(loader: Pages) -> None:
    assert [listing.uri for listing in from_loader(loader, name="p").list()] == ["help.pdf", "help.pdf#2", "document"]


class TestLoaderConnector(ConnectorContract):
    @pytest.fixture
    def connector(self, loader: Pages) -> Connector:
        return from_loader(loader, name="pages")


def test_what_was_not_loaded_can_not_be_fetched(loader: Pages) -> None:
    with pytest.raises(ResourceRejected, match="List first"):
        from_loader(loader, name="p").fetch(Listing(uri="help.pdf", revision="1"))
