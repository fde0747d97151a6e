"""What stands on every page of a site and says nothing of this one, told by the names that its authors give it.

HTML has elements for it, which are left out by themselves; most pages are made of `div` and `ul` all the same.
"""

import re
from functools import lru_cache
from typing import Literal

from lxml import html  # type: ignore[import-untyped] # ships no types

# A name is a class or an id, whole. Whether what has it is content all the same, shows in how much of the page it is.
_BOX = "banner|bar|notice|pop-?up|modal|dialog|overlay|layer|message|info|alert|disclaimer|consent|law|manager"
_MENU = "nav|navbar|navigation|menu|top-?bar|side-?bar|share|sharing|social|pagination|pager|related|tool-?bar|tags"
_PART = "bar|list|links?|icons?|buttons?|items|posts|articles|inner|bottom|wrap(?:per)?|container"
_FURNITURE = re.compile(
    rf"""(?ix) (?:^|\s) (?:
    (?P<always> (?=\S*(?:{_BOX})) \S*cookie\S* | cookies? | (?:consent|gdpr)[-_]?(?:{_BOX})\S*
        | (?:onetrust|cookiebot|usercentrics)\S*
        | (?:(?:site|page|global|main|wp)[-_]?)? footer (?:[-_]?(?:{_MENU}|{_PART}))?
        | skip-?(?:link|nav|to-content) )
    | [-\w]*?(?<![a-z])(?:{_MENU}) (?:[-_](?:{_MENU}|{_PART}))*
    ) (?=\s|$)"""
)
_TAGS = frozenset({"div", "ul", "ol", "section", "aside", "p"})
_LONGEST_NAMES = 500
_LARGEST = 0.3
_LINKED = 0.6


class Furniture:
    """Tells the furniture of one page from its content."""

    def __init__(self, root: html.HtmlElement) -> None:
        self._root = root
        self._letters = 0

    def has(self, element: html.HtmlElement) -> bool:
        """Tell whether an element is a notice or a footer by its name, or a menu, which is mostly links."""
        if element.tag not in _TAGS:
            return False
        found = _named(element.get("class", "")) or _named(element.get("id", ""))
        if not found or next(element.iterdescendants("h1", "main"), None) is not None:
            return False
        self._letters = self._letters or letters(self._root)
        own = letters(element)
        if own > _LARGEST * self._letters:
            return False
        return found == "always" or sum(map(letters, element.iter("a"))) >= _LINKED * own


@lru_cache(maxsize=4096)
def _named(names: str) -> Literal["always", "menu", ""]:
    found = _FURNITURE.search(names) if 0 < len(names) <= _LONGEST_NAMES else None
    if not found:
        return ""
    return "always" if found["always"] else "menu"


def letters(element: html.HtmlElement) -> int:
    """Return how many characters other than white space an element has."""
    return sum(map(len, element.text_content().split()))
