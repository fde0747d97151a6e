"""The application: its paths, and what it says where something is wrong."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from ragkit.errors import RagkitError
from ragkit.server.api import Api
from ragkit.server.assistants import Assistants, Turns
from ragkit.server.callers import Keys
from ragkit.server.desk import Desk
from ragkit.server.faults import Fault, fault_of, unexpected
from ragkit.server.gate import HEALTH, Gate
from ragkit.version import __version__
from ragkit.workspace import Workspace


def application(workspace: Workspace, *, keys: Keys | None = None) -> FastAPI:
    """Return the application that answers from a workspace, and closes it at its end.

    Without `keys` programs of this machine alone may ask, each as the owner.

    Raises:
        ConfigError: an assistant of the settings is not there.
    """
    desk = Desk(workspace.config.server.questions)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        yield
        desk.close()
        workspace.close()

    # Its pages of documentation would fetch scripts from elsewhere; openapi.json says the same.
    app = FastAPI(
        title="ragkit", version=__version__, lifespan=lifespan, docs_url=None, redoc_url=None, redirect_slashes=False
    )
    app.add_middleware(Gate, keys=keys)
    api = Api(workspace=workspace, assistants=Assistants(workspace), desk=desk, turns=Turns())
    app.get(HEALTH)(api.health)
    app.get("/v1/models")(api.models)
    app.get("/v1/models/{name}")(api.model)
    # What they return is made by hand, by the same functions as the output of the command line.
    app.post("/v1/chat/completions", response_model=None)(api.complete)
    app.post("/v1/ask", response_model=None)(api.ask)
    app.post("/v1/search", response_model=None)(api.search)
    app.post("/v1/records/{record}/rating", status_code=204, response_model=None)(api.rate)
    for kind, told in _TOLD.items():
        app.add_exception_handler(kind, _answering(told))
    return app


def _answering(told: Callable[..., Fault]) -> Callable[[Request, Exception], Response]:
    return lambda _, error: told(error).response()


def _misformed(error: RequestValidationError) -> Fault:
    """Name the first wrong field, without what was in it."""
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"][1:]) or "the body"
    return Fault(400, "invalid_request", f"{where}: {first['msg']}.")


def _unserved(error: HTTPException) -> Fault:
    return Fault(error.status_code, "no_such_path", f"{error.detail}. GET /openapi.json has what there is.")


def _gone(_: ClientDisconnect) -> Fault:
    # Nobody reads it.
    return Fault(499, "client_gone", "The client has gone.")


_TOLD: dict[type[Exception], Callable[..., Fault]] = {
    Fault: lambda fault: fault,
    RagkitError: fault_of,
    RequestValidationError: _misformed,
    HTTPException: _unserved,
    ClientDisconnect: _gone,
    Exception: unexpected,
}
