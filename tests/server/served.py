"""A workspace as it is served: to a client in this process, or over a real socket."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI
from fastapi.testclient import TestClient
from langchain_core.language_models import BaseChatModel

from ragkit.config import Config, ModelsConfig, RecordsConfig, ServerConfig, StoreConfig
from ragkit.server.app import application
from ragkit.server.callers import Keys, add_key
from ragkit.server.serving import listening
from ragkit.testing import MemoryConnector
from ragkit.workspace import Workspace
from tests.workspaces import BURNS, LEASE, NOBODY, REFUNDS, workspace

QUESTION = "How long does a refund take?"
SALARIES = "# Salaries\n\nThe salary of the director is ninety thousand euros a year.\n"


def filled(folder: Path, *, chat: BaseChatModel | str = "extractive", **server: Any) -> Workspace:
    """Return a workspace with a page that everybody of two groups may read, and one for each of them."""
    config = Config(
        store=StoreConfig(path=folder),
        models=ModelsConfig(url=NOBODY),
        records=RecordsConfig(keep=1),
        server=ServerConfig(keys=folder.with_suffix(".toml"), **server),
    )
    made = workspace(folder, chat=chat, config=config)
    made.ingest(MemoryConnector({"refunds.md": REFUNDS}, name="support/help", access=["customers", "staff"]))
    made.ingest(MemoryConnector({"pay.md": SALARIES}, name="support/hr", access=["staff"]))
    made.ingest(MemoryConnector({"lease.md": LEASE}, name="legal/help", access=["customers"]))
    made.ingest(MemoryConnector({"burns.md": BURNS}, name="triage/help", access=["customers"]))
    return made


def keys(of: Workspace, **groups: Sequence[str]) -> dict[str, str]:
    """Make keys for groups, by their names; for no group one that may read everything."""
    server, tenant = of.config.server, of.config.store.tenant
    return {name: add_key(server.keys, name, tenant=tenant, groups=g, owner=not g) for name, g in groups.items()}


@contextmanager
def client(of: Workspace, *, key: str = "", address: str = "127.0.0.1") -> Iterator[TestClient]:
    """Serve within this process; with the keys that were made, if there are any."""
    file = of.config.server.keys
    app = application(of, keys=Keys(file) if file.exists() else None)
    headers = {"authorization": f"Bearer {key}"} if key else {}
    with TestClient(app, base_url="http://127.0.0.1:8502", client=(address, 5000), headers=headers) as made:
        yield made


@contextmanager
def server(app: FastAPI) -> Iterator[str]:
    """Serve on a socket of loopback, and return the address."""
    with listening("127.0.0.1", 0) as listener:
        running = uvicorn.Server(uvicorn.Config(app, log_config=None, ws="none"))
        thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        running.should_exit = True
        thread.join(20)


def answered(of: TestClient, question: str, **more: Any) -> Any:
    """Return what an assistant answers."""
    response = of.post("/v1/ask", json={"question": question} | more)
    assert response.status_code == 200, response.text
    return response.json()
