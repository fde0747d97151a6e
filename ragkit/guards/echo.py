"""A model that writes down its own instructions: the run of words is left out, and a sign stands for it."""

import re
from collections.abc import Iterable, Iterator, Set
from itertools import takewhile

# So many words in a row are no accident.
LONGEST_RUN = 7
LEFT_OUT = "[…]"

_TOKEN = re.compile(r"\w+|\W+")


class EchoFilter:
    """Takes a text in pieces and gives it out without runs of more than `LONGEST_RUN` words of `instructions`.

    Case and what stands between the words make no difference.
    """

    def __init__(self, instructions: str) -> None:
        self._words = [word.casefold() for word in re.findall(r"\w+", instructions)]
        self._part = ""
        # What is waited with: tokens that begin with a word, and where in the instructions these words end.
        self._waiting: list[str] = []
        self._ends: Set[int] = frozenset()
        self._run = 0

    def feed(self, piece: str) -> str:
        """Return what is certain by now."""
        tokens = _TOKEN.findall(self._part + piece)
        # Its last word may go on.
        self._part = tokens.pop() if tokens and (_is_word(tokens[-1]) or self._waiting) else ""
        return "".join(map(self._token, tokens))

    def end(self) -> str:
        """Return the rest."""
        rest = self._token(self._part) if self._part else ""
        self._part = ""
        return rest + self._released(len(self._waiting))

    def through(self, pieces: Iterable[str]) -> Iterator[str]:
        """Yield what is left of the pieces as they come; no empty ones."""
        for piece in pieces:
            if kept := self.feed(piece):
                yield kept
        if rest := self.end():
            yield rest

    def _token(self, token: str) -> str:
        if not _is_word(token):
            if not self._waiting:
                return token
            self._waiting.append(token)
            return ""
        word, out = token.casefold(), ""
        while self._waiting:
            ends = {end + 1 for end in self._ends if self._words[end + 1 : end + 2] == [word]}
            if ends:
                break
            out += self._shortened()
        else:
            ends = {place for place, known in enumerate(self._words) if known == word}
        if not ends:
            return out + token
        self._waiting.append(token)
        self._ends, self._run = ends, self._run + 1
        return out

    def _shortened(self) -> str:
        """Return the first word of what is waited with, and what stands behind it; all of it if it is an echo."""
        if self._run > LONGEST_RUN:
            return self._released(len(self._waiting))
        first = 1 + len(list(takewhile(lambda token: not _is_word(token), self._waiting[1:])))
        out = self._released(first)
        words = [token.casefold() for token in self._waiting if _is_word(token)]
        self._run = len(words)
        self._ends = {
            place + len(words) - 1
            for place in range(len(self._words) - len(words) + 1)
            if self._words[place : place + len(words)] == words
        }
        return out

    def _released(self, count: int) -> str:
        taken, self._waiting = self._waiting[:count], self._waiting[count:]
        echoed, self._run = self._run > LONGEST_RUN, 0
        if not echoed:
            return "".join(taken)
        return LEFT_OUT + ("" if _is_word(taken[-1]) else taken[-1])


def without_echo(text: str, instructions: str) -> str:
    """Return a whole text as `EchoFilter` gives it out."""
    return "".join(EchoFilter(instructions).through([text]))


def _is_word(token: str) -> bool:
    return token[0].isalnum() or token[0] == "_"
