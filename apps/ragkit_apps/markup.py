"""Untrusted text as HTML of ours: what a document or a model wrote is shown as it is and never interpreted.

Nothing here goes through Markdown: its renderer fetches images, links bare addresses and knows directives of its own.
"""

import html
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Literal

from ragkit.text.invisible import revealed
from ragkit.text.markers import MARKERS, without_markers
from ragkit.text.tables import tables

_BOLD = re.compile(r"\*\*(?=\S)([^*]+?)(?<=\S)\*\*")
_LINES: dict[str, re.Pattern[str]] = {
    "fence": re.compile(r"\s*(?:```|~~~)(?P<text>)[^`]*"),
    "row": re.compile(r"\s*\|(?P<text>.*)\|\s*"),
    "bullet": re.compile(r"\s*[-*•]\s+(?P<text>.*)"),
    "number": re.compile(r"\s*(?P<number>\d{1,3})[.)]\s+(?P<text>.*)"),
    "heading": re.compile(r"\s*#{1,6}\s+(?P<text>.*)"),
    "blank": re.compile(r"\s*(?P<text>)"),
    # As the parsers write the rows of a table. What ends with a colon is a heading with the names of columns.
    "cells": re.compile(r"\s*(?P<text>\S.* \| .*[^:\s])\s*"),
}
_CELL_END = re.compile(r"(?<!\\)\|")
_RULE = re.compile(r"[\s|:-]*-[\s|:-]*")

# So much of a document stands around its marked words. On a phone the words must be in sight at once.
_BEFORE, _BEHIND = 240, 480

Chip = Callable[[int], str]
Tone = Literal["note", "good", "warning", "danger"]


def escape(text: str) -> str:
    """Return text that a browser shows letter by letter. A mark that could deceive the reader shows as U+FFFD."""
    shown = html.escape(revealed(text))
    # Streamlit dedents what it is given: without line ends in it, there is nothing to dedent.
    return shown.replace("\n", "&#10;")


def chip(number: int, *, state: str, label: str, card: str = "", opens: str = "") -> str:
    """Return the small number that points at a source. `state` is a CSS class, `label` says what is known of it.

    `card` is HTML that shows while the number is pointed at, or has the focus. `opens` is the key of the row whose
    button behaviour.html presses when the number is pressed.
    """
    # Without a title of its own the card would show that of the number once more.
    shown = f'{number}<span class="rk-card" title="">{card}</span>' if card else str(number)
    reached = f' tabindex="0" role="button" aria-label="{escape(label)}" data-opens="{escape(opens)}"' if card else ""
    return f'<sup{reached} class="rk-chip rk-{state}" title="{escape(label)}">{shown}</sup>'


def plain_chip(number: int) -> str:
    """Return a number that nothing is known of yet."""
    return chip(number, state="plain", label="not checked yet")


def prose(text: str, chip_of: Chip = plain_chip) -> str:
    """Return a text as paragraphs, lists, tables, code and bold words; other marks of Markdown show as written.

    `chip_of` is asked for the marker of each number, in the order of the text.
    """
    blocks = groupby(_lines(text.strip()), key=lambda line: line[0])
    inner = "".join(_block(kind, [line[1:] for line in lines], chip_of) for kind, lines in blocks)
    return f'<div class="rk-prose">{inner}</div>'


def passage(text: str, spans: Sequence[tuple[int, int]], *, tone: str = "cited") -> str:
    """Return a document with the words at these offsets marked, in order; what lies further away can be unfolded."""
    first, last = _word_before(text, spans[0][0] - _BEFORE), _word_behind(text, spans[-1][1] + _BEHIND)
    before = _folded(text[:first], "before")
    after = _folded(text[last:], "after")
    near, at = "", first
    for start, end in spans:
        near += f'{escape(text[at:start])}<mark class="rk-mark rk-{tone}">{escape(text[start:end])}</mark>'
        at = end
    near += escape(text[at:last])
    return f'<div class="rk-passage">{before}<div>{near}</div>{after}</div>'


def callout(text: str, *, tone: Tone = "note", title: str = "") -> str:
    """Return a box with a message. Its title and text are escaped; empty lines part paragraphs."""
    head = f"<strong>{escape(title)}</strong>" if title else ""
    body = "".join(f"<p>{escape(part)}</p>" for part in text.split("\n\n") if part.strip())
    role = {"warning": "alert", "danger": "alert", "good": "status"}.get(tone, "note")
    return f'<div class="rk-callout rk-{tone}" role="{role}">{head}{body}</div>'


def bold(text: str) -> str:
    """Return text with what stands between ** in bold."""
    return _BOLD.sub(r"<strong>\1</strong>", escape(text))


def small(text: str) -> str:
    """Return a line in small print."""
    return f'<div class="rk-small">{escape(text)}</div>'


def _word_before(text: str, position: int) -> int:
    """Return where a word begins at or before the position; the beginning if there is none."""
    return max(text.rfind(" ", 0, position), text.rfind("\n", 0, position)) + 1 if position > 0 else 0


def _word_behind(text: str, position: int) -> int:
    """Return where a word ends at or behind the position; the end if there is none."""
    ends = [end for end in (text.find(" ", position), text.find("\n", position)) if end >= 0]
    return min(ends, default=len(text))


def _folded(text: str, side: str) -> str:
    if not text.strip():
        return ""
    summary = f"The text {side} it ({len(text):,} characters)"
    return f"<details><summary>{summary}</summary><div>{escape(text)}</div></details>"


def _lines(text: str) -> Iterator[tuple[str, str, str]]:
    """Yield the lines' kinds, texts and numbers; between two fences every line is code."""
    fenced = False
    for line in text.splitlines():
        kind, inner, number = _line(line)
        fenced ^= kind == "fence"
        yield ("code", line, "") if fenced and kind != "fence" else (kind, inner, number)


def _line(line: str) -> tuple[str, str, str]:
    for kind, pattern in _LINES.items():
        if match := pattern.fullmatch(line):
            return kind, match["text"], match.groupdict().get("number") or ""
    return "text", line, ""


def _block(kind: str, lines: list[tuple[str, str]], chip_of: Chip) -> str:
    if kind in ("blank", "fence"):
        return ""
    if kind == "row" or (kind == "cells" and len(lines) > 1):
        return _table([text for text, _ in lines], chip_of)
    if kind == "code":
        code = "<br>".join(_chipped(escape(text), chip_of) for text, _ in lines)
        return f'<pre class="rk-code" tabindex="0">{code}</pre>'
    rows = [(_inline(text, chip_of), number) for text, number in lines]
    if kind == "bullet":
        return '<ul dir="auto">' + "".join(f"<li>{text}</li>" for text, _ in rows) + "</ul>"
    if kind == "number":
        return '<ol dir="auto">' + "".join(f'<li value="{number}">{text}</li>' for text, number in rows) + "</ol>"
    if kind == "heading":
        return "".join(f'<p class="rk-heading">{text}</p>' for text, _ in rows)
    return "<p>" + "<br>".join(text for text, _ in rows) + "</p>"


def _table(rows: list[str], chip_of: Chip) -> str:
    """Return rows as a table; the first one is its head if a rule stands below it, or if it reads like one."""
    told = "\n".join(map(without_markers, rows))
    headed = (len(rows) > 1 and _RULE.fullmatch(rows[1])) or any(found.names for found in tables(told, 0, len(told)))
    shown = [row for row in rows if not _RULE.fullmatch(row)]
    inner = ""
    for number, row in enumerate(shown):
        tag = 'th scope="col"' if headed and not number else "td"
        cells = "".join(f"<{tag}>{_inline(cell.strip(), chip_of)}</{tag[:2]}>" for cell in _CELL_END.split(row))
        inner += f"<tr>{cells}</tr>"
    # It is scrolled by hand or by the arrow keys where it is wider than the page.
    return f'<div class="rk-table" tabindex="0"><table>{inner}</table></div>'


def _inline(text: str, chip_of: Chip) -> str:
    return _chipped(bold(text), chip_of)


def _chipped(shown: str, chip_of: Chip) -> str:
    def chips(match: re.Match[str]) -> str:
        return "".join(chip_of(int(number)) for number in match[1].split(","))

    return MARKERS.sub(chips, shown)
