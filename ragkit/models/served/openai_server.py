"""A client of OpenAI's protocol as vLLM, LM Studio and llama-server speak it.

Not the package `openai`: it repeats the server's words in its errors, has no end for an answer that drips, and brings
a second way to everything that the client of Ollama has anyway.
"""

import hashlib
import json
from codecs import BOM_UTF8
from collections.abc import Iterator, Sequence
from dataclasses import replace

import httpx

from ragkit.errors import ConfigError, ModelError
from ragkit.models.served.records import ChatPiece, number_in, text_in
from ragkit.models.transport.faults import OPENAI, Asked
from ragkit.models.transport.model_server import ModelServer
from ragkit.models.transport.servers import Servers
from ragkit.models.transport.waiting_line import line_for
from ragkit.models.transport.wire import Record, Wire

# What stays the same while the same weights are served: not `created`, which is the time of the question, and not the
# `system_fingerprint` of an answer, which is that of the program.
_FACTS = (
    *("root", "parent"),
    *("n_params", "n_embd", "n_vocab", "size", "ftype", "model_path", "chat_template"),
    *("arch", "quantization", "publisher", "compatibility_type"),
)
_WINDOWS = ("max_model_len", "loaded_context_length", "context_length", "max_context_length")


def openai_servers(urls: Sequence[str], *, key: str, timeout: float, parallel: int) -> "Servers[OpenAIServer]":
    """Return clients of several servers, the preferred first; `parallel` is how many chats each is given at once."""
    made = [OpenAIServer(url, key=key, timeout=timeout, line=line_for(url, most=parallel)) for url in urls]
    return Servers(made, patience=timeout)


class OpenAIServer(ModelServer):
    """One server, by an address that ends in /v1 if it has no path.

    Every method raises ModelUnavailable, ModelTimeout or ModelFailed.
    """

    faults = OPENAI

    def models(self) -> list[Record]:
        """Return the rows of the models that it serves, each with its `id`."""
        with self._looking() as wire:
            return self._models(wire)

    def _models(self, wire: Wire) -> list[Record]:
        asked = Asked(url=self.url, model="the server")
        rows = wire.once("GET", "models", None, asked).get("data")
        if not isinstance(rows, list):
            raise self.faults.foreign(asked)
        return [row for row in rows if isinstance(row, dict)]

    def window(self, model: str) -> int | None:
        """Return the longest prompt and answer together, in tokens; None if the server doesn't tell.

        Raises:
            ConfigError: the server is an Ollama.
        """
        with self._looking() as wire:
            return self._window(wire, Asked(url=self.url, model=model))

    def _window(self, wire: Wire, asked: Asked) -> int | None:
        model, rows = asked.model, {text_in(row, "id"): row for row in self._models(wire)}
        if model not in rows:
            raise self.faults.missing(asked, tuple(rows))
        row = rows[model]
        if row.get("owned_by") == "library" and "version" in self._told("/api/version", asked, wire):
            raise ConfigError(
                f"{self.url!r} is an Ollama, which ignores num_ctx here and cuts prompts in silence. "
                f"Set models.chat to 'ollama:{model}', and models.url to its address without /v1",
                setting="models.openai_url",
                value=self.url,
            )
        own = _window_in(row) or _window_in(self._told(f"/api/v0/models/{model}", asked, wire))
        settings = self._told("/props", asked, wire).get("default_generation_settings") if own is None else None
        return own or (number_in(settings, "n_ctx") if isinstance(settings, dict) else None)

    def digest(self, name: str) -> str:
        """Return a hash of what the server tells of a model beside its name; nothing told, empty.

        The weights themselves have no digest here: other ones of the same size at the same place look alike.
        """
        asked = Asked(url=self.url, model=name)
        wire = self._in_haste()
        row = next((row for row in self._models(wire) if row.get("id") == name), {})
        beside = (self._told(path, asked, wire) for path in ("/props", f"/api/v0/models/{name}"))
        told = [row, row.get("meta"), *beside]
        facts = [(key, one[key]) for one in told if isinstance(one, dict) for key in _FACTS if key in one]
        known = [(key, value) for key, value in facts if value not in (name, None)]
        return f"told-{hashlib.sha256(json.dumps(known).encode()).hexdigest()[:12]}" if known else ""

    def prompt(self, body: Record) -> str:
        """Return the messages of a body as the model is given them, its template around; empty if nobody tells.

        llama-server writes them, and of vLLM the tokens can be had, and what they stand for.
        """
        asked, wire = Asked(url=self.url, model=text_in(body, "model")), self._in_haste()
        if written := text_in(self._told("/apply-template", asked, wire, body), "prompt"):
            return written
        tokens = self._told("/tokenize", asked, wire, body).get("tokens")
        read = {"model": asked.model, "tokens": tokens}
        return text_in(self._told("/detokenize", asked, wire, read), "prompt") if tokens else ""

    def chat(self, body: Record, asked: Asked) -> Iterator[ChatPiece]:
        """Yield the answer to a body of /chat/completions, which is made a stream.

        Raises:
            PromptTooLong: the server says that the prompt does not fit.
        """
        body = body | {"stream": True, "stream_options": {"include_usage": True}}
        end, text = ChatPiece(text="", done=True), ""
        try:
            with self._wire.place(asked):
                for record in self._events(body, asked):
                    piece = _read(record)
                    end = replace(
                        end,
                        done_reason=piece.done_reason or end.done_reason,
                        prompt_tokens=piece.prompt_tokens or end.prompt_tokens,
                        answer_tokens=piece.answer_tokens or end.answer_tokens,
                    )
                    text += piece.text
                    yield replace(piece, done_reason="")
            if not end.done_reason:
                raise self.faults.garbled(asked, "an answer that ends early")
            yield end
        except ModelError as error:
            error.partial = text
            raise

    def _address_of(self, url: str) -> httpx.URL:
        address = super()._address_of(url)
        return address.copy_with(path="/v1") if address.path == "/" else address

    def _events(self, body: Record, asked: Asked) -> Iterator[Record]:
        for line in self._wire.lines("chat/completions", body, asked):
            whole = line.strip().removeprefix(BOM_UTF8)
            field, _, value = (part.strip() for part in whole.partition(b":"))
            # An answer that is no stream, which may still be an error that is told with status 200.
            bare = whole.startswith(b"{")
            if value == b"[DONE]":
                return
            if not bare and (not value or field not in (b"data", b"error")):
                continue
            record = self._wire.record(whole if bare else value, asked)
            # llama-server has sent `error: {...}`, without a second name in it.
            if said := _complaint(record, failed=field == b"error"):
                raise self.faults.sorted_out(said, "in the middle of its answer", asked)
            if bare:
                raise self.faults.garbled(asked, "an answer that is no stream")
            yield record

    def _told(self, path: str, asked: Asked, wire: Wire, body: Record | None = None) -> Record:
        """Return what some kinds of server tell and others don't."""
        address = str(self._address.copy_with(path=path, query=None))
        try:
            return wire.once("POST" if body else "GET", address, body, asked)
        except ModelError:
            return {}


def _complaint(record: Record, *, failed: bool) -> str:
    """Return what a server says of an error; empty if it sends none."""
    error = record.get("error") or (record if failed or record.get("object") == "error" else "")
    return str(error.get("message", "") or error if isinstance(error, dict) else error)


def _window_in(row: Record) -> int | None:
    return next((found for key in _WINDOWS if (found := number_in(row, key))), None)


def _read(record: Record) -> ChatPiece:
    choices, usage = record.get("choices"), record.get("usage")
    rows = choices if isinstance(choices, list) else []
    choice = next((row for row in rows if isinstance(row, dict) and not row.get("index")), {})
    delta, usage = choice.get("delta"), usage if isinstance(usage, dict) else {}
    delta = delta if isinstance(delta, dict) else {}
    return ChatPiece(
        text=text_in(delta, "content"),
        thinking=text_in(delta, "reasoning_content") or text_in(delta, "reasoning"),
        done_reason=text_in(choice, "finish_reason"),
        prompt_tokens=number_in(usage, "prompt_tokens"),
        answer_tokens=number_in(usage, "completion_tokens"),
    )
