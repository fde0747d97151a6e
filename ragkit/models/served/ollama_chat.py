"""Chat models that an Ollama serves, with the whole prompt read or an error."""

from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import PrivateAttr

from ragkit.errors import ModelError, PromptTooLong, PromptTruncated
from ragkit.models.chat.messages import ChatTurn
from ragkit.models.chat.structured import Format
from ragkit.models.chat.thinking import ThoughtFilter
from ragkit.models.served.ollama import OllamaServer, Options, Think
from ragkit.models.served.records import ChatPiece, ModelDetails
from ragkit.models.served.server_chat import ServerChat
from ragkit.models.served.window import is_suspicious, may_have_dropped, prompt_tokens, window_cut_to, without_oldest


class OllamaChat(ServerChat[OllamaServer]):
    """A model of one or several Ollamas as a chat model of LangChain. Thoughts are never part of an answer.

    `num_ctx` is the window asked for, in tokens; what the model was trained on bounds it. It is the same in every
    request, since another one has the server load the model anew. `num_predict` bounds the answer. `keep_alive` is how
    long the model stays loaded: "1h30m", or seconds, or -1 for ever. `think` None means: as little as the model can.

    Asking raises ModelUnavailable, ModelBusy, ModelTimeout, ModelFailed, PromptTooLong or PromptTruncated.

        chat = OllamaChat(server=OllamaServer(), model="qwen3:4b")
        print(chat.invoke("Why is the sky blue?").text)
    """

    keep_alive: str = "30m"
    think: Think = None
    _details: ModelDetails | None = PrivateAttr(default=None)
    _loaded: dict[str, int] = PrivateAttr(default_factory=dict)

    @property
    def window(self) -> int:
        """The num_ctx that is sent. Asks the server once."""
        trained = self._told.window
        return min(self.num_ctx, trained) if trained else self.num_ctx

    def prepare(self) -> None:
        """Have the model loaded as questions will want it, and wait until it is.

        Raises:
            ModelError: no server can.
        """
        options = {"num_ctx": self.window}
        self._servers.first(
            self.model, lambda server: server.load(self.model, options=options, keep_alive=self.keep_alive)
        )

    @property
    def _llm_type(self) -> str:
        return "ragkit-ollama"

    @property
    def _told(self) -> ModelDetails:
        if self._details is None:
            self._details = self._servers.first(self.model, lambda server: server.show(self.model))
        return self._details

    def _answer(
        self, turns: Sequence[ChatTurn], stop: list[str] | None, kwargs: dict[str, Any], asked: Format
    ) -> Iterator[ChatPiece]:
        options, think = self._options(stop, kwargs), self._thinking()

        def ask(server: OllamaServer) -> Iterator[ChatPiece]:
            return server.chat(
                self.model, turns, options=options, format=asked, think=think, keep_alive=self.keep_alive
            )

        for server, piece in self._servers.stream(self.model, ask):
            if piece.done:
                self._check_window(server, turns, piece.prompt_tokens)
            yield piece

    def _filter(self) -> ThoughtFilter:
        if self._begins_inside is None and self._told.parts_thoughts:
            self._begins_inside = False
        return super()._filter()

    def _options(self, stop: list[str] | None, kwargs: dict[str, Any]) -> Options:
        options: dict[str, int | float | str | list[str]] = {
            "num_ctx": self.window,
            "num_predict": kwargs.get("num_predict", self.num_predict),
            "temperature": kwargs.get("temperature", self.temperature),
            "seed": self.seed,
        }
        return options | ({"stop": stop} if stop else {})

    def _thinking(self) -> Think:
        # A model that can't think answers 400 to think=true; one that can thinks unless it is told not to.
        return self._told.least_thinking if self.think is None else self.think

    def _check_window(self, server: OllamaServer, turns: Sequence[ChatTurn], read: int | None) -> None:
        loaded = self._window_on(server, anew=is_suspicious(turns, read))
        window = window_cut_to(turns, read, asked=self.window, loaded=loaded)
        if not window and may_have_dropped(turns, read, asked=self.window, loaded=loaded):
            window = (loaded or self.window) if self._dropped_oldest(server, turns, read or 0) else None
        if window:
            sent = prompt_tokens(turns)
            lower = f"set models.num_ctx to {window}" if window < self.window else "raise models.num_ctx"
            raise PromptTruncated(
                f"{self.model!r} read {read} tokens of a prompt of about {sent}: the server cut it to fit its window "
                f"of {window}. Send less, {lower}, or update Ollama",
                tokens=sent,
                window=window,
            )

    def _dropped_oldest(self, server: OllamaServer, turns: Sequence[ChatTurn], read: int) -> bool:
        """Ask again without the oldest message, for one token: as many tokens read means that it was never read."""
        options = self._options(None, {"num_predict": 1})
        try:
            *_, last = server.chat(
                self.model, without_oldest(turns), options=options, think=self._thinking(), keep_alive=self.keep_alive
            )
        except (ModelError, PromptTooLong):
            return True
        # A far smaller count is what a cache left to read, and says nothing.
        return not read / 2 <= (last.prompt_tokens or 0) < read

    def _window_on(self, server: OllamaServer, *, anew: bool) -> int | None:
        """Return the window that the model is loaded with on this server, or None if the server doesn't tell."""
        if anew or server.url not in self._loaded:
            names = (self.model, f"{self.model}:latest")
            try:
                found = [model.window for model in server.running() if model.name in names]
            except ModelError:
                found = []  # no reason to lose the answer
            self._loaded[server.url] = (found[0] if found else None) or 0
        return self._loaded[server.url] or None
