"""Rich Text, written so that pandoc loses nothing of it."""

import re
from dataclasses import dataclass, field

_TOKEN = re.compile(
    rb"\\bin(?P<size>\d+) ?|(?P<word>\\[a-zA-Z]+)-?\d*(?P<end> ?)|(?P<brace>[{}])|(?P<line>[\r\n]+)"
    rb"|\\'[0-9a-fA-F]{2}|\\.|[^\\{}\r\n]+|\\",
    re.DOTALL,
)
_HINTS = re.compile(rb"\\(?:row|footnote)(?![a-z])")


def for_pandoc(body: bytes) -> bytes:
    """Return the file with a beginning for every row, and with its notes at the end.

    pandoc takes rows that share one definition for a single row, and what stands between a table and the next note for
    a part of that note, or leaves it out. A line end, which says nothing here, is a space to it.
    """
    return _Rewritten().of(body) if _HINTS.search(body) else body


@dataclass
class _Rewritten:
    """The tokens up to some place. `opened` has where the content of each group begins, `note` the depth of a note."""

    tokens: list[bytes] = field(default_factory=list)
    notes: list[bytes] = field(default_factory=list)
    opened: list[int] = field(default_factory=list)
    note: int = 0
    # How many tokens there are up to a row that the next one may share its definition with.
    row: int = 0

    def of(self, body: bytes) -> bytes:
        place = 0
        while token := _TOKEN.match(body, place):
            place = token.end() + int(token["size"] or 0)
            if token["line"]:
                continue
            self.tokens.append(body[token.start() : place])
            if token["word"]:
                # Nothing but the line end may part it from the letters behind it.
                self.tokens[-1] += b"" if token["end"] else b" "
                self._read(token["word"])
            elif token["brace"]:
                self._bracket(token["brace"])
        return b"".join([*self.tokens, *self.notes, b"}"])

    def _read(self, word: bytes) -> None:
        if word == b"\\row":
            self.row = len(self.tokens)
        elif word == b"\\trowd":
            self.row = 0
        elif word == b"\\cell" and 0 < self.row <= len(self.tokens):
            self.tokens[self.row - 1] += b"\\trowd "
            self.row = 0
        elif word == b"\\footnote" and self.opened and not self.note:
            self.note = len(self.opened)
            # With the star before it, which would hide it.
            del self.tokens[self.opened[-1] :]

    def _bracket(self, brace: bytes) -> None:
        if brace == b"{":
            self.opened.append(len(self.tokens))
            return
        depth = len(self.opened)
        begins = self.opened.pop() if self.opened else 0
        if depth == self.note > 0:
            self.notes.append(b"".join([b"{\\pard\\plain ", *self.tokens[begins:-1], b"\\par}"]))
            del self.tokens[begins - 1 :]
            self.note = self.row = 0
        elif depth <= 1:
            # What closes the file comes behind the notes.
            self.tokens.pop()
