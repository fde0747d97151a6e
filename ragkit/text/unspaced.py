"""Words of scripts that set no space between them, Chinese and Japanese, as far as a search needs them."""

import re

# Marks of repetition and zero, kana, Han characters of all planes, and kana of half the width.
_RUN = re.compile(
    "[\u3005\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff]+"
)
_BETWEEN = re.compile(rf"({_RUN.pattern})")


def is_unspaced(text: str) -> bool:
    """Whether a text has a letter of such a script."""
    return not text.isascii() and _RUN.search(text) is not None


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
