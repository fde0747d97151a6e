"""What a chat client asks on its own, beside the questions of its user: Open WebUI wants titles, tags and the like."""

import json
import re

# All of Open WebUI's such prompts begin like this, name the one key of the JSON that they want, and end with the
# conversation, each message behind its role.
_TASK, _CONVERSATION = "### Task:", "<chat_history>"
_WANTED = re.compile(r'\{\s*"(\w+)":\s*([\["])')
_FIRST = re.compile(r"^\s*USER:\s*(.+)$", re.MULTILINE | re.IGNORECASE)
_LONGEST_TITLE = 60


def done(question: str) -> str | None:
    """Return what a client's own prompt wants, without search or model; None for a question of somebody.

    The title is the conversation's first question. There are no tags, follow-ups or queries: an empty list is what
    clients take for that.
    """
    task, _, conversation = question.partition(_CONVERSATION)
    wanted = _WANTED.search(task)
    if not task.startswith(_TASK) or wanted is None or not conversation:
        return None
    key, opening = wanted.groups()
    if key == "title":
        first = _FIRST.search(conversation)
        return json.dumps({key: _short(first[1]) if first else ""}, ensure_ascii=False)
    return json.dumps({key: [] if opening == "[" else ""})


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _LONGEST_TITLE else f"{flat[:_LONGEST_TITLE].rpartition(' ')[0]} …"
