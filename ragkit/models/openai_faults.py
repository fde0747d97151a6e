"""What the faults of servers mean that speak OpenAI's protocol (vLLM, LM Studio, llama-server), and what to do.

The server's own words are sorted here, never repeated: they may hold a part of the prompt.
"""

import httpx

from ragkit.errors import (
    ConfigError,
    ModelBusy,
    ModelFailed,
    ModelTimeout,
    ModelUnavailable,
    PromptTooLong,
    RagkitError,
)
from ragkit.models.wire import Asked

_TOO_LONG = ("exceed", "maximum", "too long", "too large", "longer than", "not enough", "overflow")


def address(url: str) -> httpx.URL:
    """Return the address, which ends in /v1 if no path is given.

    Raises:
        ConfigError: it is no address of a web server.
    """
    try:
        full = httpx.URL(url.strip() if "://" in url else f"http://{url.strip()}")
    except httpx.InvalidURL:
        full = httpx.URL()
    if full.scheme not in ("http", "https") or not full.host:
        written = url.rpartition("@")[2]
        raise ConfigError(
            f"{written!r} is no address of a server. Set models.openai_url like 'http://127.0.0.1:8000/v1'",
            setting="models.openai_url",
            value=written,
        )
    return full.copy_with(path="/v1") if full.path == "/" else full


def broken(exc: httpx.HTTPError, asked: Asked, silence: float) -> RagkitError:
    """Return the error for a connection that failed."""
    if isinstance(exc, httpx.ConnectError | httpx.ConnectTimeout):
        message = f"no server answers on {asked.url!r}. Start it, or correct models.openai_url"
        return ModelUnavailable(message, model=asked.model)
    if isinstance(exc, httpx.TimeoutException):
        return ModelTimeout(
            f"{asked.model!r} on {asked.url!r} was silent for {silence:g} s. "
            "Wait until it is loaded and ask again, take a smaller model, or raise models.timeout",
            model=asked.model,
        )
    return ModelFailed(
        f"the connection to {asked.url!r} broke ({type(exc).__name__}). Look at the server's log, then ask again",
        model=asked.model,
    )


def overdue(asked: Asked, seconds: float) -> ModelTimeout:
    """Return the error for an answer that came, but too slowly."""
    return ModelTimeout(
        f"{asked.model!r} on {asked.url!r} was not done after {seconds:g} s. "
        "Ask for fewer tokens, take a smaller model, or give OpenAIServer a longer deadline",
        model=asked.model,
    )


def foreign(asked: Asked) -> ModelUnavailable:
    """Return the error for a server that is something else."""
    return ModelUnavailable(
        f"{asked.url!r} answers, but does not speak OpenAI's protocol. Check models.openai_url; most end in /v1",
        model=asked.model,
    )


def garbled(asked: Asked, what: str) -> ModelFailed:
    """Return the error for an answer that can't be read."""
    message = f"{asked.url!r} sent {what}. Look at the server's log, update it, then ask again"
    return ModelFailed(message, model=asked.model)


def crowded(asked: Asked, waited: float) -> ModelBusy:
    """Return the error for a question that found no place in this process's own line."""
    why = f"no place within {waited:g} s" if waited else "too many questions wait for it already"
    return ModelBusy(
        f"{asked.url!r} is busy: {why}. Ask again in a moment, or raise models.parallel if the server can do more",
        model=asked.model,
    )


def refused(status: int, said: str | None, asked: Asked, after: float = 0.0) -> RagkitError:
    """Return the error for a status that is not 200. `said` is None if the body is in no known form."""
    if httpx.codes.is_redirect(status):
        return ModelUnavailable(
            f"{asked.url!r} sends elsewhere ({status}), which is not followed. Set models.openai_url to the last one",
            model=asked.model,
        )
    if status in (401, 403):
        message = f"{asked.url!r} refused access ({status}). Set RAGKIT_OPENAI_KEY to the key that it wants"
        return ModelUnavailable(message, model=asked.model)
    if status in (429, 503):
        # llama-server says 503 as long as it loads its model.
        message = f"{asked.url!r} is busy ({status}). Ask again in a moment"
        return ModelBusy(message, model=asked.model, retry_after=after)
    if status in (502, 504):
        message = f"{asked.url!r} is a gateway with no server behind it ({status}). Check that the server runs"
        return ModelUnavailable(message, model=asked.model)
    if status in (404, 405):
        return missing(asked, ()) if said and "model" in said.lower() else foreign(asked)
    return sorted_out(said or "", f"status {status}", asked)


def missing(asked: Asked, names: tuple[str, ...]) -> ModelUnavailable:
    """Return the error for a model that is not there, with those that are."""
    have = f"It has {', '.join(map(repr, names[:5]))}" if names else "Ask it for /v1/models"
    return ModelUnavailable(f"{asked.model!r} is not on {asked.url!r}. {have}: set models.chat", model=asked.model)


def sorted_out(said: str, where: str, asked: Asked) -> RagkitError:
    """Return the error for words of the server, at status 400 or 500 or in the middle of an answer."""
    words = said.lower()
    if "context" in words and any(sign in words for sign in _TOO_LONG):
        return PromptTooLong(
            f"the prompt of about {asked.tokens} tokens does not fit the window of {asked.model!r} "
            f"({asked.window}). Send less, or start the server with a larger window",
            tokens=asked.tokens,
            window=asked.window,
        )
    if "memory" in words:
        message = f"{asked.model!r} needs more memory than {asked.url!r} has ({where}). Take a smaller model"
        return ModelUnavailable(message, model=asked.model)
    return ModelFailed(
        f"{asked.model!r} on {asked.url!r} failed ({where}). Look at the server's log, then ask again",
        model=asked.model,
    )
