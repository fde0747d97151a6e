"""How much of a question each unit has by its words. No model is asked, so that many units can be looked at."""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence

from rapidfuzz.distance import Prefix

from ragkit.models.chat.grounding import GroundedQuestion, Passage
from ragkit.text.sentences import telling
from ragkit.text.units import Unit

# A word that stands in a title or heading, in a heading that has all words of the question, and a word of the same
# beginning: "disclosure" for "disclosed".
_ABOVE, _ASKED, _AKIN = 0.5, 0.9, 0.8
_LEAST_ALIKE, _ALIKE = 5, 0.7
# What may follow the common beginning of two forms of a word that `stem` leaves apart, as it does "fee" and "fees".
_ENDINGS = frozenset(("", "s", "es", "e", "ed", "ing", "ings"))
_SHORTEST = 3
_IES = re.compile(r"(?<=\w\w)ie[sd]?$")
# What a follow-up takes over from the question before it counts less than what it says itself.
_INHERITED = 0.3
_NUMBER = re.compile(
    r"\d|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty|sixty|ninety|hundred"
    r"|thousand|(?<!\bat )once|twice|half)\b",
    re.I,
)
# Of fewer units none tells how rare a word is: one that they lack would outweigh all that they have.
_FEW = 30
_ASKS_FOR_NUMBER = re.compile(
    r"\b(?:how (?:long|many|much|often|soon|old|big)|prices?|costs?|fees?|limits?|deadlines?"
    # Not "what happens when it stops".
    r"|when (?:is|are|was|were|do|does|did|has|have|can|could|will|would|shall|should|must|may))\b",
    re.I,
)

_ASKS_FOR_WAY = re.compile(r"\bhow (?:do|can|could|should|would|must|to)\b|\bsteps?\b", re.I)


def asks_for_number(question: str) -> bool:
    """Return whether an answer without any number would be none."""
    return _ASKS_FOR_NUMBER.search(question) is not None


def has_number(text: str) -> bool:
    """Return whether a text has a number, in digits or in words."""
    return _NUMBER.search(text) is not None


def asks_for_way(question: str) -> bool:
    """Return whether a question may be answered by steps."""
    return _ASKS_FOR_WAY.search(question) is not None


def own_words(asked: GroundedQuestion) -> set[str]:
    """Return the telling words that a follow-up adds to what it was searched together with; none if it stands alone.

    What was asked before has its answer already.
    """
    own, searched = set(telling(asked.asked)), set(telling(asked.question))
    return own if asked.told and own < searched else set()


def shares(asked: GroundedQuestion, candidates: Sequence[Unit[Passage]]) -> list[float]:
    """Return the share, from 0 to 1, of the question's words that each unit has; rare ones count more."""
    bodies = [set(telling(unit.text)) for unit in candidates]
    above = [set(telling(f"{unit.passage.title} {unit.passage.heading}")) for unit in candidates]
    innermost = [set(telling(unit.passage.heading.rpartition(" > ")[2])) for unit in candidates]
    weights = _weights(asked, bodies)
    total = sum(weights.values())
    if not total:
        return [0.0] * len(candidates)
    asked_above = [len(weights) > 1 and weights.keys() <= head for head in innermost]
    return [
        sum(
            weight * max(likeness(word, body), (_ASKED if is_asked else _ABOVE) * (word in head))
            for word, weight in weights.items()
        )
        / total
        for body, head, is_asked in zip(bodies, above, asked_above, strict=True)
    ]


def _weights(asked: GroundedQuestion, bodies: Sequence[set[str]]) -> Mapping[str, float]:
    frequency = Counter(word for body in bodies for word in body)
    own, count = own_words(asked), max(len(bodies), _FEW)
    return {
        word: math.log(1 + count / (1 + frequency[word])) ** 2 * (1 if not own or word in own else _INHERITED)
        for word in set(telling(asked.question))
    }


def likeness(word: str, body: set[str]) -> float:
    """Return 1 if the text has the word in any form, a little less for one that begins alike, and 0 for neither."""
    if word in body:
        return 1.0
    alike = [other for other in body if other.startswith(word[: _SHORTEST - 1])]
    if any(_inflected(word, other) for other in alike):
        return 1.0
    return _AKIN if len(word) >= _LEAST_ALIKE and any(_akin(word, other) for other in alike) else 0.0


def _inflected(word: str, other: str) -> bool:
    """Return whether two words are one but for their endings, as "plan" and "planning", or "try" and "tries"."""
    word, other = _IES.sub("y", word), _IES.sub("y", other)
    alike = Prefix.similarity(word, other)
    return alike >= _SHORTEST and all(_ends(word[:alike], each[alike:]) for each in (word, other))


def _ends(beginning: str, rest: str) -> bool:
    if beginning.endswith("e"):
        return rest in _ENDINGS or rest == "d"
    return rest.removeprefix(beginning[-1]) in _ENDINGS


def _akin(word: str, other: str) -> bool:
    # "04242" is not nearly "04245".
    if not word.isalpha():
        return False
    alike = math.ceil(_ALIKE * max(len(word), len(other)))
    return len(other) >= _LEAST_ALIKE and word[:alike] == other[:alike]
