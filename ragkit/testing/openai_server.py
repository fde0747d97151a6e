"""A server of OpenAI's protocol that answers with a model of your choice: for tests of what talks to one."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler
from typing import Any, ClassVar, Literal

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

from ragkit.models.chat.tokens import estimate_tokens
from ragkit.testing.http_double import HttpDouble
from ragkit.testing.ollama_replies import Record, Refusal

Kind = Literal["vllm", "llama-server", "lm-studio", "ollama"]
_MESSAGES = {"system": SystemMessage, "assistant": AIMessage}
_WORDS = {
    "vllm": "This model's maximum context length is {window} tokens. However, you requested {tokens} tokens.",
    "llama-server": "the request exceeds the available context size, try increasing it",
}


class OpenAIDouble(HttpDouble):
    """Speaks OpenAI's protocol on 127.0.0.1 in front of a chat model, with what is peculiar to a `kind` of server.

    A prompt over `window` is refused by vllm and llama-server, and cut in silence by lm-studio and ollama. `requests`
    has the paths and bodies that came in, `keys` the authorization of each. With `key` no other one gets in. Before an
    answer its chat template puts `opens`, which vllm and llama-server tell.

        with OpenAIDouble(ScriptedChat("Thirty days [1]."), kind="vllm") as double:
            print(OpenAIServer(double.url).window("scripted"))
    """

    path: ClassVar[str] = "/v1"

    def __init__(
        self,
        chat: BaseChatModel,
        *,
        kind: Kind = "vllm",
        window: int = 8192,
        key: str = "",
        opens: str = "",
        count_tokens: Callable[[str], int] = estimate_tokens,
    ) -> None:
        self.requests: list[tuple[str, Record]] = []
        self.keys: list[str] = []
        self.cuts = 0
        self.loading = 0
        self._chat = chat
        self._kind = kind
        self._window = window
        self._key = key
        self._opens = opens
        self._count = count_tokens
        super().__init__(_handler(self))

    def bodies(self) -> list[Record]:
        """Return what was asked of the model, in order."""
        return [body for path, body in self.requests if path == "/v1/chat/completions"]

    def answer(self, path: str, body: Record, headers: Mapping[str, str]) -> Record | Iterator[Record]:
        """Return the answer: one record, or the events of a stream.

        Raises:
            Refusal: the status is another than 200.
        """
        self.requests.append((path, body))
        self.keys.append(headers.get("authorization", ""))
        if self._key and self.keys[-1] != f"Bearer {self._key}":
            raise Refusal(401, "Unauthorized")
        if path == "/v1/chat/completions":
            return self._completion(body)
        told = self._told().get(path) or self._written(path, body)
        if told is None:
            raise Refusal(404, "Not Found")
        return told

    def _told(self) -> dict[str, Record]:
        row: Record = {"id": "scripted", "object": "model", "owned_by": self._kind}
        paths: dict[str, Record] = {"/v1/models": {"object": "list", "data": [row]}}
        if self._kind == "vllm":
            row["max_model_len"] = self._window
        elif self._kind == "llama-server":
            paths["/props"] = {"default_generation_settings": {"n_ctx": self._window}}
        elif self._kind == "lm-studio":
            paths["/api/v0/models/scripted"] = {"id": "scripted", "loaded_context_length": self._window}
        else:
            row["owned_by"] = "library"
            paths["/api/version"] = {"version": "0.99.0"}
        return paths

    def _written(self, path: str, body: Record) -> Record | None:
        """Return the messages of a body as the model reads them, or their tokens: here one for each character."""
        if (self._kind, path) == ("vllm", "/detokenize"):
            return {"prompt": "".join(map(chr, body["tokens"]))}
        if (self._kind, path) not in (("vllm", "/tokenize"), ("llama-server", "/apply-template")):
            return None
        prompt = "".join(f"{turn['role']}: {turn['content']}\n" for turn in body["messages"]) + self._opens
        return {"tokens": list(map(ord, prompt))} if self._kind == "vllm" else {"prompt": prompt}

    def _completion(self, body: Record) -> Iterator[Record]:
        if self.loading:
            self.loading -= 1
            raise Refusal(503, "Loading model")
        if body["model"] != "scripted":
            raise Refusal(404, f"The model `{body['model']}` does not exist.")
        turns = [(turn["role"], turn["content"]) for turn in body["messages"]]
        tokens = sum(self._count(text) for _, text in turns)
        asked = tokens + (body["max_tokens"] if self._kind == "vllm" else 0)
        if asked > self._window:
            if words := _WORDS.get(self._kind):
                raise Refusal(400, words.format(window=self._window, tokens=asked))
            self.cuts += 1
            turns, tokens = turns[-1:], min(tokens, self._window)
        return self._events(body, turns, tokens)

    def _events(self, body: Record, turns: list[tuple[str, str]], read: int) -> Iterator[Record]:
        messages = [_MESSAGES.get(role, HumanMessage)(text) for role, text in turns]
        written, reason = 0, "stop"
        for chunk in self._chat.stream(messages, num_predict=body["max_tokens"], format=_form(body)):
            written += self._count(str(chunk.text))
            reason = chunk.response_metadata.get("done_reason", reason)
            yield {"choices": [{"index": 0, "delta": {"content": str(chunk.text)}, "finish_reason": None}]}
        yield {"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]}
        yield {"choices": [], "usage": {"prompt_tokens": read, "completion_tokens": written}}


def _form(body: Record) -> dict[str, Any] | str | None:
    asked = body.get("response_format") or {}
    return "json" if asked.get("type") == "json_object" else asked.get("json_schema", {}).get("schema")


def _handler(double: OpenAIDouble) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            body = json.loads(self.rfile.read(length) or b"{}")
            try:
                answer = double.answer(self.path, body, {key.lower(): value for key, value in self.headers.items()})
            except Refusal as refusal:
                self._send(refusal.status, [json.dumps({"error": {"message": refusal.said, "code": refusal.status}})])
                return
            if isinstance(answer, dict):
                self._send(200, [json.dumps(answer)])
            else:
                lines = (f"data: {json.dumps(event)}\n\n" for event in answer)
                self._send(200, lines, kind="text/event-stream", end="data: [DONE]\n\n")

        do_GET = do_POST = _serve

        def _send(self, status: int, lines: Iterable[str], *, kind: str = "application/json", end: str = "") -> None:
            self.send_response(status)
            self.send_header("content-type", kind)
            self.end_headers()
            try:
                for line in lines:
                    self.wfile.write(line.encode())
                self.wfile.write(end.encode())
            except OSError:
                self.close_connection = True  # the client left

        def log_message(self, format: str, *args: object) -> None:
            del format, args

    return Handler
