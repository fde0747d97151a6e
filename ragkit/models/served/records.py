"""What servers tell, as data: the pieces of an answer; and of Ollama its models, and a download's steps."""

from collections.abc import Mapping
from dataclasses import dataclass

from ragkit.models.chat.thinking import opens_thought
from ragkit.models.transport.wire import Record

_LEAST = (False, "none", "minimal", "low")  # what a model may call it, the least first
_LARGEST = (1 << 63) - 1  # what Go and SQLite count to


@dataclass(frozen=True, kw_only=True)
class OllamaModel:
    """A model on the server. `capabilities` is empty if the server doesn't tell them in its list."""

    name: str
    size: int
    digest: str
    capabilities: tuple[str, ...] = ()

    @classmethod
    def read(cls, record: Record) -> "OllamaModel":
        """Read a row of /api/tags."""
        return cls(
            name=text_in(record, "name"),
            size=number_in(record, "size") or 0,
            digest=text_in(record, "digest"),
            capabilities=texts_in(record, "capabilities"),
        )


@dataclass(frozen=True, kw_only=True)
class ModelDetails:
    """What the server knows of a model. `window` is the longest that it was trained on; None if not told.

    `thinking` are the values that `think` may have; empty if not told.
    """

    name: str
    window: int | None
    capabilities: tuple[str, ...] = ()
    template: str = ""
    thinking: tuple[bool | str, ...] = ()

    @property
    def least_thinking(self) -> bool | str | None:
        """What to send for as little thought as can be had; None for a model that does not think, or has its own way.

        Some models always think, and the server takes its default for a value that they don't have.
        """
        if "thinking" not in self.capabilities:
            return None
        return next((least for least in _LEAST if least in self.thinking), None) if self.thinking else False

    @property
    def parts_thoughts(self) -> bool:
        """Whether no closing tag can come alone: the server parts thoughts from answers, or the template opens none."""
        return "thinking" in self.capabilities or bool(self.template and not opens_thought(self.template))

    @classmethod
    def read(cls, name: str, record: Record) -> "ModelDetails":
        """Read the answer of /api/show. The length is told under the name of the model's architecture."""
        info = record.get("model_info")
        info = info if isinstance(info, dict) else {}
        lengths = [value for key, value in info.items() if key.endswith(".context_length") and isinstance(value, int)]
        return cls(
            name=name,
            window=lengths[0] if lengths else None,
            capabilities=texts_in(record, "capabilities"),
            template=text_in(record, "template"),
            thinking=_thinking_in(record),
        )


@dataclass(frozen=True, kw_only=True)
class RunningModel:
    """A model in memory. `window` is the num_ctx it was loaded with; None if not told."""

    name: str
    size: int
    window: int | None

    @classmethod
    def read(cls, record: Record) -> "RunningModel":
        """Read a row of /api/ps."""
        return cls(
            name=text_in(record, "name"),
            size=number_in(record, "size") or 0,
            window=number_in(record, "context_length"),
        )


@dataclass(frozen=True, kw_only=True)
class PullProgress:
    """A step of a download, in bytes. `total` is 0 where nothing is measured."""

    status: str
    completed: int = 0
    total: int = 0

    @classmethod
    def read(cls, record: Record) -> "PullProgress":
        """Read a line of /api/pull."""
        return cls(
            status=text_in(record, "status"),
            completed=number_in(record, "completed") or 0,
            total=number_in(record, "total") or 0,
        )


@dataclass(frozen=True, kw_only=True)
class ChatPiece:
    """A piece of an answer. The counts and the reason come with the last one, which is `done`."""

    text: str
    thinking: str = ""
    done: bool = False
    done_reason: str = ""
    prompt_tokens: int | None = None
    answer_tokens: int | None = None

    @classmethod
    def read(cls, record: Record) -> "ChatPiece":
        """Read a line of /api/chat."""
        message = record.get("message")
        message = message if isinstance(message, dict) else {}
        return cls(
            text=text_in(message, "content"),
            thinking=text_in(message, "thinking"),
            done=record.get("done") is True,
            done_reason=text_in(record, "done_reason"),
            prompt_tokens=number_in(record, "prompt_eval_count"),
            answer_tokens=number_in(record, "eval_count"),
        )


def _thinking_in(record: Record) -> tuple[bool | str, ...]:
    told = record.get("thinking")
    values = told.get("values") if isinstance(told, dict) else None
    return tuple(value for value in values if isinstance(value, bool | str)) if isinstance(values, list) else ()


def text_in(record: Mapping[str, object], key: str) -> str:
    """Return the text at the key; anything else, nothing."""
    value = record.get(key)
    return value if isinstance(value, str) else ""


def texts_in(record: Mapping[str, object], key: str) -> tuple[str, ...]:
    """Return the texts of the list at the key; no list, none."""
    value = record.get(key)
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def number_in(record: Mapping[str, object], key: str) -> int | None:
    """Return the whole number at the key, or None: sizes and counts are not below 0."""
    value = record.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _LARGEST else None
