r"""Rules that are decided before any model is called: words that stand near each other, read from a reviewed file.

    [words]                                   # lists, used in patterns as @name
    pain = ["pain", "hurt*", "ache"]

    [[rule]]
    group = "chest_pain"
    action = "emergency"
    source = "NHS: when to call 999"
    checked = 2026-11-22
    patterns = ["chest + @pain", "heart attack", "cant > breath* ~4"]

`a + b`: b within 6 words of a, on either side. `a > b`: after it. `~4`: within 4. `a | b`: one of the two. `breath*`:
with any ending. The end of a sentence counts as three words. Case, accents, apostrophes and repeated letters make no
difference; a word of five letters or more may have one slip of the keyboard, unless it is one of `lookalikes`.
"""

import difflib
import re
import tomllib
import unicodedata
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from importlib import resources
from itertools import product
from os.path import commonprefix
from typing import ClassVar, Literal

from pydantic import ConfigDict, TypeAdapter, ValidationError

from ragkit.errors import ConfigError

Action = Literal["emergency", "crisis", "escalate", "out_of_scope"]

_Span = tuple[int, int]
_REACH = 6
_TURNS = 4
_FUZZY = 5
_ENDINGS = ("", "s", "ed", "ing", "en", "e")
_TOKEN = re.compile(r"\d+(?:[.,]\d+)?|[a-z]+|[.!?;\n]+|[,:()]|\s[-–—]+\s")
_WORD = re.compile(r"(?:[a-z]+|\d+(?:\.\d+)?)\*?")
_APOSTROPHES = dict.fromkeys(map(ord, "'’‘`´ʼ"))
_YEAR = re.compile(r"19\d\d|20[01]\d")


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One thing to look out for. `times`: in how many of the user's turns it must stand before it counts."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    group: str
    action: Action
    patterns: tuple[str, ...]
    source: str
    checked: date
    times: int = 1


@dataclass(frozen=True, kw_only=True)
class RuleMatch:
    """What was found. `words` are the user's own, folded to lower case, in the order of the pattern."""

    group: str
    action: Action
    words: tuple[str, ...]
    source: str


@dataclass(frozen=True, kw_only=True)
class Excuses:
    """Words around a match which show that it is absent, long past, or only asked about. No words, no excuse.

    A negator counts when only `fillers` stand between it and the match; `doubles` before it or `lifts` behind it
    undo it. The past counts when a verb of `past` stands before the match and one of `times` in the same clause,
    and no word of `present` does. A question counts when its clause begins with one of `questions` and nobody of
    `people` is in the text. The past and questions never excuse a crisis.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    negators: frozenset[str] = frozenset()
    fillers: frozenset[str] = frozenset()
    alternatives: frozenset[str] = frozenset()
    doubles: frozenset[str] = frozenset()
    lifts: frozenset[str] = frozenset()
    clauses: frozenset[str] = frozenset()
    past: frozenset[str] = frozenset()
    times: frozenset[str] = frozenset()
    present: frozenset[str] = frozenset()
    questions: frozenset[str] = frozenset()
    people: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class _File:
    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    rule: tuple[Rule, ...]
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    lookalikes: frozenset[str] = frozenset()
    excuses: Excuses = Excuses()


@dataclass(frozen=True)
class _Term:
    phrases: tuple[tuple[str, ...], ...]
    firsts: frozenset[str]


@dataclass(frozen=True)
class _Pattern:
    terms: tuple[_Term, ...]
    ordered: bool
    reach: int


@dataclass(frozen=True)
class _Text:
    """Tokens, with punctuation as "." "?" ","; `at` is the place of each in words, `index` where each atom stands."""

    words: list[str]
    keys: list[str]
    at: list[int]
    atoms: list[frozenset[str]]
    index: Mapping[str, list[int]]
