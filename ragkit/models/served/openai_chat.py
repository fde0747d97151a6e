"""Chat models behind OpenAI's protocol (vLLM, LM Studio, llama-server), with the whole prompt read or an error."""

from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import PrivateAttr

from ragkit.errors import PromptTruncated
from ragkit.models.chat.messages import ChatTurn
from ragkit.models.chat.structured import Format, response_format
from ragkit.models.chat.thinking import ThoughtFilter
from ragkit.models.chat.tokens import TURN_TOKENS
from ragkit.models.served.openai_server import OpenAIServer
from ragkit.models.served.records import ChatPiece
from ragkit.models.served.server_chat import ServerChat
from ragkit.models.served.window import is_cut, three_bytes_each
from ragkit.models.transport.faults import Asked
from ragkit.models.transport.wire import Record

# What an answer gets at least where the estimate says that there is no room: the server has the last word.
_LEAST_ANSWER = 64
_ASKED = "Is anyone there?"


class OpenAIChat(ServerChat[OpenAIServer]):
    """A model of one or several servers as a chat model of LangChain. Thoughts are never part of an answer.

    The window is the server's, at most `num_ctx`; it is `num_ctx` if the server doesn't tell. `think` switches the
    thinking of models on or off whose chat template knows `enable_thinking`; None leaves it to the server.

    Asking raises ModelUnavailable, ModelBusy, ModelTimeout, ModelFailed, PromptTooLong or PromptTruncated.

        chat = OpenAIChat(server=OpenAIServer("http://127.0.0.1:8000/v1"), model="Qwen/Qwen3-4B")
        print(chat.invoke("Why is the sky blue?").text)
    """

    think: bool | None = None
    _window: int | None = PrivateAttr(default=None)

    @property
    def window(self) -> int:
        """The tokens that prompt and answer have together. Asks the server once.

        Raises:
            ModelError: no server has the model.
            ConfigError: the server is an Ollama, whose own protocol says more.
        """
        if self._window is None:
            told = self._servers.first(self.model, lambda server: server.window(self.model))
            self._window = min(told or self.num_ctx, self.num_ctx)
        return self._window

    @property
    def _llm_type(self) -> str:
        return "ragkit-openai"

    def _filter(self) -> ThoughtFilter:
        if self._begins_inside is None:
            self._begins_inside = self._opens()
        return super()._filter()

    def _opens(self) -> bool | None:
        """Return False if every server tells how its prompts end, and none inside a thought; else None.

        Where one does, the server may take the thought out itself: only an answer says whether it does.
        """
        body: Record = {"model": self.model, "messages": [{"role": "user", "content": _ASKED}], **self._thinking}
        outside = all(_ends_outside(server.prompt(body)) for server in self._servers.servers)
        return False if outside else None

    def _answer(
        self, turns: Sequence[ChatTurn], stop: list[str] | None, kwargs: dict[str, Any], asked: Format
    ) -> Iterator[ChatPiece]:
        tokens = sum(self.count_tokens(turn["content"]) + TURN_TOKENS for turn in turns)
        body = self._body(turns, stop, kwargs, tokens) | response_format(asked)

        def ask(server: OpenAIServer) -> Iterator[ChatPiece]:
            told = Asked(url=server.url, model=self.model, tokens=tokens, window=self.window)
            return server.chat(body, told)

        for _, piece in self._servers.stream(self.model, ask):
            if piece.done:
                self._check_window(turns, piece.prompt_tokens)
            yield piece

    def _body(self, turns: Sequence[ChatTurn], stop: list[str] | None, kwargs: dict[str, Any], tokens: int) -> Record:
        most: int = kwargs.get("num_predict", self.num_predict)
        body: Record = {
            "model": self.model,
            "messages": list(turns),
            # vLLM refuses a request whose prompt and longest answer together are over its window.
            "max_tokens": min(most, max(self.window - tokens, _LEAST_ANSWER)),
            "temperature": kwargs.get("temperature", self.temperature),
            "seed": self.seed,
        }
        return body | self._thinking | ({"stop": stop} if stop else {})

    @property
    def _thinking(self) -> Record:
        return {} if self.think is None else {"chat_template_kwargs": {"enable_thinking": self.think}}

    def _check_window(self, turns: Sequence[ChatTurn], read: int | None) -> None:
        if is_cut(turns, read, window=self.window):
            sent = three_bytes_each(turns)
            raise PromptTruncated(
                f"{self.model!r} read {read} tokens of a prompt of about {sent}: the server cut it. Send less, start "
                "the server with a larger window, or have it refuse what does not fit (LM Studio: context overflow)",
                tokens=sent,
                window=self.window,
            )


def _ends_outside(prompt: str) -> bool:
    thoughts = ThoughtFilter()
    thoughts.feed(prompt)
    return _ASKED in prompt and not thoughts.unclosed
