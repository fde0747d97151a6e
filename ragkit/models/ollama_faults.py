"""What Ollama's faults mean, and what to do about each.

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

_PORT = 11434
_TOO_LONG = ("exceed", "longer than", "too large", "too long")


def address(url: str) -> httpx.URL:
    """Return the address, which may be written as for OLLAMA_HOST: `127.0.0.1`, `host:11434`, `http://host`.

    Raises:
        ConfigError: it is no address of a web server.
    """
    bare = "://" not in url
    try:
        full = httpx.URL(f"http://{url.strip()}" if bare else url.strip())
    except httpx.InvalidURL:
        full = httpx.URL()
    if full.scheme not in ("http", "https") or not full.host:
        raise ConfigError(
            f"{url.rpartition('@')[2]!r} is no address of Ollama. Write it like 'http://127.0.0.1:{_PORT}'",
            setting="models.url",
            value=url.rpartition("@")[2],
        )
    if bare and full.port is None:
        full = full.copy_with(port=_PORT)
    # A server listens on 0.0.0.0; nobody can call it there.
    return full.copy_with(host="127.0.0.1") if full.host == "0.0.0.0" else full


def broken(exc: httpx.HTTPError, asked: Asked, silence: float) -> RagkitError:
    """Return the error for a connection that failed."""
    if isinstance(exc, httpx.ConnectError | httpx.ConnectTimeout):
        return ModelUnavailable(f"no Ollama answers on {asked.url!r}. Run: ollama serve", model=asked.model)
    if isinstance(exc, httpx.TimeoutException):
        return ModelTimeout(
            f"{asked.model!r} on {asked.url!r} was silent for {silence:g} s. "
            "Wait until it is loaded and ask again, take a smaller model, or raise models.timeout",
            model=asked.model,
        )
    return ModelFailed(
        f"the connection to {asked.url!r} broke ({type(exc).__name__}). Look at Ollama's log, then ask again",
        model=asked.model,
    )


def overdue(asked: Asked, seconds: float) -> ModelTimeout:
    """Return the error for an answer that came, but too slowly."""
    return ModelTimeout(
        f"{asked.model!r} on {asked.url!r} was not done after {seconds:g} s. "
        "Ask for fewer tokens, take a smaller model, or give OllamaServer a longer deadline",
        model=asked.model,
    )


def foreign(asked: Asked) -> ModelUnavailable:
    """Return the error for a server that is something else."""
    return ModelUnavailable(
        f"{asked.url!r} answers, but is not Ollama. Check the host and the port (Ollama's is {_PORT})",
        model=asked.model,
    )


def garbled(asked: Asked, what: str) -> ModelFailed:
    """Return the error for an answer that can't be read."""
    return ModelFailed(
        f"{asked.url!r} sent {what}. Look at Ollama's log, update Ollama, then ask again", model=asked.model
    )


def crowded(asked: Asked, waited: float) -> ModelBusy:
    """Return the error for a question that found no place in this process's own line."""
    why = f"no place within {waited:g} s" if waited else "too many questions wait for it already"
    return ModelBusy(
        f"{asked.url!r} is busy: {why}. Ask again in a moment, or raise models.parallel together with the server's own "
        "limit (OLLAMA_NUM_PARALLEL)",
        model=asked.model,
    )


def refused(status: int, said: str | None, asked: Asked, after: float = 0.0) -> RagkitError:
    """Return the error for a status that is not 200. `said` is None if the body is not in Ollama's form.

    `after` is when the server wants to be asked again, in seconds.
    """
    if httpx.codes.is_redirect(status):
        return ModelUnavailable(
            f"{asked.url!r} sends elsewhere ({status}), which is not followed. Set models.url to the last address",
            model=asked.model,
        )
    if status in (401, 403):
        return ModelUnavailable(
            f"{asked.url!r} refused access ({status}). Set models.url to a server that is open to you",
            model=asked.model,
        )
    if status in (429, 503):
        return ModelBusy(
            f"{asked.url!r} is busy ({status}). Ask again in a moment, or raise OLLAMA_MAX_QUEUE on the server",
            model=asked.model,
            retry_after=after,
        )
    if status in (502, 504):
        return ModelUnavailable(
            f"{asked.url!r} is a gateway with no Ollama behind it ({status}). Check that Ollama runs there",
            model=asked.model,
        )
    if said is None:
        return foreign(asked) if status in (404, 405) else failed(f"status {status}", asked)
    if status == httpx.codes.NOT_FOUND:
        return missing(asked)
    return sorted_out(said, f"status {status}", asked)


def missing(asked: Asked) -> ModelUnavailable:
    """Return the error for a model that is not there."""
    return ModelUnavailable(
        f"{asked.model!r} is not on {asked.url!r}. Run: ragkit models pull {asked.model}", model=asked.model
    )


def sorted_out(said: str, where: str, asked: Asked) -> RagkitError:
    """Return the error for words of the server, at status 400 or 500 or in the middle of an answer."""
    words = said.lower()
    if ("context" in words or "input length" in words) and any(sign in words for sign in _TOO_LONG):
        return PromptTooLong(
            f"the prompt of about {asked.tokens} tokens does not fit the window of {asked.model!r} "
            f"({asked.window}). Send less, or raise num_ctx",
            tokens=asked.tokens,
            window=asked.window,
        )
    if "memory" in words:
        return ModelUnavailable(
            f"{asked.model!r} needs more memory than {asked.url!r} has ({where}). "
            "Take a smaller model, or lower num_ctx",
            model=asked.model,
        )
    if "not found" in words or "file does not exist" in words:
        return ModelUnavailable(
            f"{asked.model!r} was not found by {asked.url!r}. Check the name on ollama.com/library", model=asked.model
        )
    if "does not support" in words:
        return ModelFailed(
            f"{asked.model!r} can't do what was asked ({where}). Take a model whose capabilities have it: "
            f"ollama show {asked.model}",
            model=asked.model,
        )
    return failed(where, asked)


def failed(where: str, asked: Asked) -> ModelFailed:
    """Return the error for anything else that the server reports."""
    return ModelFailed(
        f"{asked.model!r} on {asked.url!r} failed ({where}). Look at Ollama's log, then ask again", model=asked.model
    )
