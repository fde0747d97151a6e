"""Which words of English change what a sentence says, which say nothing, and which are forms of one word."""

import re
from functools import lru_cache

from ragkit.quotes import figures
from ragkit.text.sentences import listed

# A sentence may have them or not: it says the same.
EMPTY = listed(
    "a an the this that these those do does did will also then therefore thus hence moreover furthermore please"
)
# Different in form, the same in what they oblige to, allow or say.
_ONE = dict(
    pair.split("/")
    for pair in listed("shall/must can/may is/be are/be were/was been/be being/be am/be has/have having/have upon/on")
)
NEGATIONS = listed(
    "not no never none without cannot neither nor nothing nobody nowhere except excluding excludes excluded unless "
    "barring hardly rarely seldom avoid stop nicht kein keine keinen ohne nie sin nunca jamais sans pas refrain false "
    "untrue incorrect wrong deny denies denied refuse prohibited forbidden"
)
CONDITIONS = listed("if when where until till once provided providing whether whenever subject only after before")
# What a sentence says is weakened, turned or bounded by them: to leave one out is to say something else.
SENSE = (
    NEGATIONS
    | CONDITIONS
    | listed(
        "or but however although though whereas otherwise instead rather either least most more less fewer than "
        "maximum minimum under over above below beyond exceed exceeds exceeding nearly almost solely usually often "
        "sometimes normally generally typically possibly perhaps might could should would since unlike despite "
        "notwithstanding as save aber oder sondern wenn falls ?"
    )
)
# So do these: a case for which it is said, somebody whose word it is, and what it is no longer, or not yet.
BOUNDS = listed(
    "case cases event exception exceptions exemption absence discretion condition conditions request "
    "arrangement consent permission approval prescription theory principle part partially partly mistake opinion view "
    "past future formerly previously draft proposal repealed revoked withdrawn void obsolete superseded disputed "
    "claim claims claimed allege alleges alleged allegedly argue argues argued believe believes believed "
    "assume assumed suppose supposedly suspect suspects reportedly apparently according myth rumour rumor lie example "
    "contrast breach payment trial"
)
MODALS = listed("must may might could should would")
JOINING = listed("and or but nor")
# They stand before a colon and say nothing of what comes behind it.
ANNOUNCING = listed(
    "note tip hint important remember reminder warning caution attention info information please answer"
)
# Behind a figure they say of what it is: 3 euros per hour.
RATES = listed("per each every for")
# A part of a sentence begins with one of these.
STARTERS = (
    CONDITIONS
    | JOINING
    | listed(
        "in on at by for from to of with within without during through under over into onto about against between "
        "among per via unless while because since as which who whose including except until than every"
    )
)
# They stand around what is cited, and are no claim of their own.
FRAME = listed(
    "say state provide explain note promise read mention confirm specify describe call accord word clause section "
    "paragraph article page document passage source text agreement contract policy guidance guide centre help it "
    "he she they which clear exactly literally follow as in of to on under be have"
)
FUNCTION = listed("it its i you your we our us they their them he him his she her my me who what how why there here so")
_KNOWN = EMPTY | SENSE | MODALS | STARTERS | FUNCTION | frozenset(_ONE) | frozenset(_ONE.values()) | {"had"}

_CONTRACTED = {
    "can't": ("may", "not"), "cannot": ("may", "not"), "won't": ("not",), "shan't": ("must", "not"),
    "let's": ("let", "us"),
    **{f"{word}'s": (word, "be") for word in listed("it that there he she what who")},
}  # fmt: skip
_ENDINGS = {"n't": "not", "'re": "be", "'ve": "have", "'ll": "will", "'m": "be", "'d": "would", "'s": ""}

_IRREGULAR = dict(
    pair.split("/")
    for pair in listed(
        "paid/pay began/begin begun/begin gave/give given/give sent/send kept/keep took/take taken/take made/make "
        "held/hold told/tell said/say bought/buy sold/sell lent/lend lost/lose met/meet went/go gone/go came/come "
        "seen/see saw/see written/write wrote/write knew/know known/know grew/grow grown/grow chose/choose "
        "chosen/choose broke/break broken/break spoken/speak spoke/speak stolen/steal hidden/hide worn/wear wore/wear "
        "drawn/draw drew/draw shown/show children/child people/person men/man women/woman feet/foot teeth/tooth "
        "brought/bring thought/think caught/catch taught/teach felt/feel slept/sleep spent/spend built/build "
        "understood/understand stood/stand found/find ran/run won/win led/lead ate/eat eaten/eat drank/drink "
        "drunk/drink fell/fall fallen/fall rose/rise risen/rise got/get gotten/get became/become swollen/swell "
        "bitten/bite stung/sting left/leave meant/mean dealt/deal sought/seek bound/bind heard/hear "
        "aged/age weight/weigh"
    )
)
_CHANGING = frozenset(_IRREGULAR) | frozenset(_IRREGULAR.values())
_SHORTEST = 3


def parted(word: str) -> tuple[str, ...]:
    """Return the words that a contraction stands for, and a word without its possessive ending."""
    if word in _CONTRACTED:
        return _CONTRACTED[word]
    for ending, meant in _ENDINGS.items():
        if word.endswith(ending):
            return (word.removesuffix(ending), meant) if meant else (word.removesuffix(ending),)
    return (word.replace("'", ""),)


@lru_cache(maxsize=50_000)
def forms(word: str) -> frozenset[str]:
    """Return what a word may be a form of. Two words are taken for one if these sets share something.

    Endings of number and tense are taken off, none that makes another word: `refunded` meets `refund`, but `employer`
    never `employee`, nor `unpaid` `paid`. `paying` and `paid` meet `pay`, not each other: who is paying is not paid.
    Words of grammar have one form each, and meet nothing else.
    """
    if word in _KNOWN:
        return frozenset((f"={_ONE.get(word, word)}",))
    base = _IRREGULAR.get(word, word)
    if not (base.isalpha() and base.isascii()):
        return frozenset((base,))
    doing = frozenset() if base != word else frozenset(f"{form}~" for form in (base, *_without_ending(base, "ing")))
    return doing | {base, *_without_ending(base, "ed")}


def any_form(words: str) -> frozenset[str]:
    """Return all forms of the words of a list."""
    return frozenset[str]().union(*map(forms, words.split()))


def regular(word: str) -> bool:
    """Whether all forms of a word begin alike."""
    return word.isalpha() and word.isascii() and word not in _KNOWN and word not in _CHANGING


def _without_ending(word: str, ending: str) -> tuple[str, ...]:
    """Return what a word may be without an `s`, or without this ending."""
    if word.endswith(("ies", "ied")) and len(word) > _SHORTEST + 1:
        return (f"{word[:-3]}y",)
    if word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > _SHORTEST:
        return (word[:-1], word[:-2]) if re.search(r"(?:sh|ch|x|z|ss|o)es$", word) else (word[:-1],)
    base = word.removesuffix(ending)
    if base != word and len(base) >= _SHORTEST and re.search("[aeiouy]", base):
        return (base, f"{base}e", base[:-1]) if base[-1] == base[-2] else (base, f"{base}e")
    return ()


BE = forms("be")
# They make a sentence of what a table's row has, and say nothing of their own.
GLUE = any_form("be have get include offer come with for of in at on by to and from it its there you your per each if")
# "It costs 5 euros" says what the price is.
CHARGING = any_form("cost charge pay")
PRICES = any_form("price cost rate fare tariff fee fine charge")
SPOKEN = GLUE | CHARGING | any_form("not no without")
# They join the items of a list to what introduces it.
COUPLING = any_form("be include and or")
YES, NO = listed("yes ✓ ✔ ✅ ☑"), listed("no none ✗ ✘ ❌")
# What is counted in these may be a price, a term, a delay or an age: only the name of a column tells.
VAGUE = any_form(" ".join((*figures.UNITS, "percent per each every for ~"))) | any_form(
    "seconds minutes hours days weeks months years week month year day"
)
