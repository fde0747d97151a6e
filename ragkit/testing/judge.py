"""A judge of passages without weights: the more of the question's words a passage has, the better."""

import re
from collections.abc import Sequence


class WordJudge:
    """Scores a passage by the share of the question's words that it has. `judged` holds what it was asked, in order."""

    name = "words"

    def __init__(self) -> None:
        self.judged: list[tuple[str, tuple[str, ...]]] = []

    def judge(self, question: str, passages: Sequence[str]) -> list[float]:
        """Return a score from 0 to 1 a passage."""
        self.judged.append((question, tuple(passages)))
        wanted = _words(question)
        return [len(wanted & _words(passage)) / max(1, len(wanted)) for passage in passages]


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))
