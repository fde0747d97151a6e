"""Claims written by hand against sources written by hand, kind by kind, each in the dresses that change no sense."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.citations.trials import Trial

_FOLDER = Path(__file__).parent
_ESCAPED = re.compile(r"\\u([0-9a-f]{4})")
_BEFORE = "The library lends maps to readers with a card."
_BEHIND = "A lost map costs the reader 75 pounds. The reading room has two windows."

# From a claim and its source to the same two in another dress.
Dress = Callable[[str, str], tuple[str, str]]


def plain(claim: str, source: str) -> tuple[str, str]:
    return claim, source


def among_others(claim: str, source: str) -> tuple[str, str]:
    return claim, f"# Maps\n\n{_BEFORE}\n\n{source}\n\n# Fines\n\n{_BEHIND}"


def shouted(claim: str, source: str) -> tuple[str, str]:
    return claim.upper(), source


def introduced(claim: str, source: str) -> tuple[str, str]:
    return f"According to the document, {claim}", source


def soft_hyphens(claim: str, source: str) -> tuple[str, str]:
    return claim, re.sub(r"\b([a-z]{3})([a-z]{3,})\b", "\\1\u00ad\\2", source)


def wide(claim: str, source: str) -> tuple[str, str]:
    """Full-width figures, as CJK keyboards have them."""
    return re.sub("[0-9]", lambda found: chr(ord(found[0]) + 0xFEE0), claim), source


DRESSES: tuple[Dress, ...] = (plain, among_others, introduced, shouted, soft_hyphens, wide)


def claims(name: str, *, true: bool, dresses: tuple[Dress, ...] = DRESSES) -> Iterator[Trial]:
    """Yield the true claims of a file that are taken for true, or the false ones, in each of these dresses."""
    for kind, heading, source, claim, said in _read(name):
        for dress in dresses if said == true else ():
            dressed, text = dress(claim, source)
            yield Trial(kind=f"{kind}: {claim}", sentence=dressed, shown=(text,), heading=heading)


def _read(name: str) -> Iterator[tuple[str, str, str, str, bool]]:
    kind, heading, source = "", "", ""
    for line in (_FOLDER / name).read_text("utf-8").splitlines():
        sign, rest = line[:1], _ESCAPED.sub(lambda found: chr(int(found[1], 16)), line[2:])
        if sign == "[":
            kind = line.replace("[", "").replace("]", "")
        elif sign == "^":
            heading = rest
        elif sign == "=":
            source = f"{source}\n{rest}" if source else rest
        elif sign in ("+", "-") and line:
            yield kind, heading, source, rest, sign == "+"
        elif not line:
            source = ""
