"""Workspaces made of doubles, and pages shown over them."""

import threading
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path

from langchain_core.language_models import BaseChatModel
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Element

from ragkit import wiring
from ragkit.config import AssistantConfig, Config, ModelsConfig, StoreConfig
from ragkit.connector import Connector
from ragkit.documents import Listing, Resource
from ragkit.ingestion.ingest import Ingest, IngestReport, Progress
from ragkit.store.catalog.catalog import Catalog
from ragkit.store.store import Store
from ragkit.testing import MemoryConnector, MemoryIndexes, PlainParser, WordEmbeddings
from ragkit.workspace import Workspace

REFUNDS = """# Refunds

## How long it takes

A refund takes five working days. It goes back to the card that was charged.

## Who may ask

Only the owner of the account can ask for a refund.
"""
BURNS = "# Burns\n\nCool the burn under running water for twenty minutes.\n"
LEASE = "# Lease\n\nThe notice period for termination is three months.\n"
HELP = {"support/help": {"refunds.md": REFUNDS}, "triage/help": {"burns.md": BURNS}, "legal/help": {"lease.md": LEASE}}
ANSWER = "A refund takes five working days [1]."
# Nothing listens here, so that no Ollama of the machine is found.
NOBODY = "http://127.0.0.1:9"


class MemoryWorkspace(Workspace):
    """A workspace whose vectors lie in memory and whose parser starts no child process."""

    @cached_property
    def store(self) -> Store:
        folder = self.config.store.path
        return Store(Catalog(folder), MemoryIndexes(), folder=folder)

    def ingest(
        self,
        target: Connector | Path | str,
        *,
        name: str = "",
        retry: bool = False,
        on_progress: Callable[[Progress], None] = lambda _: None,
    ) -> IngestReport:
        named = str(target) if isinstance(target, Path) else target
        connector = wiring.connector(named, self.config, name=name) if isinstance(named, str) else named
        if not self.exists:
            Catalog.create(self.config.store.path, fingerprint=self.fingerprint, tenant="local").close()
        run = Ingest(
            store=self.store, parser=PlainParser(), embedder=self.embedder, retry=retry, on_progress=on_progress
        )
        return run.sync(connector)


class WaitingConnector(MemoryConnector):
    """Lists its texts at once, and gives none of them before it may."""

    def __init__(self, texts: Mapping[str, str], *, until: threading.Event) -> None:
        super().__init__(texts, name="support/help")
        self._until = until

    def fetch(self, listing: Listing) -> Resource:
        self._until.wait(20)
        return super().fetch(listing)


def empty_workspace(folder: Path, chat: BaseChatModel | str = "extractive", *, locale: str = "en-GB") -> Workspace:
    """Return a workspace in which nothing was ingested yet."""
    config = Config(
        store=StoreConfig(path=folder),
        models=ModelsConfig(url=NOBODY),
        assistant=AssistantConfig(locale=locale),
    )
    return MemoryWorkspace(config, embedding=WordEmbeddings(), chat=chat)


def filled_workspace(
    folder: Path, chat: BaseChatModel | str = "extractive", texts: Mapping[str, Mapping[str, str]] = HELP
) -> Workspace:
    """Return a workspace that holds texts, by source and uri."""
    made = empty_workspace(folder, chat)
    for source, documents in texts.items():
        made.ingest(MemoryConnector(documents, name=source))
    return made


def chat_page(workspace: Workspace, name: str = "support") -> AppTest:
    """Return an assistant's page after its first run."""

    def script(workspace: "Workspace", name: str) -> None:
        from ragkit_apps import chat  # noqa: PLC0415 - this body is run as a script of its own

        chat.show(workspace, name)

    return AppTest.from_function(script, args=(workspace, name), default_timeout=60).run()


def documents_page(workspace: Workspace, *, local: bool = True) -> AppTest:
    """Return the page Documents after its first run."""

    def script(workspace: "Workspace", local: bool) -> None:
        from ragkit_apps import documents  # noqa: PLC0415 - this body is run as a script of its own

        documents.show(workspace, local=local)

    return AppTest.from_function(script, args=(workspace, local), default_timeout=60).run()


def settings_page(workspace: Workspace) -> AppTest:
    """Return the page Settings & health after its first run."""

    def script(workspace: "Workspace") -> None:
        from ragkit_apps import settings  # noqa: PLC0415 - this body is run as a script of its own

        settings.show(workspace)

    return AppTest.from_function(script, args=(workspace,), default_timeout=60).run()


def ask(page: AppTest, question: str) -> AppTest:
    """Type a question into the page and return it when it was answered."""
    return page.chat_input[0].set_value(question).run()


def press(page: AppTest, label: str) -> AppTest:
    """Press the first button of that name."""
    button = next(button for button in page.button if button.label == label)
    return button.click().run()


def labels(page: AppTest) -> list[str]:
    """Return the names of the buttons, in order."""
    return [button.label for button in page.button]


def html_of(page: AppTest) -> list[str]:
    """Return the HTML of each element, in order."""
    return [str(element.value) for element in page.get("html") if isinstance(element, Element)]


def written(page: AppTest) -> str:
    """Return all HTML of the page."""
    return "\n".join(html_of(page))
