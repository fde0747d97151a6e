"""Where sentences begin and end, and the words in them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ragkit.text.unspaced import bare, is_unspaced, pairs


def listed(words: str) -> frozenset[str]:
    """Return the words of a list."""
    return frozenset(words.split())


# What a full stop ends no sentence behind; in the first set that holds, in small letters.
_BEFORE_ANYTHING = listed(
    "e.g i.e cf vs dr mr mrs ms prof st gen rev sen gov capt col maj sgt lt pty "
    "z.b d.h bzw ggf evtl inkl exkl zzgl vgl hr fr fa ing "
    "mme mmes mlle mm ex sr sra srta sres dra dña ej ud uds avda ee"
)
_BEFORE_NUMBERS = listed(
    "no nos nr art arts abs sec secs fig figs ch vol cl para paras app dept ext est ver pp kap ziff bd rn gem rd "
    "str tel approx ca circa min max tél env núm pág págs aprox jan feb mar apr jun jul aug sep sept oct nov dec"
)
_BEFORE_NAMES = listed("etc al inc ltd co corp jr usw")
# Behind those, and behind initials ("J. R. Smith", "U.S.", "5 p.m."), a new sentence shows by its first word.
_STARTS = re.compile(
    r"\s+(?:The|This|That|These|Those|There|It|He|She|We|You|They|If|In|On|At|As|For|When|What|Why|How|Is|Are|"
    r"Do|Does|Can|Der|Die|Das|Es|Er|Sie|Wir|Ein|Eine|Im|Wenn|Les|Il|Elle|Ils|Elles|Nous|Vous|Une|Los|Las|Una|Si)\b"
)
# "iPhones" and "p53" may begin a sentence.
_WHOLE = re.compile(r"\s+([^\W\d_]+)(?![\w-])")
_NUMBER = re.compile(r"\s+[\d§]")
_LONGEST = 24
_TOKEN = re.compile(r"[^\W\d_]+(?:\.[^\W\d_])*$")
_INITIALS = re.compile(r"(?<![°\w])[^\W\d_](?:\.[^\W\d_])*$")
# What counts a clause is no sentence of its own.
_COUNTING = re.compile(r"\s*(?:[-*•–]\s+)?(?:§+\s*)?(?:\d+(?:\.\d+)*|[ivxlc]+|[IVXLC]+|[^\W\d_])")  # noqa: RUF001
# "Die 2. Auflage", "am 5. frei", "31. März".
_ORDINAL = re.compile(
    r"\b(?:d(?:er|ie|as|en|em|es)|im|(?<!I )am|zu[mr]|vom|beim|bis|eine?[mnrs]?)\s+\d{1,2}$", re.IGNORECASE
)
_DAY = re.compile(r"\b\d{1,2}$")
_MONTH = re.compile(r"\s+(?:Jan|Feb|Mär|Apr|Mai|Jun|Jul|Aug|Sep|Okt|Nov|Dez)")
# What ends sentences of Chinese and Japanese, Hindi, Urdu, Burmese, Khmer and Amharic, with or without a space behind.
STOPS = "。｡！।॥۔။។៕።"  # noqa: RUF001
QUESTIONS = "？؟፧"  # noqa: RUF001
_ENDS = re.compile(rf"[.!?…]+[\"'”’)\]]*(?=\s)|[{STOPS}{QUESTIONS}]+[\"'”’」』）)\]]*")  # noqa: RUF001
_WORD = re.compile(r"\d+(?:[.,:/]\d+)*|\w+|[%€$£°]")

# Words that carry no meaning of their own: what two sentences share of these says nothing.
COMMON = listed(
    "a about an and any are as at be been being but by can could did do does for from had has have how i if "
    "in into is it its may me my of on or our shall should so than that the their them then there these they this "
    "those to was we were what when where which while who why will with would you your"
)


@dataclass(frozen=True)
class Span:
    """A stretch of a text by character offsets."""

    start: int
    end: int


@dataclass(frozen=True)
class Word:
    """A word in lower case, and where it stands."""

    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Line:
    """A line of a text by its sentences, of which there is one at least."""

    text: str
    spans: Sequence[Span]

    @property
    def pieces(self) -> list[str]:
        """The sentences."""
        return [self.text[span.start : span.end] for span in self.spans]

    @property
    def start(self) -> int:
        """Where the first sentence begins."""
        return self.spans[0].start

    @property
    def whole(self) -> str:
        """The line without the white space around it."""
        return self.text[self.start : self.spans[-1].end]


def sentences(text: str) -> list[Span]:
    """Return the sentences in order, without the white space around them. Each line ends one; no text, none."""
    spans: list[Span] = []
    offset = 0
    for line in text.splitlines(keepends=True):
        spans.extend(Span(offset + start, offset + end) for start, end in _in_line(line))
        offset += len(line)
    return spans


def lines(text: str, spans: Sequence[Span]) -> list[Line]:
    """Return the lines that have these sentences of a text, in order."""
    found: list[list[Span]] = []
    for span in spans:
        if found and "\n" not in text[found[-1][-1].end : span.start]:
            found[-1].append(span)
        else:
            found.append([span])
    return [Line(text, each) for each in found]


def words(text: str) -> list[Word]:
    """Return words, numbers with their inner marks (7.2, 1,000, 9:30) and the signs % € $ £ °, in order."""
    return [Word(match.group().lower(), match.start(), match.end()) for match in _WORD.finditer(text)]


def telling(text: str) -> list[str]:
    """Return the words that carry meaning, cut to a rough stem, in order; of unspaced scripts pairs of letters."""
    told = [word.text for word in words(bare(text)) if word.text not in COMMON]
    if is_unspaced(text):
        told = [part for word in told for part in pairs(word) or [word]]
    return [stem(word) for word in told]


def stem(word: str) -> str:
    """Return a word without its commonest English endings: refunds, refunded and refunding meet at refund."""
    for ending in ("ations", "ation", "ments", "ment", "ings", "ing", "ies", "ied", "es", "ed", "ly", "s", "e", "y"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:  # noqa: PLR2004  # a shorter rest means anything
            return word[: -len(ending)]
    return word


def _in_line(line: str) -> list[tuple[int, int]]:
    found = []
    start = 0
    # Who writes without capitals begins sentences without them, too.
    capitals = not line.lstrip()[:1].islower()
    for mark in _ENDS.finditer(line):
        if not _goes_on(line, start, mark, capitals=capitals):
            found.append((start, mark.end()))
            start = mark.end()
    found.append((start, len(line)))
    return [trimmed for span in found if (trimmed := _trimmed(line, *span))[0] < trimmed[1]]


def _goes_on(line: str, start: int, mark: re.Match[str], *, capitals: bool) -> bool:
    """Whether the sentence goes on behind a mark: only full stops may stand within one."""
    if not mark[0].startswith((".", "…")) or "?" in mark[0] or "!" in mark[0]:
        return False
    if _COUNTING.fullmatch(line, start, mark.start()):
        return True
    before, behind = line[max(start, mark.start() - _LONGEST) : mark.start()], mark.end()
    token = _TOKEN.search(before)
    word = token[0].lower() if token else ""
    following = _WHOLE.match(line, behind)
    small = following is not None and following[1].islower()
    if word in _BEFORE_ANYTHING:
        return True
    if word in _BEFORE_NUMBERS:
        return small or _NUMBER.match(line, behind) is not None
    if word in _BEFORE_NAMES or _INITIALS.search(before):
        return not _STARTS.match(line, behind)
    if small and capitals:
        return True
    return bool(_ORDINAL.search(before) or (_DAY.search(before) and _MONTH.match(line, behind)))


def _trimmed(line: str, start: int, end: int) -> tuple[int, int]:
    piece = line[start:end]
    return start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())
