"""What the faults of a model server mean, and what to do about each: one table, a row for each kind of server.

The server's own words are sorted here, never repeated: they may hold a part of the prompt.
"""

from collections.abc import Sequence
from dataclasses import dataclass

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

_TOO_LONG = ("exceed", "maximum", "too long", "too large", "longer than", "not enough", "overflow")
_NOT_THERE = ("not found", "does not exist")


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What was asked, for the messages: where, of which model, with how many tokens for which window."""

    url: str
    model: str
    tokens: int = 0
    window: int = 0


@dataclass(frozen=True, kw_only=True)
class Faults:
    """One kind of server: what it is called, and what helps against each of its faults.

    `{url}` and `{model}` stand for those that were asked.
    """

    name: str
    client: str
    setting: str
    example: str
    nobody: str
    other: str
    access: str
    busy: str
    parallel: str
    absent: str
    unknown: str
    unable: str
    larger: str
    lighter: str

    def address(self, url: str) -> httpx.URL:
        """Return the address; http is meant where no scheme is named.

        Raises:
            ConfigError: it is no address of a web server.
        """
        try:
            full = httpx.URL(url.strip() if "://" in url else f"http://{url.strip()}")
        except httpx.InvalidURL:
            full = httpx.URL()
        if full.scheme in ("http", "https") and full.host:
            return full.copy_with(query=None, fragment=None)
        written = url.rpartition("@")[2]
        what = (
            f"{written!r} is no address of {self.name}."
            if written
            else f"{self.setting} is not set: there is no address of {self.name}."
        )
        message = f"{what} Set {self.setting} like {self.example!r}"
        raise ConfigError(message, setting=self.setting, value=written)

    def broken(self, exc: httpx.HTTPError, asked: Asked, silence: float) -> RagkitError:
        """Return the error for a connection that failed."""
        if isinstance(exc, httpx.ConnectError | httpx.ConnectTimeout):
            return ModelUnavailable(self.nobody.format(url=repr(asked.url)), model=asked.model)
        if isinstance(exc, httpx.TimeoutException):
            remedy = "Wait until it is loaded and ask again, take a smaller model, or raise models.timeout"
            message = f"{asked.model!r} on {asked.url!r} was silent for {silence:g} s. {remedy}"
            return ModelTimeout(message, model=asked.model)
        message = f"the connection to {asked.url!r} broke ({type(exc).__name__}). {self._log}, then ask again"
        return ModelFailed(message, model=asked.model)

    def mute(self, url: str, seconds: float, model: str) -> ModelTimeout:
        """Return the error for a server that doesn't even say what it has."""
        message = f"{url!r} was silent for {seconds:g} s when it was asked what it has. {self._log}, or start it anew"
        return ModelTimeout(message, model=model)

    def overdue(self, asked: Asked, seconds: float) -> ModelTimeout:
        """Return the error for an answer that came, but too slowly."""
        remedy = f"Ask for fewer tokens, take a smaller model, or give {self.client} a longer deadline"
        message = f"{asked.model!r} on {asked.url!r} was not done after {seconds:g} s. {remedy}"
        return ModelTimeout(message, model=asked.model)

    def foreign(self, asked: Asked) -> ModelUnavailable:
        """Return the error for a server that is something else."""
        return ModelUnavailable(f"{asked.url!r} answers, but {self.other}", model=asked.model)

    def garbled(self, asked: Asked, what: str) -> ModelFailed:
        """Return the error for an answer that can't be read."""
        message = f"{asked.url!r} sent {what}. {self._log}, update {self.name}, then ask again"
        return ModelFailed(message, model=asked.model)

    def crowded(self, asked: Asked, waited: float) -> ModelBusy:
        """Return the error for a question that found no place in this process's own line; `waited` is in seconds."""
        why = f"no place within {waited:g} s" if waited else "too many questions wait for it already"
        remedy = f"Ask again in a moment, or raise models.parallel {self.parallel}"
        return ModelBusy(f"{asked.url!r} is busy: {why}. {remedy}", model=asked.model)

    def refused(self, status: int, said: str | None, asked: Asked, after: float = 0.0) -> RagkitError:
        """Return the error for a status that is not 200. `said` is None if the body is in no known form.

        `after` is when the server wants to be asked again, in seconds.
        """
        if status in (429, 503):
            # llama-server says 503 as long as it loads its model.
            return ModelBusy(f"{asked.url!r} is busy ({status}). {self.busy}", model=asked.model, retry_after=after)
        if status in (404, 405):
            return self.missing(asked) if said and "model" in said.lower() else self.foreign(asked)
        if httpx.codes.is_redirect(status):
            what = f"sends elsewhere ({status}), which is not followed. Set {self.setting} to the last address"
        elif status in (401, 403):
            what = f"refused access ({status}). {self.access}"
        elif status in (502, 504):
            what = f"is a gateway with nothing behind it ({status}). Check that {self.name} runs there"
        else:
            return self.sorted_out(said or "", f"status {status}", asked)
        return ModelUnavailable(f"{asked.url!r} {what}", model=asked.model)

    def missing(self, asked: Asked, names: Sequence[str] = ()) -> ModelUnavailable:
        """Return the error for a model that is not there; `names` are some that are."""
        have = f" It has {', '.join(map(repr, names[:5]))}." if names else ""
        remedy = self.absent.format(model=asked.model)
        return ModelUnavailable(f"{asked.model!r} is not on {asked.url!r}.{have} {remedy}", model=asked.model)

    def sorted_out(self, said: str, where: str, asked: Asked) -> RagkitError:
        """Return the error for words of the server, at status 400 or 500 or in the middle of an answer."""
        words = said.lower()
        if "memory" in words:
            remedy = f"Take a smaller model, or {self.lighter}"
            message = f"{asked.model!r} needs more memory than {asked.url!r} has ({where}). {remedy}"
            return ModelUnavailable(message, model=asked.model)
        if ("context" in words or "input length" in words) and any(sign in words for sign in _TOO_LONG):
            what = f"the prompt of about {asked.tokens} tokens does not fit the window of {asked.model!r}"
            message = f"{what} ({asked.window}). Send less, or {self.larger}"
            return PromptTooLong(message, tokens=asked.tokens, window=asked.window)
        if "model" in words and any(sign in words for sign in _NOT_THERE):
            message = f"{asked.model!r} was not found by {asked.url!r}. {self.unknown}"
            return ModelUnavailable(message, model=asked.model)
        if "does not support" in words:
            message = f"{asked.model!r} can't do what was asked ({where}). {self.unable.format(model=asked.model)}"
        else:
            message = f"{asked.model!r} on {asked.url!r} failed ({where}). {self._log}, then ask again"
        return ModelFailed(message, model=asked.model)

    @property
    def _log(self) -> str:
        return f"Look at {self.name}'s log"


OLLAMA = Faults(
    name="Ollama",
    client="OllamaServer",
    setting="models.url",
    example="http://127.0.0.1:11434",
    nobody="no Ollama answers on {url}. Run: ollama serve",
    other="is not Ollama. Check the host and the port (Ollama's is 11434)",
    access="Set models.url to a server that is open to you",
    busy="Ask again in a moment, or raise OLLAMA_MAX_QUEUE on the server",
    parallel="together with the server's own limit (OLLAMA_NUM_PARALLEL)",
    absent="Run: ragkit models pull {model}",
    unknown="Check the name on ollama.com/library",
    unable="Take a model whose capabilities have it: ollama show {model}",
    larger="raise num_ctx",
    lighter="lower num_ctx",
)

# vLLM, LM Studio, llama-server.
OPENAI = Faults(
    name="the server",
    client="OpenAIServer",
    setting="models.openai_url",
    example="http://127.0.0.1:8000/v1",
    nobody="no server answers on {url}. Start it, or correct models.openai_url",
    other="does not speak OpenAI's protocol. Check models.openai_url; most end in /v1",
    access="Set RAGKIT_OPENAI_KEY to the key that it wants",
    busy="Ask again in a moment",
    parallel="if the server can do more",
    absent="Ask it for /v1/models, and set models.chat to one of them",
    unknown="Ask it for /v1/models, and set models.chat to one of them",
    unable="Take another model",
    larger="start the server with a larger window",
    lighter="start the server with a smaller window",
)
