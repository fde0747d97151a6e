"""Questions that expect a kind of answer which the passages don't give: a price, or something that has happened.

A contract says what happens if a loan falls into default, not when it did. Asked for that, its sentences share all
words with the question, so that no score tells.
"""

import re
from collections.abc import Sequence

from ragkit.documents import Hit
from ragkit.retrieval.nearest import nearest_sentences
from ragkit.sentences import telling

_PRICE_WANTED = re.compile(
    r"\b(?:how much (?:do|does|did|is|are|was|were|will|would)\b.*\b(?:cost|pay|paid|charged?|owe)\b"
    r"|what (?:do|does|did|will|would)\b.*\bcost\b"
    r"|what (?:is|was|are|were) the (?:\w+ ){0,2}(?:price|cost|fee|salary|fine)s? (?:of|for)\b)",
    re.I,
)
# A currency's sign, a number beside its code, its name, or a word for what is paid.
_PRICE = re.compile(
    r"[$%\u00a2-\u00a5\u20a0-\u20c0]|(?-i:\b[A-Z]{3} ?\d|\d ?[A-Z]{3}\b)|\d ?(?:kr|z\u0142|k\u010d|ft)\b"
    r"|\b(?:free|price[sd]?|pounds?|dollars?|euros?|francs?|crowns?|kron\w+|pesos?|rupees?|yen|yuan|pence|cents?|rates?|"
    r"amount|expense|salar\w+|wages?|fine[sd]?|credit\w*|(?:cost|fee|charge|pa(?:y|id))\w*)\b",
    re.I,
)
_NEAREST = 3
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
_SHARED = 0.5
_DATED = 2
_WHY = re.compile(r"(?:\w+,? )?why\b", re.I)
_LOOKED_AT = 16


def unmet(question: str, hits: Sequence[Hit]) -> bool:
    """Whether no sentence that is near gives a price to a question for one, or tells what one says has happened."""
    if _PRICE_WANTED.search(question):
        return not any(map(_PRICE.search, nearest_sentences(question, hits, most=_NEAREST)))
    wanted = _PAST_WANTED.search(question)
    return wanted is not None and not _told(wanted["what"], question, hits)


def _told(what: str, question: str, hits: Sequence[Hit]) -> bool:
    """Whether a sentence of the past has most of the words, or a line with a date some, which is no reason why."""
    words = set(telling(what))
    sentences = nearest_sentences(question, hits, most=_LOOKED_AT)
    lines = [line for hit in hits for line in hit.chunk.text.splitlines() if _DATE.search(line)]
    past = any(_PAST.search(text) and _share(words, text) > _SHARED * len(words) for text in sentences)
    dated = any(_share(words, line) >= _DATED for line in lines)
    return past or (dated and not _WHY.match(question))


def _share(words: set[str], text: str) -> int:
    return len(words & set(telling(text)))
