"""What a chat client puts around a question, or asks on its own: Open WebUI wants titles, tags and the like."""

import json
import re
from collections.abc import Callable, Sequence

# All of Open WebUI's such prompts begin like this, name the one key of the JSON that they want, and end with the
# conversation, each message behind its role. A prompt with what the client itself has found ends with the question.
_TASK, _CONVERSATION, _FOUND = "### Task:", "<chat_history>", "</context>"
_WANTED = re.compile(r'\{\s*"(\w+)":\s*([\["])')
_FIRST = re.compile(r"^\s*USER:\s*(.+)$", re.MULTILINE | re.IGNORECASE)
_LATEST = re.compile(r".*^USER: (.+?)\nASSISTANT: (.+)\n</chat_history>", re.MULTILINE | re.DOTALL)
_LONGEST_TITLE = 60


def question_in(text: str) -> str:
    """Return what somebody asked, without the passages that a client has put before it."""
    return text.rpartition(_FOUND)[2] if text.startswith(_TASK) else text


def done(text: str, *, suggested: Callable[[str, str], Sequence[str]]) -> str | None:
    """Return what a client's own prompt wants, without search or model; None for a question of somebody.

    The title is the conversation's first question, and follow-ups are what is `suggested` after the latest question
    and what its reader saw of the answer. Of all else there is nothing: an empty list is what clients take for that.
    """
    task, _, conversation = text.partition(_CONVERSATION)
    wanted = _WANTED.search(task)
    if not task.startswith(_TASK) or wanted is None or not conversation:
        return None
    key, opening = wanted.groups()
    if key == "title":
        first = _FIRST.search(conversation)
        return json.dumps({key: _short(first[1]) if first else ""}, ensure_ascii=False)
    latest = _LATEST.match(conversation) if key == "follow_ups" else None
    if latest:
        return json.dumps({key: list(suggested(latest[1], latest[2]))}, ensure_ascii=False)
    return json.dumps({key: [] if opening == "[" else ""})


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _LONGEST_TITLE else f"{flat[:_LONGEST_TITLE].rpartition(' ')[0]} …"
