"""What a question rests on and no passage has: another entity, year or number than the documents are about.

A score can't tell the fee of a plan that does not exist from that of one that does: all but one word agree. So these
few are looked for by rule, and where none of the passages has them, no score overrules that.
"""

import re
from collections.abc import Mapping, Sequence
from itertools import chain

from ragkit.documents import Hit
from ragkit.language.recognition import languages
from ragkit.retrieval.refusing.nearest import said
from ragkit.text.sentences import COMMON, stem

_WORD = re.compile(r"[^\W_]+(?:[.&'’/-][^\W_]+)*")  # noqa: RUF001  # the typesetter's apostrophe
_BEGINS = re.compile(r"(?:^|[.!?:;,\n\"“(-])\s*$")
# A noun and the number that tells one from its like: "clause 16", "Amendment No. 2", "version 4".
_NUMBERED = re.compile(
    r"\b(amendment|annex|appendix|article|chapter|clause|edition|exhibit|grade|invoice|level|model|module|option|order|"
    r"part|phase|release|rule|schedule|section|stage|step|table|tier|type|version|volume|work)"
    r"\s+(?:(?:no|nr|number)\b\.?\s*)?(\d{1,3}(?:\.\d+)*\b|(?-i:[A-HJ-Z])\b(?![.'’]\w))",  # noqa: RUF001
    re.IGNORECASE,
)
# These are numbered where they stand, without their name: "3. Choose a plan", "7.2 Term".
_AT_HEAD = re.compile(r"(?:^|> )[^\w\n]*(\d{1,3}(?:\.\d+)*)(?=[.)\s])", re.MULTILINE)
_HEADED = frozenset({"article", "chapter", "clause", "part", "rule", "section", "stage", "step", "phase"})
# Of what is called by a number or not, the passages must call one so.
_SELDOM = frozenset(
    {"invoice", "level", "model", "option", "order", "part", "release", "table", "tier", "volume", "work"}
)
# A height of 1.92 is none that passages lack which say "1.50 m to 1.95 m".
_MEASURE = re.compile(r"\d+\.\d+")
_RANGE = re.compile(r"(\d+(?:\.\d+)?) ?\w{0,3} ?(?:to|and|[-\u2013]) ?[$£€]?(\d+(?:\.\d+)?)")
# "2024/25" is one season.
_YEAR = re.compile(r"(?<![\d.,/£$€-])(?:19|20)\d\d(?:/\d\d\b)?(?![\d.,]\d|/|-\d)")
# Since when somebody is here is no year that is asked about.
_SINCE = re.compile(r"\bsince\s+(?:\w{3,9}\s+)?$", re.I)
_WITHIN = re.compile(r"\b(?:in|by|until|till|before|after|during|from|to|of|early|late)\s+(?:\w{3,9}\s+)?$", re.I)
# Where something happens ("from Spain") is often covered by a word for all such places ("abroad").
_AT = re.compile(
    r"\b(?:(?:from|to|through|into|within|out of)\s+(?:the\s+)?"
    r"|(?:in|at|near|outside|across)\s+(?:the\s+)?(?:[A-Z][\w'-]+\s+)*)$"
)
_RARE, _TELLING = 0.5, 0.3
# "The Premium plan", and a table whose first column is headed "Plan".
_OF_A_KIND = re.compile(r"(?<=[a-z,] )([A-Z][a-z]+) ([a-z]{3,})")
_COLUMN = re.compile(r"^([A-Z][a-z]+) \|.*((?:\n[^|\n]+ \|.*)+)", re.MULTILINE)
_CELL = re.compile(r"^([^|\n]+?) \|", re.MULTILINE)
# So many names of a kind make a family, to which a word that is no name does not belong.
_FAMILY = 2
_NAMED_ON = re.compile(r"\s+[A-Z]")
# A question about how things were then; who says "I was" asks about today.
_WAS = re.compile(r"^(?:what|how|which|who|where)\b(?!.*\bI (?:was|did)\b)[^.?!]*\b(?:was|were|did)\b", re.I)
_OF_YEAR = re.compile(r"\b(?:the|our|your|its|their)\s+$", re.I)
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


def missing(
    question: str, hits: Sequence[Hit], *, absent: Sequence[str] = (), rarities: Mapping[str, float] | None = None
) -> tuple[str, ...]:
    """Return the parts of the question, as written, that no passage has; of no passages none is.

    These are what was asked for word for word (`absent`), if it is no measure within a range that a passage has, names,
    years, and numbers that tell one thing from its like where the passages have others. `rarities` is 1 for a word that
    no chunk has: a name that some chunk has, though none of these, is not missing. Without them only the passages say.
    """
    if not hits:
        return ()
    text = "\n".join(map(said, hits))
    unheld = [each for each in absent if not _is_within(each, text)]
    found = [*unheld, *_names(question, hits, rarities), *_numbered(question, text), *_years(question, text)]
    return tuple(dict.fromkeys(found))


def _is_within(absent: str, text: str) -> bool:
    ranges = _RANGE.findall(text) if _MEASURE.fullmatch(absent) else ()
    return any(float(low) <= float(absent) <= float(high) for low, high in ranges)


def _names(question: str, hits: Sequence[Hit], rarities: Mapping[str, float] | None) -> list[str]:
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
    alone = alone or _strangers(question, named, whole)
    telling = [(run, _telling(run, rarities)) for run in _runs(question)]
    return alone or [" ".join(run) for run, parts in telling if parts and not any(_has(words, parts) for words in each)]


def _strangers(question: str, named: Sequence[str], text: str) -> list[str]:
    """Return the names of a kind of which the passages name others: "the Team plan" beside Standard and Premium plans.

    They have the word, but as no name: "small teams".
    """
    families: dict[str, set[str]] = {}
    for match in _OF_A_KIND.finditer(text):
        families.setdefault(stem(match[2]), set()).add(match[1])
    for match in _COLUMN.finditer(text):
        families.setdefault(stem(match[1].lower()), set()).update(_CELL.findall(match[2]))
    asked = [(match[1], stem(match[2])) for match in _OF_A_KIND.finditer(question) if match[1] in named]
    return [
        name
        for name, kind in asked
        if len(families.get(kind, set())) >= _FAMILY and not any(name in member for member in families[kind])
        if not re.search(rf"(?<=[a-z,;] ){name}\b|(?i:\b{name} {kind})", text)
    ]


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


def _numbered(question: str, text: str) -> list[str]:
    """Return the numbered things of the question that the passages number otherwise, and that no line begins with."""
    kinds: dict[str, set[str]] = {}
    for match in _NUMBERED.finditer(text):
        kinds.setdefault(match[1].lower(), set()).add(match[2])
    heads = {head[: end.start()] for head in _AT_HEAD.findall(text) for end in re.finditer(r"\.|$", head)}
    return [
        match[0]
        for match in _NUMBERED.finditer(question)
        if _is_unknown(match[1].lower(), match[2], kinds) and not (match[1].lower() in _HEADED and match[2] in heads)
    ]


def _is_unknown(kind: str, number: str, kinds: Mapping[str, set[str]]) -> bool:
    return number not in kinds.get(kind, ()) and (kind in kinds or kind not in _SELDOM)


def _years(question: str, text: str) -> list[str]:
    """Return the years that are not among those of the passages.

    "In 2026" may be a time at which a paper of 2025 still holds, so that only an earlier year counts there; and where
    the passages have no year at all, only one of which it is asked how things were.
    """
    known = set(_YEAR.findall(text))
    return [match[0] for match in _YEAR.finditer(question) if match[0] not in text and _is_told(match, question, known)]


def _is_told(match: re.Match[str], question: str, known: set[str]) -> bool:
    """Whether a question rests on a year: it names a thing by it, or is before or beside those that are known."""
    before = question[: match.start()]
    if _SINCE.search(before):
        return False
    if _OF_YEAR.search(before):
        return True
    if not known:
        return _WAS.search(question) is not None
    return match[0] < min(known) or not _WITHIN.search(before)
