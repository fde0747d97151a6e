"""Ways to cite truly: the same words in another dress, and light paraphrase. Each returns a sentence and its source."""

import random
import re
from collections.abc import Callable

from tests.citations.sources import Passage

# From a passage and one of its sentences.
Truth = Callable[[Passage, str, random.Random], tuple[str, str] | None]

_SPELLED = {
    "2": "two", "3": "three", "5": "five", "7": "seven", "10": "ten", "12": "twelve", "14": "fourteen", "20": "twenty",
    "24": "twenty-four", "30": "thirty", "48": "forty-eight", "60": "sixty", "90": "ninety",
}  # fmt: skip


def word_for_word(passage: Passage, sentence: str, rng: random.Random) -> tuple[str, str]:
    return sentence, passage.text


def other_case(passage: Passage, sentence: str, rng: random.Random) -> tuple[str, str]:
    return (sentence.upper() if rng.random() < 0.3 else sentence.lower()), passage.text


def other_space(passage: Passage, sentence: str, rng: random.Random) -> tuple[str, str]:
    return sentence.replace(" ", rng.choice(("  ", "\u00a0", "\u2009 "))), passage.text


def wrapped(passage: Passage, sentence: str, rng: random.Random) -> tuple[str, str]:
    """The page breaks its lines after every sixth word."""
    words = passage.text.split(" ")
    lines = [" ".join(words[place : place + 6]) for place in range(0, len(words), 6)]
    return sentence, "\n".join(lines)


def hyphenated(passage: Passage, sentence: str, rng: random.Random) -> tuple[str, str]:
    return sentence, re.sub(r"\b([a-z]{4})([a-z]{4,})\b", r"\1-\n\2", passage.text, count=rng.randint(1, 3))


def soft_hyphens(passage: Passage, sentence: str, rng: random.Random) -> tuple[str, str]:
    return sentence, re.sub(r"\b([a-z]{3})([a-z]{3,})\b", "\\1\u00ad\\2", passage.text)


def ligatures(passage: Passage, sentence: str, rng: random.Random) -> tuple[str, str]:
    return sentence, passage.text.replace("ffi", "ﬃ").replace("fi", "ﬁ").replace("fl", "ﬂ").replace("ff", "ﬀ")


def curly(passage: Passage, sentence: str, rng: random.Random) -> tuple[str, str]:
    return f"“{sentence.replace(chr(39), '’')}”", passage.text  # noqa: RUF001


def introduced(passage: Passage, sentence: str, rng: random.Random) -> tuple[str, str]:
    return f"According to the document, {sentence[0].lower()}{sentence[1:]}", passage.text


def quoted_inside(passage: Passage, sentence: str, rng: random.Random) -> tuple[str, str] | None:
    if '"' in sentence or len(sentence.split()) < 6:
        return None
    return f'The document says: "{sentence.rstrip(".")}".', passage.text


def spelled_number(passage: Passage, sentence: str, rng: random.Random) -> tuple[str, str] | None:
    found = re.search(rf"(?<![\w.,:])(?:{'|'.join(_SPELLED)})(?![\w.,:%])(?= [a-z])", sentence)
    if not found:
        return None
    return sentence[: found.start()] + _SPELLED[found[0]] + sentence[found.end() :], passage.text


def other_sign(passage: Passage, sentence: str, rng: random.Random) -> tuple[str, str] | None:
    made = re.sub(r"(\d) ?%", r"\1 per cent", re.sub(r"£([\d,]+)(?![\d.])", r"\1 pounds", sentence))
    return None if made == sentence else (made, passage.text)


def inflected(passage: Passage, sentence: str, rng: random.Random) -> tuple[str, str] | None:
    found = re.search(r"\b[Tt]he (\w+) shall (pay|report|deliver|send|insure|grant|hand|keep)\b", sentence)
    return (sentence.replace(f"shall {found[2]}", f"{found[2]}s"), passage.text) if found else None


def fronted(passage: Passage, sentence: str, rng: random.Random) -> tuple[str, str] | None:
    if not passage.movable:
        return None
    start, end = rng.choice(passage.movable)
    return f"{end[0].upper()}{end[1:]}, {start[0].lower()}{start[1:]}.", passage.text


def shortened(passage: Passage, sentence: str, rng: random.Random) -> tuple[str, str] | None:
    bounding = re.compile(r"before|after|until|at least|as soon|up to|without|at a price|if")
    ends = [start for start, end in passage.movable if not bounding.search(end)]
    return (f"{rng.choice(ends)}.", passage.text) if ends else None


def both(passage: Passage, sentence: str, rng: random.Random) -> tuple[str, str] | None:
    if len(passage.sentences) < 2:
        return None
    one, two = passage.sentences[:2]
    return f"{one.rstrip('.')}, and {two[0].lower()}{two[1:]}", passage.text


TUNED: tuple[Truth, ...] = (
    word_for_word,
    other_space,
    hyphenated,
    ligatures,
    introduced,
    spelled_number,
    fronted,
    both,
)
HELD: tuple[Truth, ...] = (other_case, wrapped, soft_hyphens, curly, quoted_inside, other_sign, inflected, shortened)
