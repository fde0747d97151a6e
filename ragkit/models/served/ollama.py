"""A client of Ollama's own HTTP protocol. The official one can't say `truncate: false`, and waits for ever."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

import httpx

from ragkit.errors import ModelError
from ragkit.models.chat.messages import ChatTurn
from ragkit.models.chat.tokens import estimate_tokens
from ragkit.models.served.records import (
    ChatPiece,
    ModelDetails,
    OllamaModel,
    PullProgress,
    RunningModel,
    number_in,
)
from ragkit.models.served.window import prompt_tokens
from ragkit.models.transport.faults import OLLAMA, Asked
from ragkit.models.transport.model_server import ModelServer
from ragkit.models.transport.servers import Servers
from ragkit.models.transport.waiting_line import line_for
from ragkit.models.transport.wire import Record, Wire

Options = Mapping[str, int | float | str | list[str]]
KeepAlive = int | str | None  # seconds, below 0 for ever; or as Go writes a time: "30m"
Think = bool | str | None  # a text is one of the levels that the model has
_PORT = 11434


def ollama_servers(urls: Sequence[str], *, timeout: float, parallel: int) -> "Servers[OllamaServer]":
    """Return clients of several servers, the preferred first; `parallel` is how many chats each is given at once."""
    made = [OllamaServer(url, timeout=timeout, line=line_for(url, most=parallel)) for url in urls]
    return Servers(made, patience=timeout)


class OllamaServer(ModelServer):
    """One Ollama, by an address as for OLLAMA_HOST: `127.0.0.1`, `host:11434`, `http://host`.

    Every method raises ModelUnavailable, ModelTimeout or ModelFailed, with what to do in the message; ModelBusy is a
    ModelUnavailable.

        server = OllamaServer("http://127.0.0.1:11434")
        print(server.version(), [model.name for model in server.models()])
    """

    faults = OLLAMA

    def version(self) -> str:
        """Return the server's version."""
        version = self._told("/api/version").get("version")
        if not isinstance(version, str):
            raise self.faults.foreign(self._asked(""))
        return version

    def models(self) -> list[OllamaModel]:
        """Return the models that are downloaded, in the server's order."""
        return [OllamaModel.read(row) for row in self._rows("/api/tags")]

    def digest(self, name: str) -> str:
        """Return the digest of a model that is downloaded; empty for one that is not."""
        rows = map(OllamaModel.read, self._rows("/api/tags", self._in_haste()))
        found = {model.name: model.digest for model in rows}
        return found.get(name) or found.get(f"{name}:latest", "")

    def show(self, name: str) -> ModelDetails:
        """Return what the server knows of a model."""
        with self._looking() as wire:
            return ModelDetails.read(name, wire.once("POST", "/api/show", {"model": name}, self._asked(name)))

    def running(self) -> list[RunningModel]:
        """Return the models in memory."""
        return [RunningModel.read(row) for row in self._rows("/api/ps")]

    def pull(self, name: str) -> Iterator[PullProgress]:
        """Download a model and yield each step. It may take hours: only silence ends it early."""
        asked, step = self._asked(name), PullProgress(status="")
        for record in self._records("/api/pull", {"model": name, "stream": True}, asked, deadline=float("inf")):
            step = PullProgress.read(record)
            yield step
        if step.status != "success":
            raise self.faults.garbled(asked, "a download that ends early")

    def chat(
        self,
        model: str,
        messages: Sequence[ChatTurn],
        *,
        options: Options,
        format: dict[str, Any] | Literal["json"] | None = None,  # Any: a JSON schema
        think: Think = None,
        keep_alive: KeepAlive = None,
    ) -> Iterator[ChatPiece]:
        """Yield the answer as it comes. The server is told not to cut the prompt.

        The `partial` of a ModelError is the text up to there, with the thoughts that stood in it.

        Raises:
            PromptTooLong: the server says that the prompt does not fit.
        """
        body = {"model": model, "messages": list(messages), "options": dict(options), "stream": True}
        body |= {"truncate": False, "shift": False}
        extras = {"format": format, "think": think}
        body |= {key: value for key, value in extras.items() if value is not None} | _keeping(keep_alive)
        asked = self._asked(model, tokens=prompt_tokens(messages), options=options)
        text = ""
        try:
            with self._wire.place(asked):
                for record in self._records("/api/chat", body, asked):
                    piece = ChatPiece.read(record)
                    text += piece.text
                    if piece.done:
                        break
                    yield piece
                else:
                    raise self.faults.garbled(asked, "an answer that ends early")
            # The place is free again, so that whoever gets the last piece may ask something more.
            yield piece
        except ModelError as error:
            error.partial = text
            raise

    def load(self, model: str, *, options: Options, keep_alive: KeepAlive = None) -> None:
        """Have the model in memory, with these options, and wait until it is."""
        body = {"model": model, "options": dict(options), "stream": False} | _keeping(keep_alive)
        self._wire.once("POST", "/api/generate", body, self._asked(model, options=options))

    def embed(
        self,
        model: str,
        texts: Sequence[str],
        *,
        options: Options,
        truncate: bool = False,
        keep_alive: KeepAlive = None,
    ) -> list[list[float]]:
        """Return a vector a text, in order. With `truncate` the end of a text over the window is left out.

        Raises:
            PromptTooLong: a text does not fit.
        """
        body = {"model": model, "input": list(texts), "options": dict(options), "truncate": truncate}
        body |= _keeping(keep_alive)
        asked = self._asked(model, tokens=max(map(estimate_tokens, texts), default=0), options=options)
        rows = self._wire.once("POST", "/api/embed", body, asked).get("embeddings")
        if not isinstance(rows, list) or len(rows) != len(texts):
            raise self.faults.garbled(asked, "another number of vectors than texts")
        return rows

    def _address_of(self, url: str) -> httpx.URL:
        address = super()._address_of(url)
        if "://" not in url and address.port is None:
            address = address.copy_with(port=_PORT)
        # A server listens on 0.0.0.0; nobody can call it there.
        return address.copy_with(host="127.0.0.1") if address.host == "0.0.0.0" else address

    def _asked(self, model: str, *, tokens: int = 0, options: Options | None = None) -> Asked:
        window = number_in(options or {}, "num_ctx") or 0
        return Asked(url=self.url, model=model or "Ollama", tokens=tokens, window=window)

    def _rows(self, path: str, wire: Wire | None = None) -> list[Record]:
        rows = self._told(path, wire).get("models")
        if not isinstance(rows, list):
            raise self.faults.foreign(self._asked(""))
        return [row for row in rows if isinstance(row, dict)]

    def _told(self, path: str, wire: Wire | None = None) -> Record:
        if wire:
            return wire.once("GET", path, None, self._asked(""))
        with self._looking() as made:
            return made.once("GET", path, None, self._asked(""))

    def _records(self, path: str, body: Record, asked: Asked, *, deadline: float | None = None) -> Iterator[Record]:
        for line in self._wire.lines(path, body, asked, deadline=deadline):
            record = self._wire.record(line, asked)
            if "error" in record:
                raise self.faults.sorted_out(str(record["error"]), "in the middle of its answer", asked)
            yield record


def _keeping(keep_alive: KeepAlive) -> Record:
    """Return what a body says of it: Ollama reads a number as seconds, and a text without a unit not at all."""
    if keep_alive is None:
        return {}
    seconds = str(keep_alive).lstrip("-").isdigit()
    return {"keep_alive": int(keep_alive) if seconds else keep_alive}
