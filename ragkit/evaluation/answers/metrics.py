"""What is counted of one answer. Each measure is from 0 to 1, or None where it does not apply to the case."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ragkit.answer import COUNTED, Answer, Citation
from ragkit.evaluation.sets.cases import EMERGENCY, Case
from ragkit.text.markers import without_markers

RIGHT = "right"
Values = Mapping[str, float | None]
ReadSpan = Callable[[str, int, int], str]
"""Gives the text of a document, by its id, from one offset to another."""

_ITEM = re.compile(r"^\s*\d{1,2}[.)]\s", re.MULTILINE)
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A case and the answer that it got. `span` reads the documents as they are stored."""

    case: Case
    answer: Answer
    span: ReadSpan

    @property
    def verified(self) -> list[Citation]:
        """The citations that were found to say what the answer says."""
        return [citation for citation in self.answer.citations if citation.verified]

    @property
    def is_shown(self) -> bool:
        """Whether the text is an answer, or the refusal that was wanted: both can be held to what they must say."""
        return self.answer.refusal is None or self.case.to_refuse is True


def measured(asked: Asked) -> dict[str, float | None]:
    """Return every measure by its name, in the order of METRICS."""
    values = {measure.__name__: measure(asked) for measure in _MEASURES}
    return {RIGHT: right(asked, values), **values}


def right(asked: Asked, values: Values) -> float | None:
    """Return 1 if it says and does not say what it must, is refused or not as it must, and quotes a named document.

    Where the case says in which language, it must be in that, too.
    """
    if not asked.case.is_judged:
        return None
    wanted = [value for name in ("said", "unsaid", "refusal") if (value := values[name]) is not None]
    recall = values["citation_recall"]
    return float(all(value == 1 for value in wanted) and recall != 0 and not in_another_language(asked))


def in_another_language(asked: Asked) -> bool:
    """Return whether the case says which language is right, and the answer's is another one."""
    return asked.case.language not in ("", asked.answer.messages.language)


def said(asked: Asked) -> float | None:
    """Return which share of the facts the text has, each in one of its wordings; a wrong refusal says nothing."""
    facts = asked.case.must_say
    if not facts:
        return None
    text = plain(asked.answer.text) if asked.is_shown else ""
    return share([any(plain(wording) in text for wording in fact) for fact in facts])


def unsaid(asked: Asked) -> float | None:
    """Return which share of what it must not say the text does not have."""
    text = plain(asked.answer.text)
    return share([plain(wording) not in text for wording in asked.case.must_not_say])


def refusal(asked: Asked) -> float | None:
    """Return 1 if it was refused, or not, as the case expects."""
    case, got = asked.case, asked.answer.refusal
    if case.to_refuse is None:
        return None
    if case.to_refuse is False:
        return float(got is None)
    return float(got == case.refusal if case.refusal else got not in (None, EMERGENCY))


def abstention_precision(asked: Asked) -> float | None:
    """Return, if it abstained, 1 where it had to."""
    return None if asked.case.to_abstain is None or not abstained(asked.answer) else float(asked.case.to_abstain)


def abstention_recall(asked: Asked) -> float | None:
    """Return, if it had to abstain, 1 where it did."""
    return float(abstained(asked.answer)) if asked.case.to_abstain else None


def abstained(answer: Answer) -> bool:
    """Return whether it said that it has no answer: an alarm is no abstention."""
    return answer.refusal not in (None, EMERGENCY)


def found(asked: Asked) -> float | None:
    """Return 1 if a document of the case is among the passages that the model saw."""
    if asked.case.to_refuse or not asked.case.documents:
        return None
    return float(any(hit.chunk.uri in asked.case.documents for hit in asked.answer.hits))


def citation_precision(asked: Asked) -> float | None:
    """Return which share of the verified citations is from a document of the case."""
    if asked.case.to_refuse or not asked.case.documents:
        return None
    return share([citation.chunk.uri in asked.case.documents for citation in asked.verified])


def citation_recall(asked: Asked) -> float | None:
    """Return which share of the case's documents has a verified citation."""
    if asked.case.to_refuse:
        return None
    cited = {citation.chunk.uri for citation in asked.verified} if asked.answer.refusal is None else set()
    return share([uri in cited for uri in asked.case.documents])


def quotes(asked: Asked) -> float | None:
    """Return which share of the quotes stands in the stored document at its offsets, letter by letter."""
    quoted = [citation for citation in asked.answer.citations if citation.quote]
    return share([asked.span(one.chunk.document_id, one.start, one.end) == one.quote for one in quoted])


def numbers(asked: Asked) -> float | None:
    """Return which share of the text's numbers a cited passage has; a refusal and a count of documents cite none."""
    if asked.answer.refusal or asked.answer.model == COUNTED:
        return None
    there = cited_numbers(asked.answer)
    return share([number in there for number in sorted(numbers_of(asked.answer.text))])


def cited_numbers(answer: Answer) -> set[str]:
    """Return the numbers of the passages that the answer cites, with those of their titles and headings."""
    chunks = [citation.chunk for citation in answer.citations]
    return set().union(*(numbers_of(f"{chunk.title}\n{chunk.heading}\n{chunk.text}") for chunk in chunks))


def numbers_of(text: str) -> set[str]:
    """Return the numbers of a text without the commas between thousands; markers and the numbers of a list are none."""
    told = _ITEM.sub("", without_markers(text))
    return set(_NUMBER.findall(_THOUSANDS.sub("", unicodedata.normalize("NFKC", told))))


def plain(text: str) -> str:
    """Return the text in small letters without markers, with one blank for all white space."""
    return " ".join(unicodedata.normalize("NFKC", without_markers(text)).casefold().split())


def share(held: Sequence[bool]) -> float | None:
    """Return how many of them hold, as a share; None of none."""
    return sum(held) / len(held) if held else None


_MEASURES = (
    *(said, unsaid, refusal, abstention_precision, abstention_recall),
    *(found, citation_precision, citation_recall, quotes, numbers),
)
METRICS = (RIGHT, *(measure.__name__ for measure in _MEASURES))
