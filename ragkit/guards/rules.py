"""Rules that are decided before any model is called. They are read from files that people review.

    slippery = ["chest"]                      # may be typed with one slip, as words of seven letters or more may
    lookalikes = ["chess"]                    # but these are no slips

    [words]                                   # lists, used in patterns as @name
    pain = ["pain", "hurt*", "ache"]

    [excuses]                                 # see ragkit.guards.excuses
    negators = ["no", "without"]

    [[rule]]
    group = "chest_pain"
    action = "emergency"
    source = "NHS: when to call 999"
    checked = 2026-11-22
    patterns = ["chest + @pain", "heart attack", "cant > breath* ~4"]

Case, accents, apostrophes and repeated letters make no difference. The order of the rules is their order of importance:
the first that fits is the one reported.
"""

import difflib
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from importlib import resources
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import ConfigDict, TypeAdapter, ValidationError

from ragkit.errors import ConfigError
from ragkit.guards import excuses, patterns
from ragkit.guards.excuses import Excuses
from ragkit.guards.patterns import Pattern, Span
from ragkit.guards.wording import Vocabulary, Wording

Action = Literal["emergency", "crisis", "escalate", "out_of_scope"]

SHIPPED = ("escalation", "redflags")

TURNS = 4
"""So many of the user's last turns are read together with the new text."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One thing to look out for. `source` and `checked` say on what it rests, and when that was last looked up.

    `times` is in how many of the user's last turns it must stand before it counts.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    group: str
    action: Action
    patterns: tuple[str, ...]
    source: str
    checked: date
    times: int = 1


@dataclass(frozen=True, kw_only=True)
class RuleMatch:
    """What was found. `words` are the user's own in lower case, in the order of the pattern."""

    group: str
    action: Action
    words: tuple[str, ...]
    source: str


@dataclass(frozen=True, kw_only=True)
class _File:
    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    rule: tuple[Rule, ...]
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    slippery: tuple[str, ...] = ()
    lookalikes: tuple[str, ...] = ()
    excuses: Excuses = field(default_factory=Excuses)


class RuleSet:
    """Rules, compiled once and then asked as often as needed, by any number of threads.

    Example:
        >>> rules = RuleSet.load("redflags")
        >>> match = rules.check("My dad has crushing chest pain")
        >>> match and (match.action, match.group)
        ('emergency', 'chest_pain')
    """

    def __init__(
        self,
        rules: Sequence[Rule],
        *,
        words: patterns.Words | None = None,
        slippery: Sequence[str] = (),
        lookalikes: Sequence[str] = (),
        excused: Excuses | None = None,
    ) -> None:
        """Compile the rules.

        Raises:
            ConfigError: a rule has no pattern, or one that can't be read; the message names the rule's group.
        """
        self.rules = tuple(rules)
        self._patterns = [(rule, pattern) for rule in self.rules for pattern in _compiled(rule, words or {})]
        self._excuses = (excused or Excuses()).keyed()
        self._starting: defaultdict[str, list[int]] = defaultdict(list)
        for number, (_, pattern) in enumerate(self._patterns):
            for atom in pattern.terms[0].firsts:
                self._starting[atom].append(number)
        atoms = {atom for _, pattern in self._patterns for atom in pattern.atoms()}
        self._vocabulary = Vocabulary(atoms, slippery=slippery, lookalikes=lookalikes)

    @classmethod
    def load(cls, name: str) -> "RuleSet":
        """Return one of the sets that ship with ragkit, see `SHIPPED`, or that of a .toml file of yours.

        Raises:
            ConfigError: there is no such set, or the file can't be read.
        """
        if name.endswith(".toml") and Path(name).is_file():
            return cls.from_toml(Path(name).read_text(encoding="utf-8"), origin=name)
        if name not in SHIPPED:
            known = ", ".join(SHIPPED)
            message = f"there are no rules {name!r}. Known: {known}, or the path of a .toml file."
            raise ConfigError(message, setting="rules", value=name)
        path = resources.files("ragkit.guards") / "rules" / f"{name}.toml"
        return cls.from_toml(path.read_text(encoding="utf-8"), origin=path.name)

    @classmethod
    def from_toml(cls, text: str, *, origin: str = "rules") -> "RuleSet":
        """Return the rules of a TOML text. `origin` is what error messages call it.

        Raises:
            ConfigError: it is no TOML, a key is missing, unknown or of the wrong type, or a pattern can't be read.
        """
        try:
            read = TypeAdapter(_File).validate_python(tomllib.loads(text))
        except tomllib.TOMLDecodeError as exc:
            raise ConfigError(f"{origin} is not TOML: {exc}", setting=origin) from exc
        except ValidationError as exc:
            raise _bad_key(exc, origin) from exc
        try:
            return cls(
                read.rule,
                words=read.words,
                slippery=read.slippery,
                lookalikes=read.lookalikes,
                excused=read.excuses,
            )
        except ConfigError as exc:
            raise ConfigError(f"{origin}: {exc}", setting=exc.setting, value=exc.value) from exc

    def check(self, text: str, *, history: Sequence[str] = ()) -> RuleMatch | None:
        """Return the first rule that fits the user's new text taken together with the last turns of `history`.

        `history` holds what the user wrote before, oldest first. What fitted one of the last turns fits still: a later
        turn that plays it down does not lower it. None means that no rule fits, not that all is well.
        """
        turns = [*history[-TURNS:], text]
        together = self._vocabulary.read("\n".join(turns))
        for rule, likely in self._likely(together):
            spans = self._find(rule, likely, together)
            if spans and (rule.times == 1 or self._turns_with(rule, likely, turns) >= rule.times):
                words = tuple(" ".join(together.words[start:end]) for start, end in spans)
                return RuleMatch(group=rule.group, action=rule.action, words=words, source=rule.source)
        return None

    def _likely(self, text: Wording) -> Iterator[tuple[Rule, list[Pattern]]]:
        """Return the rules in order, each with its patterns whose first words stand in the text."""
        numbers = sorted({number for atom in text.index for number in self._starting.get(atom, ())})
        likely = (self._patterns[number] for number in numbers)
        for rule, pairs in groupby(likely, key=itemgetter(0)):
            yield rule, [pattern for _, pattern in pairs]

    def _turns_with(self, rule: Rule, likely: Sequence[Pattern], turns: Sequence[str]) -> int:
        return sum(bool(self._find(rule, likely, self._vocabulary.read(turn))) for turn in turns)

    def _find(self, rule: Rule, likely: Sequence[Pattern], text: Wording) -> tuple[Span, ...]:
        fitting = (spans for pattern in likely for spans in pattern.places(text))
        return next((spans for spans in fitting if not self._excused(rule, spans, text)), ())

    def _excused(self, rule: Rule, spans: tuple[Span, ...], text: Wording) -> bool:
        if excuses.negated(spans, text, self._excuses):
            return True
        if rule.action == "crisis":
            return False
        return excuses.long_past(spans, text, self._excuses) or excuses.asked_about(spans, text, self._excuses)


def _compiled(rule: Rule, words: patterns.Words) -> tuple[Pattern, ...]:
    if not rule.patterns:
        raise ConfigError(f"rule {rule.group!r} has no patterns", setting="patterns", value=rule.group)
    try:
        return tuple(patterns.parse(pattern, words=words) for pattern in rule.patterns)
    except ConfigError as exc:
        raise ConfigError(f"rule {rule.group!r}: {exc}", setting=exc.setting, value=exc.value) from exc


def _bad_key(exc: ValidationError, origin: str) -> ConfigError:
    error = exc.errors()[0]
    key = ".".join(map(str, error["loc"]))
    known = [item.name for kind in (_File, Rule, Excuses) for item in fields(kind)]
    near = difflib.get_close_matches(str(error["loc"][-1]), known, n=1) if "unexpected" in error["type"] else []
    hint = f" Did you mean {near[0]!r}?" if near else ""
    return ConfigError(f"{origin}: {key!r}: {error['msg']}.{hint}", setting=key, value=error["input"])
