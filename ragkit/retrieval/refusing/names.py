"""Names of a question that no passage has: a plan, a person or a product that does not exist."""

import re
from collections.abc import Mapping, Sequence
from itertools import chain

from ragkit.documents import Hit
from ragkit.language.recognition import languages
from ragkit.retrieval.refusing.nearest import said
from ragkit.text.sentences import COMMON, stem

_WORD = re.compile(r"[^\W_]+(?:[.&'’/-][^\W_]+)*")  # noqa: RUF001  # the typesetter's apostrophe
_BEGINS = re.compile(r"(?:^|[.!?:;,\n\"“(-])\s*$")
# Where something happens ("from Spain") is often covered by a word for all such places ("abroad").
_AT = re.compile(
    r"\b(?:(?:from|to|through|into|within|out of)\s+(?:the\s+)?"
    r"|(?:in|at|near|outside|across)\s+(?:the\s+)?(?:[A-Z][\w'-]+\s+)*)$"
)
_RARE, _TELLING = 0.5, 0.3
_NAMED_ON = re.compile(r"\s+[A-Z]")
# Capitals that name nothing which a document could lack; the first words of a question may follow an "And" or "OK".
_COMMONPLACE = frozenset(
    re.findall(
        r"\S+",
        "monday tuesday wednesday thursday friday saturday sunday january february march april may june july august "
        "september october november december christmas easter i i'm i'd i'll i've ok faq id pdf english mr mrs ms dr "
        "hi hello dear thanks thank please what which when where who whom whose why how is are was were do does did "
        "can could will would shall should might must has have had if my the a an in on at and or but so not no yes am "
        "pm asap",
    )
)


def missing_names(question: str, hits: Sequence[Hit], rarities: Mapping[str, float] | None) -> list[str]:
    """Return the names that no hit has, as written; those of several words that no one hit has whole.

    A name that some chunk has by `rarities`, though none of these, is not missing.
    """
    # In German every noun has a capital.
    if _shouted(question) or "de" in languages([question]):
        return []
    named = [match[0] for match in _WORD.finditer(question) if _is_name(match, question)]
    if not named:
        return []
    texts = list(map(said, hits))
    each = [set(chain.from_iterable(map(_forms, re.findall(r"[^\W_]+", text.lower())))) for text in texts]
    there, whole = set().union(*each), "\n".join(texts)
    alone = [name for name in named if _is_nowhere(name, there, rarities) and not is_spelled_out(name, whole)]
    telling = [(run, _telling(run, rarities)) for run in _runs(question)]
    return alone or [" ".join(run) for run, parts in telling if parts and not any(_has(words, parts) for words in each)]


def _telling(run: Sequence[str], rarities: Mapping[str, float] | None) -> list[str]:
    """Return the words of a name that tell it, if one is rare: "Receiving Party" has capitals in every contract.

    A "Bar and Restaurant" may be called either.
    """
    rarity = {part: rarities.get(part, 0.0) if rarities else 1.0 for part in _parts(run)}
    return [part for part in rarity if rarity[part] >= _TELLING] if max(rarity.values(), default=0) >= _RARE else []


def _has(there: set[str], parts: Sequence[str]) -> bool:
    """Whether a passage has every word of a name of several words: others may each have one."""
    return all(not there.isdisjoint(_forms(part)) for part in parts)


def _forms(word: str) -> set[str]:
    return {stem(word), stem(word.removesuffix("s"))}


def _parts(names: Sequence[str]) -> list[str]:
    return [part for name in names for part in re.findall(r"[^\W_]+", name.lower()) if part not in {"s", "t"}]


def _runs(question: str) -> list[list[str]]:
    """Return the names of several words that follow each other with nothing between them but a space."""
    runs: list[list[str]] = []
    end = -1
    for match in _WORD.finditer(question):
        if _is_name(match, question):
            if runs and match.start() == end + 1 and question[end] == " ":
                runs[-1].append(match[0])
            else:
                runs.append([match[0]])
            end = match.end()
    return [run for run in runs if len(run) > 1]


def _is_name(match: re.Match[str], question: str) -> bool:
    word = match[0]
    if word.lower() in _COMMONPLACE or len(word) < 2:  # noqa: PLR2004  # one letter names nothing
        return False
    before = question[: match.start()]
    if any(letter.isupper() for letter in word[1:]) and not word[0].isdigit():
        return True
    return word[0].isupper() and not _BEGINS.search(before) and not is_place(match, question)


def is_place(match: re.Match[str], question: str) -> bool:
    """Whether it says where or whence; "to Granary Holdings" is whom."""
    at = _AT.search(question[: match.start()])
    if at is None:
        return False
    alone = _NAMED_ON.match(question[match.end() :]) is None
    return alone or str(at[0].split()[0]).lower() not in {"from", "to", "through", "into", "within"}


def _is_nowhere(name: str, there: set[str], rarities: Mapping[str, float] | None) -> bool:
    parts = _parts([name])
    if any(not there.isdisjoint(_forms(part)) for part in parts):
        return False
    return not rarities or any(rarities.get(part, 0.0) >= 1 for part in parts)


def is_spelled_out(name: str, text: str) -> bool:
    """Whether words of the text, one behind the other, begin with the letters of an abbreviation."""
    letters = name.removesuffix("s")
    if not letters.isalpha() or not letters.isupper():
        return False
    return letters.lower() in "".join(word[0] for word in re.findall(r"[^\W\d_]+", text.lower()))


def _shouted(question: str) -> bool:
    """Whether capitals say nothing, since small words have one too, or, if there are none behind the first, most do."""
    words: list[str] = re.findall(r"[^\W\d_]{2,}", question)
    small = [word for word in words[1:] if word.lower() in COMMON] or words
    return sum(word[0].isupper() for word in small) > len(small) / 2
