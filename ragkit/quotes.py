"""Does a source say what a sentence says? Checked word for word, without a model."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from ragkit.sentences import COMMON, Span, Word, sentences, stem, words

# verbatim: the words stand in the source one after the other; paraphrase: its telling words and all its numbers
# stand together in the source; misattributed: they do in another source than the one named; unsupported: nowhere.
Verdict = Literal["verbatim", "paraphrase", "misattributed", "unsupported"]

_QUOTED = re.compile(r"[\"“„«]([^\"“”„«»]+)[\"”“»]")
# Below this many words a quotation is a name or a term, and finding it proves nothing.
_SHORTEST_QUOTE = 3
_ENOUGH = 0.7
_NEGATIONS = frozenset({"not", "no", "never", "none", "without", "cannot", "neither", "nor", "nothing"})


@dataclass(frozen=True, kw_only=True)
class Support:
    """What a source has for a sentence: the stretch of its text that comes nearest, and how near."""

    verdict: Verdict
    span: Span
    coverage: float


def support(sentence: str, source: str) -> Support:
    """Return how a source supports a sentence; the span is the quote, in offsets of `source`.

    A sentence with quotation marks stands or falls with what is inside them.
    """
    quoted = [part for part in _QUOTED.findall(sentence) if len(words(part)) >= _SHORTEST_QUOTE]
    if quoted:
        return _all_quoted(quoted, source)
    if found := find(sentence, source):
        return Support(verdict="verbatim", span=found, coverage=1.0)
    return _nearest(sentence, source)


def find(quote: str, source: str) -> Span | None:
    """Return where the quote's words stand in the source, one after the other; None if they do not.

    Case, white space, punctuation and compatibility forms (ligatures, full-width letters) make no difference;
    any other letter, digit or sign does.
    """
    wanted = [word.text for word in _normal_words(quote)]
    present = _normal_words(source)
    if not wanted:
        return None
    for start in range(len(present) - len(wanted) + 1):
        if present[start].text == wanted[0] and [w.text for w in present[start : start + len(wanted)]] == wanted:
            return _closed(source, present[start].start, present[start + len(wanted) - 1].end)
    return None


def _all_quoted(quoted: list[str], source: str) -> Support:
    spans = [find(part, source) for part in quoted]
    found = [span for span in spans if span]
    if len(found) < len(quoted) or not found:
        return Support(verdict="unsupported", span=Span(0, 0), coverage=len(found) / len(quoted))
    return Support(verdict="verbatim", span=found[0], coverage=1.0)


def _nearest(sentence: str, source: str) -> Support:
    wanted = _telling(words(sentence))
    best = Support(verdict="unsupported", span=Span(0, 0), coverage=0.0)
    for window in _windows(source):
        said = [_telling(words(source[span.start : span.end])) for span in window]
        coverage = _share(wanted, set().union(*said))
        if coverage > best.coverage:
            span = Span(window[0].start, window[-1].end)
            best = Support(verdict=_judge(wanted, said, coverage), span=span, coverage=coverage)
    return best


def _windows(source: str) -> Iterator[list[Span]]:
    """Yield each sentence, then each two that follow one another: the shortest stretch that supports is wanted."""
    spans = sentences(source)
    yield from ([span] for span in spans)
    yield from ([first, second] for first, second in pairwise(spans))


def _judge(wanted: set[str], said: Sequence[set[str]], coverage: float) -> Verdict:
    numbers = {word for word in wanted if word[0].isdigit()}
    # Of two sentences, the one that has more of the words must agree in sense.
    core = max(said, key=lambda words_of_one: _share(wanted, words_of_one))
    same_sense = bool(wanted & _NEGATIONS) == bool(core & _NEGATIONS)
    return "paraphrase" if coverage >= _ENOUGH and numbers <= set().union(*said) and same_sense else "unsupported"


def _share(wanted: set[str], there: set[str]) -> float:
    return len(wanted & there) / len(wanted) if wanted else 0.0


def _telling(found: list[Word]) -> set[str]:
    return {stem(word.text) for word in found if word.text not in COMMON}


def _normal_words(text: str) -> list[Word]:
    """Return the words of a text with each word in its compatibility form, at its place in the text as it is."""
    text = text.replace("\u00ad", "\u200b")
    return [Word(unicodedata.normalize("NFKC", word.text).casefold(), word.start, word.end) for word in words(text)]


def _closed(source: str, start: int, end: int) -> Span:
    """Take in the mark that ends the sentence, so that a quote does not stop short of it."""
    return Span(start, end + 1) if source[end : end + 1] in {".", "!", "?", ")"} else Span(start, end)
