"""Kinds of answers that a question wants, told by its words, and what a sentence that gives one looks like.

They know English alone: a question in another language wants none of them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_AUXILIARY = (
    r"(?:is|are|was|were|has|have|had|do|does|did|can|could|may|might|must|should|shall|will|would|be|been|being)"
)
_BEGIN = r"^(?:[\w']+,? ){0,2}?"
_NUMBER = (
    r"(?:\d[\d.,]*|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty|sixty|"
    r"ninety|hundred|thousand|million|once|twice|no|none|unlimited|half|several|single|both)"
)
NUMBER = re.compile(rf"\b{_NUMBER}\b", re.I)
_UNIT = r"(?:second|minute|hour|day|night|week|fortnight|month|year)s?"
# "thirty (30) days", "a few weeks", "until Friday".
_DURATION = re.compile(
    rf"\b{_NUMBER}[ )(\w-]{{0,12}}?[ -]?{_UNIT}\b|\b(?:a|an|every|each|few|some) (?:\w+ )?{_UNIT}\b|[-\u2013]\d|\d:\d\d"
    r"|\b(?:until|till|as long as|daily|weekly|monthly|yearly|permanent\w*|always|never|at once|immediate\w*|"
    r"indefinite\w*|lifelong|forever)\b",
    re.I,
)
# A capital where no sentence, cell or quotation begins, or two words with one; dates and sums have them as well.
# Or a role.
_DATED = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*\b"
_CAPITAL = rf"(?!{_DATED}|[A-Z]{{3}} ?\d)[A-Z][\w&-]+"
_NAME = re.compile(rf"(?<=[\w,;)] ){_CAPITAL}|\b{_CAPITAL} [A-Z][\w&-]+|\bthe (?:one|person|user) who\b|\bmeans\b")
_PARTY = r"(?:company|provider|bank|firm|supplier|vendor|agency|insurer|airline|manufacturer|organi[sz]ation|person)"
# The answer has the figure, and seldom the noun.
_FIGURE = r"(?:time|level|notice|day|date|amount|sum|period|hours?|type|sort|kind|number|month|year|share|part|way)"
_ADVISED = r"(?:help|work|(?:good|safe|effective|useful|better|bad|ok|okay|suitable|recommended) (?:for|against|with))"
_ANYTHING = re.compile("")


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of answer: `asked` finds the questions that want it, `given` the sentences that may have it.

    Such a sentence also says half of the words that `asked` calls "what", and with `leads` the first of them.
    """

    asked: re.Pattern[str]
    given: re.Pattern[str] = _ANYTHING
    leads: bool = False


def _said(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.I | re.S)


_KINDS = (
    # Who is so: a name.
    Kind(
        asked=_said(rf"{_BEGIN}who(?:'s| is| was| are| were) (?:the|our|your|their|its|my) (?P<what>.+)"), given=_NAME
    ),
    # Who does so; "whom do I call" asks otherwise.
    Kind(
        asked=_said(
            rf"{_BEGIN}who (?:(?:at|from|in) (?:the )?(?:\w+ ){{1,2}}?)??(?:{_AUXILIARY} )*(?!{_AUXILIARY}\b"
            r"|(?:I|we|you|they|it|one|he|she|the|our|your|their|its|my|at|from|in)\b)(?P<what>.+)"
        ),
        leads=True,
    ),
    Kind(asked=_said(rf"{_BEGIN}(?:which|what) {_PARTY} (?:{_AUXILIARY} )*(?P<what>.+)"), given=_NAME, leads=True),
    Kind(
        asked=_said(r"\b(?:which|what) (?:law|act|regulation|directive|statute)s? (?P<what>.+)"),
        given=re.compile(r"\b(?:laws?|Act|regulations?|directives?|statutes?|GDPR|Code)\b"),
    ),
    Kind(
        asked=_said(r"\b(?:(?:at|from|until|by) (?:what|which) age|how old)\b(?P<what>.*)"),
        given=_said(r"\d.*\b(?:age[ds]?|years?|months?|older|younger)\b|\b(?:age[ds]?|under|over)\b.*\d"),
    ),
    Kind(
        asked=_said(r"\b(?:which|what) colou?r\b(?P<what>.*)"),
        given=_said(
            r"\b(?:black|white|gr[ea]y|red|green|blue|yellow|brown|orange|pink|purple|pale|dark|clear|light)\b"
        ),
    ),
    Kind(
        asked=_said(r"\bhow (?:heavy|much\b.*\bweigh)\b(?P<what>.*)"),
        given=_said(r"\b(?:\d ?k?g|kilo\w*|grams?|pounds?|tonnes?|lbs?)\b"),
    ),
    Kind(
        asked=_said(
            r"\bwhere (?:in (?:the )?\w+ )?(?:is|are|was|were)\b(?P<what>.*)"
            r"\b(?:based|born|found|held|kept|located|made|stored)\b"
        ),
        given=re.compile(r"\b(?:[Ii]n|[Aa]t|[Ff]rom|[Uu]nder|[Nn]ear|[Oo]n) (?:the )?\W{0,3}[A-Z]"),
    ),
    # Whether something helps: it must be spoken of.
    Kind(
        asked=_said(
            rf"^(?:\w+, )?{_AUXILIARY} (?:(?:a|an|the|my|some|any|taking|using|eating|drinking) )*"
            r"(?P<what>(?!(?:it|this|that|there|I|you|we|they)\b)[\w'-]+(?: [\w'-]+){0,2}?) (?:really |also )?"
            rf"{_ADVISED}\b"
        ),
        leads=True,
    ),
    Kind(
        asked=_said(
            r"\bwhat (?:is|was|were) (?:[\w']+ ){1,4}(?P<what>salary|turnover|revenue|profit|income|budget|wages?)\b"
        ),
        leads=True,
    ),
    Kind(asked=_said(r"\bIP address\w*(?P<what>.*)"), given=re.compile(r"\d+\.\d+\.\d+\.\d+")),
    Kind(asked=_said(r"\b(?:tele)?phone numbers?\b(?P<what>.*)"), given=re.compile(r"\d{3}")),
    Kind(asked=_said(r"\baccount numbers?\b(?P<what>.*)"), given=re.compile(r"\d[\d -]{4,}\d")),
    Kind(asked=_said(r"\be-?mail address\w*(?P<what>.*)"), given=re.compile("@")),
    Kind(asked=_said(r"\bhow long (?P<what>[^.,;?!]+)"), given=_DURATION),
    # What noun it is: the sentence names that noun.
    Kind(
        asked=_said(
            rf"{_BEGIN}(?:which|what) (?!(?:{_AUXILIARY}|(?:\w+ )?{_FIGURE}|{_PARTY}|colou?r|happens|if|about|else|to|"
            r"of|the|a|an|I|you|we)\b)(?P<what>\w+ .+)"
        ),
        leads=True,
    ),
)


def kinds_wanted(question: str) -> Iterator[tuple[Kind, str]]:
    """Yield each kind that the question wants, with the words of which a sentence that gives it says half."""
    for kind in _KINDS:
        match = kind.asked.search(question)
        if match:
            yield kind, match["what"]
