"""What a model wrote for the same question about the same passages, so that it need not be asked again."""

import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ragkit.documents import Hit, Viewer
from ragkit.models.chat.engine import ChatEngine
from ragkit.prompting.conversation import Turn
from ragkit.prompting.prompts import PROMPT_VERSION, Prompt

# A model that was pulled again under its old name is asked after so many seconds.
_LONGEST = 3600.0


@dataclass(frozen=True, kw_only=True)
class Reply:
    """A prompt, and what the model wrote for it."""

    prompt: Prompt
    text: str


class Replies:
    """The last replies, in memory only: questions are nobody's business, and a process forgets them when it ends.

    The passages are part of the key, and they come from a search made for the one who asks. So a changed or forgotten
    document, and one that the viewer may not read, find no reply. Threads may share it. With `most` 0 it keeps none.
    """

    def __init__(self, most: int = 256, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._kept: OrderedDict[str, tuple[float, Reply]] = OrderedDict()
        self._turn = threading.Lock()

    def get(self, key: str) -> Reply | None:
        """Return the reply that was kept under a key in the last hour; None if there is none."""
        with self._turn:
            since, reply = self._kept.pop(key, (0.0, None))
            if reply is None or self._clock() - since > _LONGEST:
                return None
            self._kept[key] = since, reply
            return reply

    def keep(self, key: str, reply: Reply) -> None:
        """Keep a reply; the one that nobody asked for longest makes room for it."""
        with self._turn:
            self._kept[key] = self._clock(), reply
            self._kept.move_to_end(key)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)


def reply_key(
    question: str, hits: Sequence[Hit], *, settings: str, history: Sequence[Turn], viewer: Viewer, engine: ChatEngine
) -> str:
    """Return a key of all that a model reads, and of who asks, so that a fast answer tells nobody what others asked.

    `settings` is what else makes the prompt: what was searched for, the instructions, the budget.
    """
    read = (
        PROMPT_VERSION,
        (engine.name, engine.window, engine.digest()),
        (viewer.tenant, sorted(viewer.groups), viewer.owner),
        (question, settings),
        [(turn.question, turn.answer, turn.seen and (turn.seen.message, turn.seen.reply)) for turn in history],
        [hit.chunk for hit in hits],
    )
    return hashlib.sha256(repr(read).encode("utf-8", "replace")).hexdigest()
