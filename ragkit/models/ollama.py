"""A client of Ollama's own HTTP protocol. The official one can't say `truncate: false`, and waits for ever."""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Literal

import httpx

from ragkit.errors import ModelError
from ragkit.models import ollama_faults as faults
from ragkit.models.chat import estimate_tokens
from ragkit.models.messages import ChatTurn
from ragkit.models.ollama_faults import Asked
from ragkit.models.ollama_records import (
    ChatPiece,
    ModelDetails,
    OllamaModel,
    PullProgress,
    Record,
    RunningModel,
    number_in,
)

__all__ = [
    "ChatPiece",
    "ModelDetails",
    "OllamaModel",
    "OllamaServer",
    "Options",
    "PullProgress",
    "RunningModel",
    "Think",
    "prompt_tokens",
]

Options = Mapping[str, int | float | str | list[str]]
Think = bool | Literal["low", "medium", "high"] | None
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_JSON = {"content-type": "application/json"}
_LONGEST = 64 << 20  # bytes of one line
_TURN_TOKENS = 8  # of a chat template around each message


def prompt_tokens(messages: Sequence[ChatTurn]) -> int:
    """Return an estimate of what the messages take of a window; rarely too low."""
    return sum(estimate_tokens(turn["content"]) + _TURN_TOKENS for turn in messages)


class OllamaServer:
    """One Ollama. `timeout` is the longest silence and `deadline` the longest wait for an answer, in seconds.

    Nothing is tried twice and no redirect is followed. May be used from several threads. Every method raises
    ModelUnavailable, ModelTimeout or ModelFailed, with what to do in the message.

        server = OllamaServer("http://127.0.0.1:11434")
        print(server.version(), [model.name for model in server.models()])
    """

    def __init__(
        self,
        url: str = "http://127.0.0.1:11434",
        *,
        timeout: float = 120,
        deadline: float = 600,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        address = faults.address(url)
        self.url = faults.shown(address)
        self.timeout = timeout
        self.deadline = deadline
        self._client = httpx.Client(
            base_url=address,
            timeout=httpx.Timeout(timeout, connect=min(timeout, 5)),
            # A proxy of the environment has no way to this machine's own server.
            trust_env=address.host not in _LOOPBACK,
            # A connection that is kept may be dead at its next use, and nothing is tried twice here.
            limits=httpx.Limits(max_keepalive_connections=0),
            transport=transport,
        )

    def version(self) -> str:
        """Return the server's version."""
        version = self._once("GET", "/api/version", None, self._asked("")).get("version")
        if not isinstance(version, str):
            raise faults.not_ollama(self._asked(""))
        return version

    def models(self) -> list[OllamaModel]:
        """Return the models that are downloaded, in the server's order."""
        return [OllamaModel.read(row) for row in self._rows("/api/tags")]

    def show(self, name: str) -> ModelDetails:
        """Return what the server knows of a model."""
        return ModelDetails.read(name, self._once("POST", "/api/show", {"model": name}, self._asked(name)))

    def running(self) -> list[RunningModel]:
        """Return the models in memory."""
        return [RunningModel.read(row) for row in self._rows("/api/ps")]

    def pull(self, name: str) -> Iterator[PullProgress]:
        """Download a model and yield each step. It may take hours: only silence ends it early."""
        asked, step = self._asked(name), PullProgress(status="")
        for record in self._many("/api/pull", {"model": name, "stream": True}, asked, deadline=float("inf")):
            step = PullProgress.read(record)
            yield step
        if step.status != "success":
            raise faults.garbled(asked, "a download that ends early")

    def chat(
        self,
        model: str,
        messages: Sequence[ChatTurn],
        *,
        options: Options,
        format: dict[str, Any] | Literal["json"] | None = None,  # Any: a JSON schema
        think: Think = None,
        keep_alive: str | None = None,
    ) -> Iterator[ChatPiece]:
        """Yield the answer as it comes. The server is told not to cut the prompt.

        The `partial` of a ModelError is the text up to there, with the thoughts that stood in it.

        Raises:
            PromptTooLong: the server says that the prompt does not fit.
        """
        body = {"model": model, "messages": list(messages), "options": dict(options), "stream": True}
        body |= {"truncate": False, "shift": False}
        extras = {"format": format, "think": think, "keep_alive": keep_alive}
        body |= {key: value for key, value in extras.items() if value is not None}
        asked = self._asked(model, tokens=prompt_tokens(messages), options=options)
        text = ""
        try:
            for record in self._many("/api/chat", body, asked, deadline=self.deadline):
                piece = ChatPiece.read(record)
                text += piece.text
                yield piece
                if piece.done:
                    return
            raise faults.garbled(asked, "an answer that ends early")
        except ModelError as error:
            error.partial = text
            raise

    def embed(self, model: str, texts: Sequence[str], *, options: Options, truncate: bool = False) -> list[list[float]]:
        """Return a vector a text, in order. With `truncate` the end of a text over the window is left out.

        Raises:
            PromptTooLong: a text does not fit.
        """
        body = {"model": model, "input": list(texts), "options": dict(options), "truncate": truncate}
        asked = self._asked(model, tokens=max(map(estimate_tokens, texts), default=0), options=options)
        rows = self._once("POST", "/api/embed", body, asked).get("embeddings")
        if not isinstance(rows, list) or len(rows) != len(texts):
            raise faults.garbled(asked, "another number of vectors than texts")
        return rows

    def close(self) -> None:
        """Release what the client holds; it can't be used afterwards."""
        self._client.close()

    def _asked(self, model: str, *, tokens: int = 0, options: Options | None = None) -> Asked:
        window = number_in(options or {}, "num_ctx") or 0
        return Asked(url=self.url, model=model or "Ollama", tokens=tokens, window=window)

    def _rows(self, path: str) -> list[Record]:
        rows = self._once("GET", path, None, self._asked("")).get("models")
        if not isinstance(rows, list):
            raise faults.not_ollama(self._asked(""))
        return [row for row in rows if isinstance(row, dict)]

    def _once(self, method: str, path: str, body: Record | None, asked: Asked) -> Record:
        with self._answer(method, path, body, asked) as response:
            return _record(b"".join(_timely(response, asked, self.deadline)), asked)

    def _many(self, path: str, body: Record, asked: Asked, *, deadline: float) -> Iterator[Record]:
        with self._answer("POST", path, body, asked) as response:
            for line in filter(bytes.strip, _lines(_timely(response, asked, deadline))):
                record = _record(line, asked)
                if "error" in record:
                    raise faults.sorted_out(str(record["error"]), "in the middle of its answer", asked)
                yield record

    @contextmanager
    def _answer(self, method: str, path: str, body: Record | None, asked: Asked) -> Iterator[httpx.Response]:
        try:
            with self._client.stream(method, path, content=_written(body), headers=_JSON) as response:
                if response.status_code != httpx.codes.OK:
                    said = _said(b"".join(_timely(response, asked, self.timeout)))
                    raise faults.refused(response.status_code, said, asked)
                if "html" in response.headers.get("content-type", ""):
                    raise faults.not_ollama(asked)
                yield response
        except httpx.HTTPError as exc:
            raise faults.broken(exc, asked, self.timeout) from exc


def _written(body: Record | None) -> bytes | None:
    # Escaped, so that half a surrogate pair, as a broken PDF leaves it, can be sent at all.
    return None if body is None else json.dumps(body).encode("ascii")


def _timely(response: httpx.Response, asked: Asked, seconds: float) -> Iterator[bytes]:
    """Yield the body. A server that drips is never silent, so the waiting as a whole is timed, and lines measured.

    The time that the caller takes between two pieces doesn't count.
    """
    pieces, waited, line = response.iter_bytes(), 0.0, 0
    while True:
        start = time.monotonic()
        piece = next(pieces, None)
        waited += time.monotonic() - start
        if piece is None:
            return
        if waited > seconds:
            raise faults.overdue(asked, seconds)
        newline = piece.rfind(b"\n")
        line = line + len(piece) if newline < 0 else len(piece) - newline
        if line > _LONGEST:
            raise faults.garbled(asked, "a line without end")
        yield piece


def _lines(pieces: Iterator[bytes]) -> Iterator[bytes]:
    held: list[bytes] = []
    for piece in pieces:
        first, *rest = piece.split(b"\n")
        held.append(first)
        for start in rest:
            yield b"".join(held)
            held = [start]
    yield b"".join(held)


def _record(line: bytes, asked: Asked) -> Record:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as exc:
        raise faults.garbled(asked, "something that is not JSON in UTF-8") from exc
    if not isinstance(record, dict):
        raise faults.garbled(asked, "JSON of another form than Ollama's")
    return record


def _said(body: bytes) -> str | None:
    """Return the server's words of an error, or None if they are not in Ollama's form."""
    try:
        return str(json.loads(body)["error"])
    except (ValueError, RecursionError, KeyError, TypeError):
        return None
