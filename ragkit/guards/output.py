"""What a model wrote, as any client may show it: nothing of it fetches, links, is hidden or is obeyed.

The text stays what a person would read. Only what would make a page, a Markdown viewer or a terminal act is broken by a
space: `[a](b)` comes as `[a] (b)`, `<img` as `< img`, `https://` as `https ://`. The address of a cited source stays.
"""

import re
from collections.abc import Collection, Iterable, Iterator

from ragkit.guards.echo import LEFT_OUT
from ragkit.text.invisible import without_invisible

# Each is a place between two characters that would make something of the text around them.
_ACTS = re.compile(
    r"""(?ix)
    (?<=\]) (?= [(:] | \[(?!\d) )                 # links, and what would define their addresses
    | (?<=!) (?= \[ )                             # pictures
    | (?<=<) (?= [a-z/!?] )                       # HTML, and addresses in angle brackets
    | (?<=&) (?= \# | [a-z][a-z0-9]{1,31}; )      # characters by their number or name
    | (?<=\S) (?= : (?: // | \\\\ ) )                    # any address
    | (?<=www) (?= \. )
    | (?: (?<=\bjavascript) | (?<=\bvbscript) | (?<=\bdata) | (?<=\bmailto) | (?<=\bfile) | (?<=\bxmpp) | (?<=\btel)
        | (?<=\bsms) | (?<=\bblob) | (?<=\babout) ) (?= :\S )
    | (?<=\\) (?= (?: href | url | includegraphics | html ) )
    """
)
# What fences passages in a prompt (ragkit.text.marks), if a model writes it.
_FENCE = re.compile(r"<<<[0-9a-f]{8}(?![0-9a-f])|(?<![0-9a-f])[0-9a-f]{8}>>>")
# No pattern above has one of these inside it. The last ones stand for spaces where a script has none.
_GAP = re.compile(r"([\s\u3001\u3002\uff01\uff0c\uff1a\uff1b\uff1f]+)")
_LINE_END = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_SPACE = re.compile(r"[^\S\n\t ]")
_ADDRESS = re.compile(r"https?://[^\s<>\"'`\\()\[\]{}|]+")
_OPEN, _CLOSE = "([<{\"'“\u2018`*_", ")]>}\"'”\u2019`*_.,;:!?"


class Outflow:
    """Takes a text in pieces and gives out what may be shown; together the same as of the whole text at once.

    `sources` are the addresses that may stand as they are; those that are no plain http address are left out.
    `marks` are those of the prompt, which no reader should see: a sign stands for each.
    """

    def __init__(self, sources: Collection[str] = (), *, marks: Collection[str] = ()) -> None:
        self._sources = {uri for uri in sources if _ADDRESS.fullmatch(uri)}
        self._marks = re.compile("|".join(map(re.escape, sorted(marks))) or r"(?!)", re.I)
        # The pieces of a word, put together when it ends: a word may be as long as a text.
        self._held: list[str] = []

    def feed(self, piece: str) -> str:
        """Return what is certain by now. A word is, once something stands behind it."""
        if self._held == ["\r"]:
            piece = self._held.pop() + piece
        last = max((gap.end() for gap in _GAP.finditer(piece)), default=0)
        # The second half of a line end may be on its way.
        last -= piece[last - 1 : last] == "\r"
        if not last:
            self._held.append(piece)
            return ""
        certain = "".join((*self._held, piece[:last]))
        self._held = [piece[last:]]
        return self._shown(certain)

    def end(self) -> str:
        """Return the rest."""
        rest, self._held = "".join(self._held), []
        return self._shown(rest)

    def through(self, pieces: Iterable[str]) -> Iterator[str]:
        """Yield what may be shown of the pieces as they come; no empty ones."""
        for piece in pieces:
            if shown := self.feed(piece):
                yield shown
        if rest := self.end():
            yield rest

    def _shown(self, text: str) -> str:
        # Every second part is a gap.
        parts = _GAP.split(text)
        parts[::2] = map(self._word, parts[::2])
        parts[1::2] = [_SPACE.sub(" ", _LINE_END.sub("\n", gap)) for gap in parts[1::2]]
        return "".join(parts)

    def _word(self, word: str) -> str:
        seen = without_invisible(word)
        while (cut := _FENCE.sub("", seen)) != seen:
            seen = cut
        seen = self._marks.sub(LEFT_OUT, seen)
        found = _ADDRESS.search(seen) if self._sources else None
        uri = found.group().rstrip(_CLOSE) if found else ""
        if found is None or uri not in self._sources:
            return _ACTS.sub(" ", seen)
        before, after = seen[: found.start()], seen[found.start() + len(uri) :]
        if (before.strip(_OPEN) and not before.endswith("](")) or after.strip(_CLOSE):
            return _ACTS.sub(" ", seen)
        # With the first letter of the address, which decides on what stands in front of it.
        return f"{_ACTS.sub(' ', before + 'h')[:-1]}{uri}{_ACTS.sub(' ', after)}"


def harmless(text: str, *, sources: Collection[str] = (), marks: Collection[str] = ()) -> str:
    """Return a whole text as `Outflow` gives it out. What it returns stays the same if it is taken again."""
    return "".join(Outflow(sources, marks=marks).through([text]))
