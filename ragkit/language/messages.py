"""What ragkit itself says, by language: data, read from `texts/`, to which a profile may add."""

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache, reduce
from importlib import resources
from string import Formatter
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

ENGLISH = "en"


class Messages(BaseModel):
    """The sentences of one language. Empty means that there is none, and another language's is taken.

    `language` is its code, `name` its English name. `words`, apart by white space, are short words by which a question
    in it is recognised, `letters` what else tells it from its like; `called` says "in English", by code and in this
    language, under "other" "in another language". The first five messages are a profile's; in the others `{...}` is
    filled in.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", frozen=True)

    language: str = ""
    name: str = ""
    words: str = ""
    letters: str = ""
    called: Mapping[str, str] = {}

    notice: str = ""
    disclaimer: str = ""
    not_found: str = ""
    escalate: str = ""
    out_of_scope: str = ""

    not_mentioned: str = ""
    closest: str = ""
    which_one: str = ""
    quotation: str = ""
    foreign_answer: str = ""
    foreign_refusal: str = ""
    searched_for: str = ""
    written: str = ""
    absent: str = ""
    words_alone: str = ""
    not_said: str = ""
    cut_off: str = ""
    left_out_one: str = ""
    left_out_many: str = ""

    documents_one: str = ""
    documents_many: str = ""
    documents_none: str = ""
    sources_one: str = ""
    sources_many: str = ""
    sources_none: str = ""
    with_words: str = ""
    with_name: str = ""
    with_year: str = ""
    joined: str = ""
    more: str = ""

    suggestions: str = ""
    source: str = ""
    sources: str = ""
    not_confirmed: str = ""
    nearest: str = ""
    open_passage: str = ""
    page: str = ""
    repeats: str = ""
    verbatim: str = ""
    paraphrase: str = ""
    partly: str = ""
    misattributed: str = ""
    unsupported: str = ""
    no_evidence: str = ""
    uncited: str = ""
    by_rule: str = ""
    person: str = ""
    outside: str = ""
    which: str = ""
    extractive: str = ""
    counted: str = ""
    unclear: str = ""
    nothing_mentions: str = ""
    nothing_near: str = ""
    no_answer_by: str = ""
    written_by: str = ""
    passages: str = ""
    omitted: str = ""
    omitted_turns: str = ""
    unknown_markers: str = ""
    good: str = ""
    bad: str = ""
    bad_how: str = ""
    rated: str = ""
    searching: str = ""
    unchecked: str = ""

    emergency: str = ""
    crisis: str = ""
    crisis_line: str = ""
    no_crisis_line: str = ""
    on_purpose: str = ""
    anywhere: str = ""
    either: str = ""
    emergency_line: str = ""
    crisis_at_any_hour: str = ""

    def over(self, other: "Messages") -> "Messages":
        """Return these messages, with those of another language where there is none."""
        return other.model_copy(update={key: value for key, value in self if value})

    def either_of(self, several: Sequence[str]) -> str:
        """Return "a or b"; empty for none."""
        return reduce(lambda first, second: self.either.format(first=first, second=second), several) if several else ""

    def verdict(self, verdict: str) -> str:
        """Return what a verdict on a citation is called."""
        return str(getattr(self, verdict))

    def in_language(self, code: str) -> str:
        """Return "in English", for its code, in this language; without a word for it, "in another language"."""
        return self.called.get(code) or self.called.get("other", code)


@cache
def shipped() -> Mapping[str, Messages]:
    """Return the languages that come with ragkit, by code; English is first, and complete."""
    folder = resources.files("ragkit.language") / "texts"
    codes = sorted(file.name.removesuffix(".toml") for file in folder.iterdir() if file.name.endswith(".toml"))
    ordered = sorted(codes, key=lambda code: code != ENGLISH)
    return {code: _read((folder / f"{code}.toml").read_text(encoding="utf-8"), code) for code in ordered}


def english() -> Messages:
    """Return the messages in English."""
    return shipped()[ENGLISH]


def misplaced(messages: Messages) -> str:
    """Return a `{...}` in one of the messages that nothing fills in, with the message's name; empty if there is none.

    A profile's own five may hold any braces: nothing is filled in there.
    """
    for key, text in messages:
        known = {name for _, name, _, _ in Formatter().parse(str(getattr(english(), key)))} if key in _FILLED else set()
        for name in _braces(text) if key in _FILLED else ():
            if name not in known:
                return f"{key}: {{{name}}}"
    return ""


def _braces(text: str) -> list[str]:
    try:
        return [name for _, name, _, _ in Formatter().parse(text) if name is not None]
    except ValueError:
        return [text]


def _read(text: str, code: str) -> Messages:
    return Messages(language=code, **tomllib.loads(text))


_OWN = {"language", "name", "words", "letters", "called", "notice", "disclaimer", "not_found", "escalate"}
_FILLED = set(Messages.model_fields) - _OWN - {"out_of_scope"}
