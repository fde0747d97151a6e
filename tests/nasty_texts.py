"""Texts that fill a window in other ways than prose does, the same ones every time."""

import base64
import random
import re
from collections.abc import Callable

_COMMON = re.findall(
    r"\w+",
    """the of and to in is that for it was on are with as by at from this have not but they which one you all
rent tenant lease notice landlord payment deposit agreement property clause month garden window repair heating water
approval reasonable termination responsibility neighbours electricity obligations""",
)
_GERMAN = re.findall(
    r"\w+",
    """Donau dampf schiff fahrts gesellschafts kapitän miet vertrags kündigungs frist rechts schutz versicherung
betriebs kosten abrechnung wohnungs über gabe protokoll straßen verkehrs ordnung grund stücks""",
)
_THAI = [chr(code) for code in (*range(0x0E01, 0x0E31), 0x0E32, 0x0E34, 0x0E40, 0x0E48)]
# One for each kind. None shares a telling word with another one, or with the texts.
SENTINELS = (
    "Penguins slide across frozen lakes around midnight.",
    "Volcanoes shape islands through glowing lava.",
    "Her grandmother knitted purple socks every winter.",
    "A submarine explored ancient shipwrecks near Crete.",
    "Jazz musicians improvise melodies upon saxophones.",
    "Astronomers photographed two colliding galaxies.",
    "Bakers knead sourdough before dawn breaks.",
    "Camels cross deserts carrying salt caravans.",
    "Chess champions sacrifice bishops unexpectedly.",
    "Firefighters rescued six kittens yesterday.",
    "Vaccines train our immune system against measles.",
    "Ballet dancers rehearse pirouettes behind velvet curtains.",
    "Sharks detect blood across kilometres.",
    "Beekeepers harvest lavender honey during July.",
    "Egyptian pyramids puzzled archaeologists.",
)
_EMOJI = ("😀", "👩‍👩‍👧", "🔑", "🏳️‍🌈", "👍🏽", "📷", "🇩🇪", "❤️")


def english(draw: random.Random, length: int) -> str:
    """Sentences of common words and of words that nobody knows."""
    made: list[str] = []
    while sum(map(len, made)) < length:
        known = draw.choices(_COMMON, k=draw.randint(5, 18))
        made.append(" ".join([*known, _unheard_of(draw)]).capitalize() + draw.choice([".", ".", "?", "!", ".\n\n"]))
    return " ".join(made)


def german(draw: random.Random, length: int) -> str:
    """Compounds of two to six words."""
    return _joined(draw, length, lambda: "".join(draw.choices(_GERMAN, k=draw.randint(2, 6))).capitalize())


def chinese(draw: random.Random, length: int) -> str:
    """Characters without spaces, with their own full stops, common and rare ones."""
    return "".join(chr(draw.randint(0x4E00, 0x9FFF)) if draw.random() > 0.06 else "。" for _ in range(length))


def korean(draw: random.Random, length: int) -> str:
    """Syllables, each of two or three letters to a tokenizer that takes them apart."""
    return _joined(draw, length, lambda: "".join(chr(draw.randint(0xAC00, 0xD7A3)) for _ in range(4)))


def thai(draw: random.Random, length: int) -> str:
    """Letters without any space."""
    return "".join(draw.choices(_THAI, k=length))


def cyrillic(draw: random.Random, length: int) -> str:
    """Words of two bytes a letter."""
    return _joined(draw, length, lambda: "".join(chr(draw.randint(0x430, 0x44F)) for _ in range(draw.randint(2, 11))))


def emoji(draw: random.Random, length: int) -> str:
    """Runs of pictures that are several characters each."""
    return "".join(draw.choices(_EMOJI, k=length // 3))


def encoded(draw: random.Random, length: int) -> str:
    """Lines of base64, as in a mail."""
    return base64.encodebytes(draw.randbytes(length * 3 // 4)).decode()


def hexadecimal(draw: random.Random, length: int) -> str:
    """One word of hexadecimal digits."""
    return draw.randbytes(length // 2).hex()


def code(draw: random.Random, length: int) -> str:
    """Lines of a program, some of them deeply indented."""

    def line() -> str:
        name = "_".join(_unheard_of(draw) for _ in range(2))
        return f"\n{' ' * 4 * draw.randint(0, 6)}{name} = get{_unheard_of(draw).title()}Of({draw.randint(0, 99)}, x[i])"

    return _joined(draw, length, line)


def table(draw: random.Random, length: int) -> str:
    """Rows with bars, and columns that are aligned."""
    return _joined(
        draw, length, lambda: f"| {_unheard_of(draw):16} | {draw.uniform(0, 9999):10.2f} | A-{draw.getrandbits(20)} |\n"
    )


def letters(draw: random.Random, length: int) -> str:
    """Single letters and marks, each a token."""
    return " ".join(draw.choices("abcxyz.,;-§", k=length // 2))


def consonants(draw: random.Random, length: int) -> str:
    """Small letters by lot, as in base32 without its figures."""
    return _joined(draw, length, lambda: "".join(draw.choices("abcdefghijklmnopqrstuvwxyz", k=draw.randint(3, 40))))


def unknown(draw: random.Random, length: int) -> str:
    """Words that can be spoken and that no tokenizer has seen."""
    return _joined(draw, length, lambda: _unheard_of(draw))


def packed(draw: random.Random, length: int) -> str:
    """English whose spaces were lost, as some PDF files give it."""
    return "".join(draw.choices(_COMMON, k=length // 5))


KINDS: tuple[Callable[[random.Random, int], str], ...] = (
    english, german, chinese, korean, thai, cyrillic, emoji, encoded, hexadecimal, code, table, letters, consonants,
    unknown, packed,
)  # fmt: skip


def _unheard_of(draw: random.Random) -> str:
    return "".join(draw.choice("bdfgklmnprstvz") + draw.choice("aeiou") for _ in range(draw.randint(1, 5)))


def _joined(draw: random.Random, length: int, word: Callable[[], str]) -> str:
    made: list[str] = []
    size = 0
    while size < length:
        made.append(word())
        size += len(made[-1]) + 1
    return " ".join(made)
