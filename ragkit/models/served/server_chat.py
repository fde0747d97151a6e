"""What chat models behind a server have in common: tokens counted better by every answer, and JSON checked."""

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, Generic, TypeVar

from langchain_core.messages.ai import UsageMetadata
from pydantic import Field, PrivateAttr

from ragkit.errors import ModelError, PromptTooLong
from ragkit.models.chat.engine import UNKNOWN
from ragkit.models.chat.messages import ChatTurn, to_turns
from ragkit.models.chat.plain_chat import PlainChat, Question, Said
from ragkit.models.chat.structured import Format, check_json, format_of
from ragkit.models.chat.thinking import ThoughtFilter
from ragkit.models.chat.tokens import TokenScale
from ragkit.models.served.records import ChatPiece
from ragkit.models.transport.model_server import ModelServer
from ragkit.models.transport.servers import Servers

S = TypeVar("S", bound=ModelServer)


class ServerChat(PlainChat, Generic[S]):
    """A chat model of LangChain whose answers come from a server, or several. Thoughts are never part of an answer."""

    more_tokens: ClassVar[str] = "Set think=False, or raise num_predict"
    server: S | Servers[S] = Field(exclude=True)
    model: str
    num_ctx: int = Field(default=8192, ge=256)
    num_predict: int = Field(default=1024, ge=1)
    temperature: float = 0.0
    seed: int = 0
    _scale: TokenScale = PrivateAttr(default_factory=TokenScale)
    _servers: Servers[S] = PrivateAttr()

    def model_post_init(self, context: Any, /) -> None:
        """Take one server as several of which there is one."""
        super().model_post_init(context)
        one = self.server
        self._servers = one if isinstance(one, Servers) else Servers([one], patience=one.timeout)

    def count_tokens(self, text: str) -> int:
        """Return an estimate that is rarely too low, and closer with every answer that told its count."""
        return self._scale.count(text)

    def digest(self) -> str:
        """Return what tells the model's weights from others under its name; UNKNOWN if the server tells nothing."""
        try:
            return self._servers.first(self.model, lambda server: server.digest(self.model)) or UNKNOWN
        except ModelError:
            return UNKNOWN

    @property
    @abstractmethod
    def window(self) -> int:
        """The tokens of prompt and answer together."""

    def prepare(self) -> None:
        """Have the model loaded ahead, if this kind of server can be told to."""

    @property
    def _called(self) -> str:
        return self.model

    @abstractmethod
    def _answer(
        self, turns: Sequence[ChatTurn], stop: list[str] | None, kwargs: dict[str, Any], asked: Format
    ) -> Iterator[ChatPiece]:
        """Yield the answer as the server writes it. The last piece comes when the window was checked."""

    def _said(self, question: Question) -> Iterator[Said]:
        turns = to_turns(question.messages)
        try:
            for piece in self._answer(turns, question.stop, question.kwargs, format_of(question.kwargs)):
                if piece.done:
                    self._scale.learn([turn["content"] for turn in turns], piece.prompt_tokens)
                yield self._piece(piece)
        except PromptTooLong:
            self._scale.too_low()
            raise

    def _piece(self, piece: ChatPiece) -> Said:
        read, written = piece.prompt_tokens or 0, piece.answer_tokens or 0
        counted = UsageMetadata(input_tokens=read, output_tokens=written, total_tokens=read + written)
        return Said(
            text=piece.text,
            thinking=bool(piece.thinking),
            done=piece.done,
            told={"model_name": self.model, "done_reason": piece.done_reason} if piece.done else {},
            usage=counted if piece.done else None,
        )

    def _check(self, thoughts: ThoughtFilter, end: Said, question: Question) -> None:
        reason = end.told["done_reason"]
        if not thoughts.shown.strip() and reason == "load":
            raise self._failed("was loaded, but gave no answer. Ask again")
        super()._check(thoughts, end, question)
        check_json(thoughts.shown, format_of(question.kwargs), model=self.model, cut_off=reason == "length")
