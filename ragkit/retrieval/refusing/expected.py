"""Questions that expect a kind of answer which the passages don't give: a price, a person, or what has happened.

A contract says what happens if a loan falls into default, not when it did. Asked for that, its sentences share all
words with the question, so that no score tells.
"""

import re
from collections.abc import Collection, Sequence

from ragkit.documents import Hit
from ragkit.retrieval.refusing.kinds import NUMBER, Kind, kinds_wanted
from ragkit.retrieval.refusing.nearest import Near, nearest_sentences
from ragkit.text.sentences import stem, telling, words
from ragkit.text.tables import ROW

_PRICE_WANTED = re.compile(
    r"\b(?:how much (?:do|does|did|is|are|was|were|will|would)\b.*\b(?:cost|pay|paid|charged?|owe)\b"
    r"|how much (?:is|are) (?!it\b|that\b)\w+ \w+"
    r"|how high (?:is|are|was|were) (?:the|your) (?:\w+ )?(?:price|cost|fee|fine)"
    r"|what (?:do|does|did|will|would)\b.*\bcost\b"
    r"|what (?:is|was|are|were) the (?:\w+ ){0,2}(?:price|cost|fee|salary|fine)s? (?:of|for)\b)",
    re.I,
)
# A currency's sign, a number beside its code, its name, or a word for what is paid.
_CODE = r"(?-i:AUD|BRL|CAD|CHF|CNY|CZK|DKK|EUR|GBP|HKD|HUF|INR|JPY|MXN|NOK|NZD|PLN|SEK|SGD|TRY|USD|ZAR)"
_PRICE = re.compile(
    rf"[$%\u00a2-\u00a5\u20a0-\u20c0]|\b{_CODE} ?\d|\d ?{_CODE}\b|\d ?(?:kr|z\u0142|k\u010d|ft)\b"
    r"|\b(?:free|price[sd]?|pounds?|dollars?|euros?|francs?|crowns?|kron\w+|pesos?|rupees?|yen|yuan|pence|cents?|rates?|"
    r"amount|expense|salar\w+|wages?|fine[sd]?|credit\w*|(?:cost|fee|charge|pa(?:y|id))\w*)\b",
    re.I,
)
# Between what is told and what is asked: "we are ten people - what would that cost if we come late?"
_CLAUSE = re.compile(r"\s[-\u2013\u2014]+\s|[,;:.?!]\s+|\s(?=if\b)", re.I)
# Words of the question for a price, which the sentence with the price seldom repeats.
_OF_PRICES = re.compile(r"\b(?:much|cost|prices?|pay|paid|fees?|charged?|owe|month|year|buy)\b", re.I)
# "When was it due?" asks for a rule.
_PAST_WANTED = re.compile(
    r"^(?:\w+,? )?(?:why|when|since when|(?:on|in) (?:which|what) (?:date|day|month|year))\s+"
    r"(?:did|was|were|has|have|had)\b(?!.*\bdue\b)(?P<what>.*)",
    re.I | re.S,
)
# What may, must or would be done has not happened, nor has what is done as a rule; "a suitably qualified person" is
# what somebody is.
_RULE = (
    r"(?:is|are|be|being|may|shall|must|can|could|will|would|should|might|if|when|unless|once|until|not|to|or|a|an|the|"
    r"of|any|each|all|other|its|their|your|\w+ly)"
)
_DONE = rf"(?<!-)\b(?!{_RULE}\b)\w+,? (?!need|exceed)\w{{2,}}ed\b"
_PAST = re.compile(rf"\b(?:was|were|did|had|became|began|went|(?:has|have) been)\b|{_DONE}", re.I)
_DATE = re.compile(r"\b(?:19|20)\d\d\b")
_DATED = 2
_WHY = re.compile(r"(?:\w+,? )?why\b", re.I)
_MANY = re.compile(
    r"\bhow many (?:[\w-]+ ){0,3}?(?!does\b)(\w*[^\Ws]s|people|children|staff|men|women)\b"
    r"|\bhow much (?!(?:is|are|was|were|do|does|did|can|could|may|must|should|will|would|money|time|longer|more|less|"
    r"of|to|for)\b)([a-z]+)",
    re.I,
)
# A number of days may be of anything, and people are persons, users or "one in three".
_MEASURES = frozenset(
    map(stem, re.findall(r"\w+", "people seconds minutes hours days weeks months years times percent miles"))
)
_BEFORE, _BEHIND = 4, 2
_VERSION = re.compile(r"\b(version|release|edition|milestone|phase|tier|model|level)\s+(\d+(?:\.\d+)*)\b", re.I)
_WORD = re.compile(r"[\w'’-]+")  # noqa: RUF001  # the typesetter's apostrophe
_CAPITAL = re.compile(r"\b[A-Z]\w*")
# What a question says that its answer need not.
_SLIGHT = frozenset(
    re.findall(
        r"\w+",
        "last take usual normal get on go keep kept stay up until under after before not valid son somebod most "
        "between during without against back off out",
    )
)
_LOOKED_AT = 16
_SOME, _HALF, _MOST = 1 / 3, 0.5, 0.6
# So many letters: applicants send applications.
_ROOT = 6


def unmet(question: str, hits: Sequence[Hit]) -> bool:
    """Whether no sentence that is near gives the kind of answer that the question wants."""
    near = nearest_sentences(question, hits, most=_LOOKED_AT)
    return (
        _is_unpriced(question, near)
        or _has_not_happened(question, near, hits)
        or _is_uncounted(question, near)
        or _is_of_another(question, near)
        or any(not any(_gives(kind, what, question, each) for each in near) for kind, what in kinds_wanted(question))
    )


def _is_unpriced(question: str, near: Sequence[Near]) -> bool:
    if not _PRICE_WANTED.search(question):
        return False
    asking = next((part for part in _CLAUSE.split(question) if _PRICE_WANTED.search(part)), question)
    thing = _OF_PRICES.sub("", asking)
    what = _unnamed(thing) or telling(thing)
    return not any(_PRICE.search(each.whole) and _says(each, what, least=_SOME) for each in near)


def _has_not_happened(question: str, near: Sequence[Near], hits: Sequence[Hit]) -> bool:
    """Whether no sentence of the past has most of the words, nor a line with a date some, which is no reason why."""
    wanted = _PAST_WANTED.search(question)
    if wanted is None:
        return False
    what = set(telling(wanted["what"]))
    lines = [line for hit in hits for line in hit.chunk.text.splitlines() if _DATE.search(line)]
    past = any(_PAST.search(each.whole) and len(what & set(telling(each.whole))) > _HALF * len(what) for each in near)
    dated = any(len(what & set(telling(line))) >= _DATED for line in lines)
    return not past and (not dated or _WHY.match(question) is not None)


def _is_uncounted(question: str, near: Sequence[Near]) -> bool:
    """Whether what is to be counted or measured is spoken of, but beside no number."""
    wanted = _MANY.search(question)
    noun = stem((wanted[1] or wanted[2]).lower()) if wanted else ""
    if not wanted or noun in _MEASURES:
        return False
    counted = [_is_counted(noun, each, anywhere=wanted[1] is None) for each in near]
    return False in counted and True not in counted


def _is_counted(noun: str, near: Near, *, anywhere: bool) -> bool | None:
    """Return whether a number stands beside the noun or in its row, or anywhere; None if the noun does not."""
    said = [word.text for word in words(near.text)]
    places = [place for place, word in enumerate(said) if stem(word) == noun]
    if not places:
        return None
    beside = [word for place in places for word in said[max(0, place - _BEFORE) : place + _BEHIND]]
    return any(NUMBER.fullmatch(word) for word in (said if anywhere or ROW in near.text else beside))


def _is_of_another(question: str, near: Sequence[Near]) -> bool:
    """Whether the sentences that say most of the rest say it of another version, release or milestone."""
    match = _VERSION.search(question)
    if match is None:
        return False
    rest = _unnamed(question[: match.start()] + question[match.end() :])
    about = [each.whole for each in near if rest and _says(each, rest, least=_MOST)]
    told = {found[2] for text in about for found in _VERSION.finditer(text) if found[1].lower() == match[1].lower()}
    return bool(told) and match[2] not in told


def _gives(kind: Kind, what: str, question: str, near: Near) -> bool:
    wanted = _unnamed(what)
    names = set(_CAPITAL.findall(question))
    text = _CAPITAL.sub(lambda match: "" if match[0] in names else match[0], near.text)
    lead = not wanted or not kind.leads or _says(near, wanted[:1])
    return lead and _says(near, wanted) and kind.given.search(text) is not None


def _unnamed(text: str) -> list[str]:
    """Return the telling words but names: whom a contract is with stands where it begins, and in no clause."""
    plain = " ".join(word for word in _WORD.findall(text) if word == word.lower())
    return [word for word in dict.fromkeys(telling(plain)) if word not in _SLIGHT]


def _says(near: Near, wanted: Collection[str], *, least: float = _HALF) -> bool:
    """Whether a sentence, with its place, says so great a part of the words, whatever they end in."""
    there = {word[:_ROOT] for word in telling(near.whole)}
    return sum(word[:_ROOT] in there for word in wanted) >= least * len(wanted)
