"""Text of a page that its own styles hide from a reader: taken out where that is certain, counted where it is not."""

import re
from collections.abc import Iterator

from lxml import html  # type: ignore[import-untyped] # ships no types

from ragkit.documents import Metadata

REMOVED = "hidden_removed"
SUSPECTED = "hidden_suspected"

_NOTHING = r"(?:0(?:\.0+)?)(?:px|em|rem|pt|%)?"
_END = r"\s*(?:!important\s*)?(?:;|$)"
_HIDDEN = re.compile(
    rf"""(?ix) (?<![-\w]) (?:
    display \s*:\s* none | visibility \s*:\s* (?:hidden|collapse) | content-visibility \s*:\s* hidden
    | (?:font-size|opacity|line-height) \s*:\s* (?: {_NOTHING} | \.?0\.0\d+ ) {_END}
    | font-size \s*:\s* (?:0?\.\d+|1(?:\.\d+)?) \s* (?:px|pt) {_END}
    | filter \s*:\s* opacity\( \s* {_NOTHING} \s* \) | transform \s*:\s* scale\( \s* 0 \s* \)
    | (?:text-indent|left|top|right|bottom|margin-left|margin-top) \s*:\s* -\d{{3,}} [.\d]* \s* (?:px|r?em|pt|v[wh]|%)
    | transform \s*:\s* translate[xy3d]*\( \s* -\d{{4,}}
    | clip \s*:\s* rect\( [\s0,px]* \) | clip-path \s*:\s* (?: inset\( \s* (?:50|100)% | circle\( \s* 0 )
    )"""
)
_TINY = re.compile(r"(?i)(?<![-\w])(?:max-)?(?:width|height)\s*:\s*(?:0(?:px|em|rem|pt|%)?|1px)" + _END)
_CLIPPED = re.compile(r"(?i)overflow\s*:\s*(?:hidden|clip)")
_COLOUR = re.compile(r"(?i)(?<![-\w])color\s*:\s*([^;!]+)")
_GROUND = re.compile(r"(?i)(?<![-\w])background(?:-color)?\s*:\s*([^;!]+)")
_TRANSPARENT = re.compile(r"(?i)transparent|rgba\([^)]*,\s*0(?:\.0+)?\s*\)|#(?:[0-9a-f]{3}0|[0-9a-f]{6}00)")
_WHITE = re.compile(r"(?i)white|#f[c-f]?f[c-f]?f[c-f]?|rgba?\(\s*25[0-5]\s*,\s*25[0-5]\s*,\s*25[0-5]\s*(?:,\s*1\s*)?\)")
# Letters that a picture shines through, as headings have them.
_PICTURED = re.compile(r"(?i)background-clip\s*:\s*text")
# What holds for print or small windows only begins so.
_CONDITION = re.compile(r"@[^{};]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}|/\*.*?\*/", re.DOTALL)
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_NAME = re.compile(r"[.#][\w-]+")


class Hidden:
    """What the styles of one page hide, and how much of its text that was."""

    def __init__(self, root: html.HtmlElement) -> None:
        self._names = set(_hidden_names(root))
        self._removed = 0
        self._suspected: list[html.HtmlElement] = []

    def counted(self, main: html.HtmlElement) -> Metadata:
        """Return how many elements with text were taken out, and how many within `main` are likely not to be seen."""
        suspected = sum(main in _upwards(element) for element in self._suspected)
        found = {REMOVED: self._removed, SUSPECTED: suspected}
        return {name: count for name, count in found.items() if count}

    def hides(self, element: html.HtmlElement) -> bool:
        """Tell whether an element is certainly not seen; one that is likely not to be seen is counted."""
        style = element.get("style", "")
        colour = element.get("color") if element.tag == "font" else None
        if not style and not colour and not self._names:
            return False
        if is_hidden(style):
            self._removed += _has_text(element)
            return True
        named = self._names and not self._names.isdisjoint(_own_names(element))
        pale = _is_white(colour or _first(_COLOUR, style)) and not any(map(_has_ground, _upwards(element)))
        if (named or pale) and _has_text(element):
            self._suspected.append(element)
        return False


def is_hidden(style: str) -> bool:
    """Tell whether declarations of CSS leave nothing to be seen."""
    if not style:
        return False
    if _HIDDEN.search(style) or (_TINY.search(style) and _CLIPPED.search(style)):
        return True
    colour = _first(_COLOUR, style)
    if not colour or _PICTURED.search(style):
        return False
    return _TRANSPARENT.fullmatch(colour) is not None or colour == _first(_GROUND, style)


def _hidden_names(root: html.HtmlElement) -> Iterator[str]:
    """Yield the classes and ids that the page's own style sheets hide; by a script they may come into sight."""
    for sheet in root.iter("style"):
        for selectors, declarations in _RULE.findall(_CONDITION.sub("", sheet.text or "")):
            if is_hidden(declarations.strip()):
                # Only what is named alone: `.open .menu` may be about something that is shown.
                yield from (name for part in selectors.split(",") if _NAME.fullmatch(name := part.strip()))


def _own_names(element: html.HtmlElement) -> set[str]:
    return {f".{name}" for name in element.get("class", "").split()} | {f"#{element.get('id', '')}"}


def _upwards(element: html.HtmlElement) -> Iterator[html.HtmlElement]:
    yield element
    yield from element.iterancestors()


def _has_ground(element: html.HtmlElement) -> bool:
    return "bgcolor" in element.attrib or "background" in element.attrib or "background" in element.get("style", "")


def _has_text(element: html.HtmlElement) -> bool:
    return bool(element.text_content().strip())


def _is_white(colour: str) -> bool:
    return _WHITE.fullmatch(colour) is not None


def _first(pattern: re.Pattern[str], style: str) -> str:
    found = pattern.search(style)
    return found[1].strip().lower() if found else ""
