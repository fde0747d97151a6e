"""What an Ollama says, in the form in which it says it."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

Record = dict[str, Any]  # Any: JSON
Turn = tuple[str, str]  # role, text

_WHEN = "2026-01-01T00:00:00Z"
_DETAILS = {
    "parent_model": "",
    "format": "gguf",
    "family": "llama",
    "families": ["llama"],
    "parameter_size": "1M",
    "quantization_level": "Q4_0",
}
_KEPT = 4  # tokens at the head of a prompt that is cut


@dataclass(frozen=True, kw_only=True)
class Template:
    """What a chat template adds to a prompt, in tokens: around each message, and once at its begin."""

    name: str
    message: int
    begin: int = 0


CHATML = Template(name="chatml", message=5)
LLAMA3 = Template(name="llama3", message=4, begin=1)
MISTRAL = Template(name="mistral", message=3, begin=1)
BARE = Template(name="bare", message=0)


class Refusal(Exception):
    """An answer with another status than 200."""

    def __init__(self, status: int, said: str, *, after: int | None = None) -> None:
        super().__init__(said)
        self.status = status
        self.said = said
        self.after = after


def digest(name: str) -> str:
    """Return a digest that is the same for the same name."""
    return hashlib.sha256(name.encode()).hexdigest()


def listed(name: str) -> Record:
    """Return a row of /api/tags."""
    return {
        "name": name,
        "model": name,
        "modified_at": _WHEN,
        "size": 1000,
        "digest": digest(name),
        "details": _DETAILS,
    }


def running(name: str, window: int) -> Record:
    """Return a row of /api/ps."""
    row = listed(name) | {"expires_at": _WHEN, "size_vram": 0, "context_length": window}
    row.pop("modified_at")
    return row


def shown(window: int, capability: str, thinking: Sequence[bool | str] = ()) -> Record:
    """Return the answer of /api/show."""
    told: Record = {"thinking": {"values": list(thinking), "default": thinking[-1]}} if thinking else {}
    return {
        **told,
        "modelfile": "FROM double",
        "parameters": "",
        "template": "{{ .Prompt }}",
        "details": _DETAILS,
        "model_info": {"general.architecture": "llama", "llama.context_length": window},
        "capabilities": [capability, *told],
        "modified_at": _WHEN,
    }


def piece(name: str, text: str, *, chat: bool) -> Record:
    """Return a line of /api/chat, or of /api/generate."""
    said: Record = {"message": {"role": "assistant", "content": text}} if chat else {"response": text}
    return {"model": name, "created_at": _WHEN, **said, "done": False}


def done(*, reason: str, read: int, written: int) -> Record:
    """Return what the last line has more than the others. Durations are in nanoseconds."""
    return {
        "done": True,
        "done_reason": reason,
        "total_duration": 3_000_000,
        "load_duration": 1_000_000,
        "prompt_eval_count": read,
        "prompt_eval_duration": 1_000_000,
        "eval_count": written,
        "eval_duration": 1_000_000,
    }


def pulled(name: str) -> list[Record]:
    """Return the lines of a download that ends well."""
    layer = {"status": f"pulling {digest(name)[:12]}", "digest": f"sha256:{digest(name)}", "total": 1000}
    steps = ["verifying sha256 digest", "writing manifest", "success"]
    return [
        {"status": "pulling manifest"},
        {**layer, "completed": 500},
        {**layer, "completed": 1000},
        *({"status": step} for step in steps),
    ]


def cut(
    turns: Sequence[Turn], window: int, count: Callable[[str], int], template: Template = BARE
) -> tuple[list[Turn], int]:
    """Return what Ollama leaves of a prompt that is too long, and how many tokens it says that it read.

    The oldest messages go first, but for the system's and the last one. What is still too long loses its head.
    """
    left = list(turns)
    while size(left, count, template) >= window and (oldest := _oldest(left)) is not None:
        del left[oldest]
    if (tokens := size(left, count, template)) < window:
        return left, tokens
    limit = window - max((window - _KEPT - template.begin) // 2, 1)
    role, text = left[-1]
    words = text.split(" ")
    while len(words) > 1 and count(" ".join(words)) > limit:
        words = words[len(words) // 8 + 1 :] or words[-1:]
    return [(role, " ".join(words))], limit


def size(turns: Sequence[Turn], count: Callable[[str], int], template: Template = BARE) -> int:
    """Return how many tokens the messages are with the chat template around them."""
    return template.begin + sum(count(text) + template.message for _, text in turns)


def _oldest(turns: Sequence[Turn]) -> int | None:
    return next((place for place, (role, _) in enumerate(turns[:-1]) if role != "system"), None)
