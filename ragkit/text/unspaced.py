"""Words of scripts that set no space between them, as far as a search needs them.

These are Chinese, Japanese, Thai, Lao, Burmese and Khmer.
"""

import re
import unicodedata
from itertools import chain

# Thai and Lao, Burmese, Khmer; marks of repetition and zero, kana, Han characters of all planes, half-width kana.
_RUN = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
    "\u3005\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff]+"
)
# Vowels and tones that are code points of their own. For FTS5, as for Python, no word goes on behind one.
_MARKS = {
    code: None
    for code in chain(range(0xE00, 0xF00), range(0x1000, 0x10A0), range(0x1780, 0x1800))
    if unicodedata.category(chr(code)) in {"Mn", "Mc"}
}
_BETWEEN = re.compile(rf"({_RUN.pattern})")


def is_unspaced(text: str) -> bool:
    """Whether a text has a letter of such a script."""
    return not text.isascii() and _RUN.search(text) is not None


def bare(text: str) -> str:
    """Return a text without the marks on letters of Thai, Lao, Burmese and Khmer, so that its words are whole."""
    return text.translate(_MARKS) if is_unspaced(text) else text


def pairs(word: str) -> list[str]:
    """Return what an unspaced word is searched by: each two letters that stand side by side, as Lucene's CJK filter.

    What stands between in another script comes whole: 使用 Windows 系统. Of a word without such a letter nothing.
    """
    if not is_unspaced(word):
        return []
    return [piece for part in filter(None, _BETWEEN.split(word)) for piece in _pieces(part)]


def _pieces(part: str) -> list[str]:
    if len(part) == 1 or not _RUN.match(part):
        return [part]
    return [part[start : start + 2] for start in range(len(part) - 1)]
