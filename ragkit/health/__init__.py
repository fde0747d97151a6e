"""What a working installation needs, checked one by one; whatever is wrong comes with its fix."""

from collections.abc import Iterator
from pathlib import Path

from ragkit import config_file, wiring
from ragkit.health import machine, models, servers, store
from ragkit.health.check import Check, Level, guarded, guarded_all
from ragkit.health.ports import PAGES, SERVER, pages, server
from ragkit.health.records import records
from ragkit.health.versions import checked_versions, installed
from ragkit.workspace import Workspace

__all__ = ["Check", "Level", "checks"]


def checks(workspace: Workspace, *, settings: Path | None = None, port: int = PAGES) -> Iterator[Check]:
    """Yield the checks as they are done, the quick ones first.

    `settings` is the file that the settings came from, if it was named; `port` is that of the web pages.
    """
    config = workspace.config
    yield guarded("settings", lambda: machine.settings(config))
    yield from machine.settings_file(config_file.settings_file(settings))
    yield from machine.sources(config)
    yield machine.extras()
    yield from checked_versions()
    yield machine.pandoc()
    yield guarded("scans", machine.scans)
    yield guarded("disk", lambda: machine.disk(config.store.path))
    if installed("streamlit"):
        yield from pages(port)
    if installed("fastapi"):
        yield from server(SERVER, config.server.keys)
    yield guarded("embedder", lambda: models.embedder(workspace.embedder))
    yield from guarded_all("ollama", lambda: servers.ollama(config))
    yield from guarded_all("model server", lambda: servers.openai(config))
    yield from guarded_all("chroma", lambda: servers.chroma(config))
    yield from _models(workspace)
    yield from _store(workspace)


def _models(workspace: Workspace) -> Iterator[Check]:
    config = workspace.config
    answers = guarded("chat model", lambda: models.chat(workspace.engine, num_ctx=config.models.num_ctx))
    yield answers
    if answers.level == "ok":
        yield guarded("prompt", lambda: models.prompt(workspace.engine, workspace.embedder, config))
        if config.models.groundedness:
            yield guarded("groundedness", lambda: models.grounder(wiring.grounder(config, workspace.engine)))
    if config.models.reranker:
        yield guarded("reranker", lambda: models.reranker(workspace.reranker))


def _store(workspace: Workspace) -> Iterator[Check]:
    found = guarded("store", lambda: store.store(workspace))
    yield found
    yield from store.files(workspace.config.store.path)
    yield from guarded_all("records", lambda: records(workspace.config))
    if workspace.exists and found.level != "fault":
        yield from guarded_all("failures", lambda: store.failures(workspace))
