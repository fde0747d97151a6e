"""Ways to make a false citation of a true sentence. Each returns the false one, or nothing where it does not apply."""

import random
import re
from collections.abc import Callable, Mapping

Falsehood = Callable[[str, random.Random], str]

_UNITS = {
    "days": "hours", "hours": "minutes", "minutes": "hours", "months": "weeks", "weeks": "months", "mg": "g", "kg": "g",
    "years": "months", "EUR": "USD", "euros": "dollars", "dollars": "pounds", "pounds": "euros", "%": "days", "£": "$",
    "€": "£", "$": "€", "ml": "l", "litres": "millilitres", "°C": "°F", "characters": "words", "am": "pm", "pm": "am",
}  # fmt: skip
_MONTHS = {"March": "May", "June": "July", "September": "October", "May": "March", "February": "January"}
_SENSE = {
    "may": "must", "must": "may", "shall": "may", "always": "never", "never": "always", "before": "after",
    "after": "before", "at least": "at most", "at most": "at least", "more than": "less than", "above": "below",
    "under": "over", "below": "above", "over": "under", "until": "after", "only": "also", "if": "even if",
}  # fmt: skip
_OPPOSITES = {
    "allowed": "forbidden", "forbidden": "allowed", "accept": "reject", "reject": "accept", "open": "closed",
    "increases": "decreases", "rises": "falls", "included": "excluded", "excluded": "included", "free": "expensive",
    "liable": "not liable", "safe": "unsafe", "dangerous": "harmless", "paid": "unpaid", "approved": "disapproved",
    "longer": "shorter", "entitled": "disentitled", "continue": "discontinue", "responsible": "irresponsible",
    "rejected": "accepted", "installed": "uninstalled", "better": "worse", "low": "high", "protects": "endangers",
    "refunded": "non-refunded", "published": "unpublished", "connected": "disconnected", "covers": "excludes",
}  # fmt: skip
_ROLES = re.compile(
    r"\b(?:landlord|tenant|supplier|buyer|licensee|licensor|contractor|client|lender|borrower|processor|controller|seller|"
    r"guarantor|franchisee|franchisor|architect|owner|trustee|settlor|carrier|shipper|author|publisher|agency|drivers|"
    r"arbitrator|agent|school|parents|investor|founder|company|customers|members|adults|children|anaesthetist|patient)\b"
)
_AUXILIARY = re.compile(r"\b(is|are|was|shall|must|may|can|should|does|do|will)\b(?! not)")
_NUMBER = re.compile(r"(?<![\w.])\d+(?![\w]*[-–])")  # noqa: RUF001
_TAIL = re.compile(r",? (?:unless|except|only if|if|when|until|without|but)\b.*(?=\.)")


def _swapped(table: Mapping[str, str]) -> Falsehood:
    words = "|".join(re.escape(word) for word in sorted(table, key=len, reverse=True))
    pattern = re.compile(rf"(?<![\w-])(?:{words})(?![\w-])")

    def swap(sentence: str, rng: random.Random) -> str:
        found = list(pattern.finditer(sentence))
        return _put(sentence, one := rng.choice(found), table[one[0]]) if found else ""

    return swap


def _put(sentence: str, found: re.Match[str], new: str) -> str:
    return sentence[: found.start()] + new + sentence[found.end() :]


def changed_digit(sentence: str, rng: random.Random) -> str:
    places = [place for place, letter in enumerate(sentence) if letter.isdigit()]
    if not places:
        return ""
    place = rng.choice(places)
    digit = rng.choice([one for one in "123456789" if one != sentence[place]])
    return sentence[:place] + digit + sentence[place + 1 :]


def another_size(sentence: str, rng: random.Random) -> str:
    found = list(_NUMBER.finditer(sentence))
    return _put(sentence, one := rng.choice(found), f"{one[0]}0") if found else ""


def number_in_words(sentence: str, rng: random.Random) -> str:
    words = ("thirteen", "seventeen", "ninety-three", "forty-one", "six hundred")
    found = list(_NUMBER.finditer(sentence))
    return _put(sentence, rng.choice(found), rng.choice(words)) if found else ""


def moved_point(sentence: str, rng: random.Random) -> str:
    moved = re.sub(r"(\d)\.(\d)", r"\1\2", sentence)
    if moved == sentence:
        moved = re.sub(r"(?<![\d.,])(\d)(\d)(?![\d.,:])", r"\1.\2", sentence, count=1)
    return "" if moved == sentence else moved


def swapped_numbers(sentence: str, rng: random.Random) -> str:
    found = list(_NUMBER.finditer(sentence))
    if len(found) < 2 or found[0][0] == found[1][0]:
        return ""
    one, two = found[:2]
    return sentence[: one.start()] + two[0] + sentence[one.end() : two.start()] + one[0] + sentence[two.end() :]


def inserted_not(sentence: str, rng: random.Random) -> str:
    found = _AUXILIARY.search(sentence)
    return _put(sentence, found, f"{found[1]} not") if found else ""


def inserted_nt(sentence: str, rng: random.Random) -> str:
    found = re.search(r"\b(is|are|was|should|does|do)\b(?! not)", sentence)
    return _put(sentence, found, f"{found[1]}n't") if found else ""


def inserted_never(sentence: str, rng: random.Random) -> str:
    found = _AUXILIARY.search(sentence)
    return _put(sentence, found, f"{found[1]} never") if found else ""


def denied(sentence: str, rng: random.Random) -> str:
    return f"It is not true that {sentence[0].lower()}{sentence[1:]}"


def removed_negation(sentence: str, rng: random.Random) -> str:
    made = re.sub(r" (?:not|never)\b|\bNever |\bDo not ", " ", sentence, count=1).replace("cannot", "can").strip()
    return "" if made == sentence else made


def none_of_it(sentence: str, rng: random.Random) -> str:
    made = re.sub(r"^(?:The|A|An|Your|Each|Every|Most) ", "No ", sentence)
    return "" if made == sentence else made


def without_condition(sentence: str, rng: random.Random) -> str:
    made = _TAIL.sub("", sentence)
    return "" if made == sentence or len(made.split()) < 3 else made


def swapped_parties(sentence: str, rng: random.Random) -> str:
    found = list(_ROLES.finditer(sentence))
    if len(found) < 2 or found[0][0] == found[1][0]:
        return ""
    one, two = found[:2]
    return sentence[: one.start()] + two[0] + sentence[one.end() : two.start()] + one[0] + sentence[two.end() :]


def another_name(sentence: str, rng: random.Random) -> str:
    found = list(re.finditer(r"(?<=[a-z,] )[A-Z][a-z]{3,}", sentence)) or list(_ROLES.finditer(sentence))
    return _put(sentence, rng.choice(found), rng.choice(("Verdania", "bailiff", "Tobias Hale"))) if found else ""


def look_alike(sentence: str, rng: random.Random) -> str:
    pairs = {"a": "а", "e": "е", "o": "о", "c": "с", "p": "р"}  # noqa: RUF001  # the right ones are Cyrillic
    places = [place for place, letter in enumerate(sentence) if letter in pairs]
    place = rng.choice(places)
    return sentence[:place] + pairs[sentence[place]] + sentence[place + 1 :]


def hidden_negation(sentence: str, rng: random.Random) -> str:
    made = re.sub(r" (?:not|never|cannot|no|only|without)\b", " …", sentence, count=1)
    return "" if made == sentence else made


def raised_digit(sentence: str, rng: random.Random) -> str:
    found = list(_NUMBER.finditer(sentence))
    return _put(sentence, one := rng.choice(found), f"{one[0]}²") if found else ""


def false_rest(sentence: str, rng: random.Random) -> str:
    rest = rng.choice(
        ("which also covers theft", "and nobody pays for it", "although the fee is 900 euros", "so it is safe")
    )
    return f"The text says “{sentence.rstrip('.')}”, {rest}."


def false_quotation(sentence: str, rng: random.Random) -> str:
    words = sentence.rstrip(".").split()
    words[rng.randrange(1, len(words))] = rng.choice(("gladly", "monthly", "Verdania", "ninety"))
    return f'The document says "{" ".join(words)}".'


def second_claim(sentence: str, rng: random.Random) -> str:
    rest = ("the price doubles each week", "all animals are welcome there", "it costs 12,345 euros", "no one is liable")
    return f"{sentence.rstrip('.')}, and {rng.choice(rest)}."


def shouted(sentence: str, rng: random.Random) -> str:
    return (inserted_not(sentence, rng) or second_claim(sentence, rng)).upper()


def fragment(sentence: str, rng: random.Random) -> str:
    words = sentence.rstrip(".").split()
    start = rng.randrange(2, max(3, len(words) - 4))
    return " ".join(words[start : start + rng.choice((2, 3, 4))]) if len(words) > 7 else ""


def false_item(sentence: str, rng: random.Random) -> str:
    made = changed_digit(sentence, rng) or inserted_never(sentence, rng)
    return f"- {made}" if made else ""


def commonplace(sentence: str, rng: random.Random) -> str:
    return rng.choice(
        ("It is what it is.", "That is how they do it.", "Yes.", "", "…", "So we should do this for you.", "1.")
    )


TUNED: tuple[Falsehood, ...] = (
    changed_digit, another_size, _swapped(_UNITS), inserted_not, inserted_nt, removed_negation, _swapped(_SENSE),
    swapped_parties, look_alike, false_rest, second_claim, fragment, commonplace, without_condition,
)  # fmt: skip
HELD: tuple[Falsehood, ...] = (
    number_in_words, moved_point, swapped_numbers, _swapped(_MONTHS), inserted_never, denied, none_of_it,
    _swapped(_OPPOSITES),
    another_name, hidden_negation, raised_digit, false_quotation, shouted, false_item,
)  # fmt: skip


def dropped_hedge(sentence: str, rng: random.Random) -> str:
    made = re.sub(r" (?:only|usually|rarely|about|at least|up to|less than|under|each|most) ", " ", sentence, count=1)
    return "" if made == sentence else made


def passive(sentence: str, rng: random.Random) -> str:
    """Who did it has it done to them."""
    made = re.sub(
        r"\b(shall )?(pay|supplie|cover|report|delete|support|visit)(s|ed)?\b", r"is \2ed by", sentence, count=1
    )
    return "" if made == sentence else made


def reported(sentence: str, rng: random.Random) -> str:
    doubted = ("Nobody says that", "It used to be the case that", "The document does not say that", "Only in Verdania")
    return f"{rng.choice(doubted)} {sentence[0].lower()}{sentence[1:]}"


def widened(sentence: str, rng: random.Random) -> str:
    wide = (
        "and all its subsidiaries",
        "or any other person",
        "except on Sundays",
        "in most countries",
        "but not always",
    )
    return f"{sentence.rstrip('.')} {rng.choice(wide)}."


def zero_width(sentence: str, rng: random.Random) -> str:
    """The negation is there to read, and cut in two by a mark of no width."""
    found = inserted_not(sentence, rng)
    return found.replace(" not ", " n\u200bot ", 1)


def narrowed(sentence: str, rng: random.Random) -> str:
    """The subject alone does what it does with others, or under its full name."""
    words = sentence.split()
    silent = ("a", "an", "the", "that", "will", "do", "does", "this")
    return " ".join(words[:1] + words[2:]) if len(words) > 7 and words[1] not in silent else ""


UNSEEN: tuple[Falsehood, ...] = (dropped_hedge, passive, reported, widened, zero_width, narrowed)
