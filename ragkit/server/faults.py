"""What a request gets instead of an answer. It never names servers, paths or what another may read."""

import logging
from math import ceil

from fastapi.responses import JSONResponse

from ragkit.errors import (
    ConfigError,
    ModelBusy,
    ModelError,
    ModelTimeout,
    PromptTooLong,
    RagkitError,
    StoreError,
)

# Only what somebody asked is told to him in the words of the error; any other setting is the server's own.
_ASKED = {"question", "limits.question", "where", "note"}
_KINDS = {401: "authentication_error", 403: "permission_error", 404: "not_found_error", 429: "rate_limit_error"}
_SERVER = 500
# In seconds, where a busy model server does not say when to come again.
_SOON = 5.0

_log = logging.getLogger(__name__)


class Fault(Exception):
    """An error of the protocol: its status, a short `code` for programs, and a message for people.

    `retry_after` is in seconds, 0 where to ask again would change nothing.
    """

    def __init__(self, status: int, code: str, message: str, *, retry_after: float = 0) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.retry_after = retry_after

    def to_dict(self) -> dict[str, object]:
        """Return it in the form of OpenAI's protocol."""
        kind = _KINDS.get(self.status, "server_error" if self.status >= _SERVER else "invalid_request_error")
        return {"error": {"message": str(self), "type": kind, "param": None, "code": self.code}}

    def response(self) -> JSONResponse:
        """Return it as the answer to a request."""
        headers = {"Retry-After": str(ceil(self.retry_after))} if self.retry_after else {}
        if self.status == 401:  # noqa: PLR2004 - as HTTP numbers it
            headers["WWW-Authenticate"] = "Bearer"
        return JSONResponse(self.to_dict(), status_code=self.status, headers=headers)


def fault_of(error: RagkitError) -> Fault:
    """Return what whoever asked is told of an error; its own words, which are for the owner, are in no answer."""
    if isinstance(error, ConfigError) and error.setting in _ASKED:
        return Fault(400, "invalid_value", str(error))
    _log.warning("no answer: %s", type(error).__name__)
    match error:
        case PromptTooLong():
            message = "The question and its conversation are too long for the model. Begin a new conversation."
            return Fault(400, "context_length_exceeded", message)
        case ModelBusy():
            message = "The model is busy. Ask again in a moment."
            return Fault(503, "model_busy", message, retry_after=error.retry_after or _SOON)
        case ModelTimeout():
            return Fault(504, "model_timeout", "The model did not answer in time. Ask again, or ask for less.")
        case ModelError():
            return Fault(503, "model_unavailable", "The model does not answer at the moment.", retry_after=_SOON)
        case StoreError():
            return Fault(503, "store_unavailable", "The documents can't be read at the moment.", retry_after=_SOON)
    return unexpected(error)


def unexpected(error: Exception) -> Fault:
    """Return what is told of an error that nobody foresaw; `ragkit doctor` and the log are for who runs the server."""
    _log.error("a request failed: %s", type(error).__name__)
    return Fault(500, "internal_error", "Something went wrong in the server.")
