"""Short texts that a chat model writes for a search: a better query, other wordings, a passage that might answer."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage

from ragkit.errors import RagkitError
from ragkit.models.chat.engine import ChatEngine

# So many seconds a draft may take, from the question to the model's last piece that is waited for.
SECONDS = 20.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Drafting:
    """A chat model that is asked for drafts. `clock` is in seconds; after `seconds` of it a draft counts as none."""

    engine: ChatEngine
    seconds: float = SECONDS
    clock: Callable[[], float] = time.monotonic

    def draft(self, instructions: str, text: str, *, most: int) -> str:
        """Return what the model writes, without white space around it; empty if it fails, dawdles or writes too much.

        `most` is in characters.
        """
        messages: list[BaseMessage] = [SystemMessage(instructions), HumanMessage(text)]
        start, written = self.clock(), ""
        try:
            for piece in self.engine.chat.stream(messages):
                written += str(piece.text)
                if len(written) > most or self.clock() - start > self.seconds:
                    _log.warning("%s wrote too much or took too long; the search goes on without", self.engine.name)
                    return ""
        except (RagkitError, OSError, ValueError, RuntimeError) as error:
            _log.warning("%s failed (%s); the search goes on without", self.engine.name, type(error).__name__)
            return ""
        return written.strip()
