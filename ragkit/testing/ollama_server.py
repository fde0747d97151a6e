"""An Ollama that answers with models of your choice: for tests of what talks to one."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from typing import Any, Literal

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, SystemMessage

from ragkit.errors import PromptTooLong, RagkitError
from ragkit.models.chat.tokens import estimate_tokens
from ragkit.models.embedding.embedder import Embedder
from ragkit.testing import ollama_replies as replies
from ragkit.testing.http_double import HttpDouble
from ragkit.testing.ollama_replies import Record, Refusal, Turn

Overflow = Literal["honour", "truncate", "refuse"]
_MESSAGES = {"system": SystemMessage, "assistant": AIMessage}
_UNTOLD_WINDOW = 4096


@dataclass(frozen=True, kw_only=True)
class RecordedRequest:
    """A request as it came in. `body` is empty for one without."""

    method: str
    path: str
    body: Record


class OllamaDouble(HttpDouble):
    """Speaks Ollama's protocol on 127.0.0.1 in front of a chat model and an embedder. `requests` has what was asked.

    `overflow` is what happens to a prompt over num_ctx: "honour" cuts it unless `truncate` is false, as Ollama does;
    "truncate" always cuts it and never tells, as an old Ollama; "refuse" answers 400. Set `most_ctx` for a server
    that gives less than num_ctx asks for, `library` for the names that can be pulled, `thinking` for the values of
    `think` that its chat model has, and `busy` for how many chats are answered with 503 first, `retry_after` seconds in
    their header. `cuts` counts the prompts that were cut.

        with OllamaDouble(ScriptedChat("Thirty days [1]."), WordEmbeddings()) as double:
            print(OllamaServer(double.url).models())
    """

    def __init__(
        self,
        chat: BaseChatModel | None = None,
        embedder: Embedder | None = None,
        *,
        name: str = "scripted:latest",
        window: int = 8192,
        overflow: Overflow = "honour",
        count_tokens: Callable[[str], int] = estimate_tokens,
    ) -> None:
        self.requests: list[RecordedRequest] = []
        self.cuts = 0
        self.busy = 0
        self.retry_after: int | None = None
        self.template = replies.BARE
        self.library: set[str] = set()
        self.thinking: tuple[bool | str, ...] = ()
        self.most_ctx = window
        self._chat = chat
        self._embedder = embedder
        self._window = window
        self._overflow = overflow
        self._count = count_tokens
        self._running: dict[str, int] = {}
        self._models = {name: "completion"} if chat else {}
        if embedder:
            self._models[_tagged(embedder.fingerprint.model)] = "embedding"
        super().__init__(_handler(self))

    def bodies(self, path: str) -> list[Record]:
        """Return the bodies that were sent to a path, in order."""
        return [request.body for request in self.requests if request.path == path]

    def answer(self, method: str, path: str, body: Record) -> Record | Iterator[Record]:
        """Return the answer: one record, or one a line.

        Raises:
            Refusal: the status is another than 200.
        """
        self.requests.append(RecordedRequest(method=method, path=path, body=body))
        routes: dict[str, Callable[[Record], Record | Iterator[Record]]] = {
            "GET /api/version": lambda _: {"version": "0.99.0"},
            "GET /api/tags": lambda _: {"models": [replies.listed(name) for name in self._models]},
            "GET /api/ps": lambda _: {"models": [replies.running(*pair) for pair in self._running.items()]},
            "POST /api/show": self._show,
            "POST /api/chat": self._answer_chat,
            "POST /api/generate": self._answer_generate,
            "POST /api/embed": self._embed,
            "POST /api/embeddings": self._embed_one,
            "POST /api/pull": self._pull,
            "DELETE /api/delete": self._delete,
        }
        route = routes.get(f"{method} {path}")
        if route is None:
            raise Refusal(404, "404 page not found")
        return route(body)

    def _known(self, body: Record) -> str:
        name = _tagged(str(body.get("model") or body.get("name") or ""))
        if name not in self._models:
            raise Refusal(404, f"model '{body.get('model')}' not found")
        return name

    def _show(self, body: Record) -> Record:
        capability = self._models[self._known(body)]
        window = self._embedder.window if self._embedder and capability == "embedding" else self._window
        return replies.shown(window, capability, self.thinking if capability == "completion" else ())

    def _answer_chat(self, body: Record) -> Record | Iterator[Record]:
        if self.busy:
            self.busy -= 1
            raise Refusal(
                503, "server busy, please try again. maximum pending requests exceeded", after=self.retry_after
            )
        turns = [(turn["role"], turn.get("content") or "") for turn in body.get("messages", ())]
        return self._written(body, turns, chat=True)

    def _answer_generate(self, body: Record) -> Record | Iterator[Record]:
        texts = [("system", body.get("system") or ""), ("user", body.get("prompt") or "")]
        return self._written(body, [turn for turn in texts if turn[1]], chat=False)

    def _written(self, body: Record, turns: Sequence[Turn], *, chat: bool) -> Record | Iterator[Record]:
        name = self._known(body)
        if self._models[name] != "completion" or (body.get("think") and not self.thinking):
            raise Refusal(400, f'"{name}" does not support {"thinking" if body.get("think") else "chat"}')
        left, read = self._fitted(body, turns, name)
        lines = self._lines(name, body, (left, read), chat=chat)
        if body.get("stream", True):
            return lines
        *pieces, last = lines
        text = "".join(_said(line, chat=chat) for line in pieces)
        return replies.piece(name, text, chat=chat) | {key: last[key] for key in last if key not in _SAID}

    def _fitted(self, body: Record, turns: Sequence[Turn], name: str) -> tuple[list[Turn], int]:
        window = min(body.get("options", {}).get("num_ctx", _UNTOLD_WINDOW), self.most_ctx)
        self._running[name] = window
        tokens = replies.size(turns, self._count, self.template) if turns else 0
        if tokens < window:
            return list(turns), tokens
        if self._overflow == "refuse" or (self._overflow == "honour" and body.get("truncate") is False):
            raise Refusal(400, f"request ({tokens} tokens) exceeds the available context size ({window} tokens)")
        self.cuts += 1
        return replies.cut(turns, window, self._count, self.template)

    def _lines(self, name: str, body: Record, fitted: tuple[list[Turn], int], *, chat: bool) -> Iterator[Record]:
        turns, read = fitted
        if not turns or self._chat is None:
            yield replies.piece(name, "", chat=chat) | replies.done(reason="load", read=0, written=0)
            return
        messages = [_MESSAGES.get(role, HumanMessage)(text) for role, text in turns]
        whole: AIMessageChunk | None = None
        for chunk in self._chat.stream(messages, **_kwargs(body)):
            whole = chunk if whole is None else whole + chunk
            if chunk.text:
                yield replies.piece(name, str(chunk.text), chat=chat)
        usage = whole.usage_metadata if whole else None
        written = usage["output_tokens"] if usage else self._count(str(whole.text) if whole else "")
        reason = whole.response_metadata.get("done_reason", "stop") if whole else "stop"
        yield replies.piece(name, "", chat=chat) | replies.done(reason=reason, read=read, written=written)

    def _embed(self, body: Record) -> Record:
        name = self._known(body)
        if self._embedder is None or self._models[name] != "embedding":
            raise Refusal(400, f'"{name}" does not support embeddings')
        texts = [body["input"]] if isinstance(body["input"], str) else list(body["input"])
        self._running[name] = self._embedder.window
        try:
            rows = self._embedder.embed_documents(texts).tolist()
        except PromptTooLong as exc:
            if body.get("truncate") is False:
                raise Refusal(400, "the input length exceeds the context length") from exc
            rows = [self._embedder.embed_query(text).tolist() for text in texts]
        read = sum(self._embedder.count_tokens(text) for text in texts)
        return {"model": name, "embeddings": rows, "total_duration": 1, "load_duration": 1, "prompt_eval_count": read}

    def _embed_one(self, body: Record) -> Record:
        return {"embedding": self._embed({**body, "input": body.get("prompt", "")})["embeddings"][0]}

    def _pull(self, body: Record) -> Iterator[Record] | Record:
        name = _tagged(str(body.get("model") or body.get("name")))
        if name not in {*self._models, *map(_tagged, self.library)}:
            return iter([{"status": "pulling manifest"}, {"error": "pull model manifest: file does not exist"}])
        self._models.setdefault(name, "completion")
        lines = replies.pulled(name)
        return iter(lines) if body.get("stream", True) else lines[-1]

    def _delete(self, body: Record) -> Record:
        del self._models[self._known(body)]
        return {}


_SAID = ("message", "response")


def _said(line: Record, *, chat: bool) -> str:
    return str(line["message"]["content"] if chat else line["response"])


def _tagged(name: str) -> str:
    return name if ":" in name else f"{name}:latest"


def _kwargs(body: Record) -> dict[str, Any]:
    """Return what of a request a chat model of ragkit's understands."""
    options = body.get("options") or {}
    given = {key: options[key] for key in ("num_predict", "temperature", "stop") if options.get(key) is not None}
    return given | ({"format": body["format"]} if body.get("format") else {})


def _handler(double: OllamaDouble) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            try:
                answer = double.answer(self.command, self.path, json.loads(self.rfile.read(length) or b"{}"))
            except Refusal as refusal:
                said = iter([{"error": refusal.said}])
                self._send(refusal.status, "application/json; charset=utf-8", said, after=refusal.after)
                return
            lone = isinstance(answer, dict)
            lines = iter([answer]) if isinstance(answer, dict) else answer
            self._send(200, "application/json; charset=utf-8" if lone else "application/x-ndjson", lines)

        do_GET = do_POST = do_DELETE = _serve

        def _send(self, status: int, kind: str, lines: Iterator[Record], *, after: int | None = None) -> None:
            self.send_response(status)
            self.send_header("content-type", kind)
            if after is not None:
                self.send_header("retry-after", str(after))
            self.end_headers()
            try:
                for line in _with_errors(lines):
                    self.wfile.write(json.dumps(line).encode() + b"\n")
            except OSError:
                self.close_connection = True  # the client left; the model stops as `lines` is let go

        def log_message(self, format: str, *args: object) -> None:
            del format, args

    return Handler


def _with_errors(lines: Iterator[Record]) -> Iterator[Record]:
    try:
        yield from lines
    except RagkitError as error:
        yield {"error": str(error)}
