"""Models that keep whoever asked waiting."""

import threading
from collections.abc import Iterator
from typing import Any

from langchain_core.language_models import ModelProfile
from langchain_core.messages import AIMessageChunk
from langchain_core.outputs import ChatGenerationChunk
from pydantic import Field, PrivateAttr

from ragkit.testing import ScriptedChat
from ragkit.testing.ollama_server import OllamaDouble


class Slow(ScriptedChat):
    """Writes a word, or what comes to its mind, every now and then; knows when nobody wants any more."""

    _go: threading.Event = PrivateAttr(default_factory=threading.Event)
    _left: threading.Event = PrivateAttr(default_factory=threading.Event)
    _begun: threading.Event = PrivateAttr(default_factory=threading.Event)
    # Else its first answer would be waited with: it might begin inside a thought.
    profile: ModelProfile | None = Field(default_factory=lambda: ModelProfile(reasoning_output=False))

    def __init__(self, word: str = "Five days [1]. ") -> None:
        super().__init__(word)

    def _stream(self, *_: Any, **more: Any) -> Iterator[ChatGenerationChunk]:
        try:
            for _time in range(500):
                yield ChatGenerationChunk(message=AIMessageChunk(content=self.replies[0]))
                self._begun.set()
                if self._go.wait(0.02):
                    return
        finally:
            self._left.set()


class Silent(OllamaDouble):
    """An Ollama that reads prompts and begins no answer until it may `go`; `asked` counts those that it has."""

    def __init__(self) -> None:
        super().__init__(ScriptedChat("A refund takes five working days [1]."))
        self.go = threading.Event()
        self.asked = threading.Semaphore(0)

    def answer(self, method: str, path: str, body: dict[str, Any]) -> Any:
        """Answer at once what is not for the model."""
        if path == "/api/chat":
            self.asked.release()
            self.go.wait(20)
        return super().answer(method, path, body)
