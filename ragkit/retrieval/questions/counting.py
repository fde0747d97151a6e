"""Questions about the collection itself, answered from the catalog: how many documents, which ones, what sources.

A search shows the best few, and a count of those would be wrong. The rules are narrow: "how many documents do I need"
asks what the documents say, and is left to the search.
"""

import re
from collections import Counter
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import reduce
from typing import Protocol

from ragkit.documents import Viewer
from ragkit.filters import Equals, Filter, Or, Range, narrowed
from ragkit.language.messages import Messages, english
from ragkit.retrieval.questions.counting_abroad import PATTERNS
from ragkit.store.catalog.records import Summary
from ragkit.text.sentences import stem, telling

_MOST_LISTED = 50

_ALL = r"(?:all |every |each |of |the |your |our |available |stored |indexed )*"
_GENERIC = r"documents?|docs?|files?|sources?"
_KIND = r"polic(?:y|ies)|contracts?|agreements?|articles?|guides?|manuals?|handbooks?|reports?"
_NOUN = rf"(?P<noun>{_GENERIC}|{_KIND})"
_PLACE = (
    r"(?:in|here in) (?:the|this|your|our) (?:store|collection|library|index|knowledge base|archive|catalog(?:ue)?)"
)
_THERE = (
    r"(?: (?:are|is) (?:there|available|stored|indexed|here)| exist| do (?:you|we) have| have you got"
    rf"| can you (?:see|search|read)| (?:are|is)(?= {_PLACE}))?"
)
_ABOUT = (
    r"(?: (?:(?:that|which) )?(?:are |is )?(?:about|on|regarding|concerning|covering|covers?|mentioning|mentions?"
    r"|talk about|deal with|dealing with) (?P<about>.+?))?"
)
_YEAR = r"(?: (?:from|of|dated|in)(?: the year)? (?P<year>(?:19|20)\d\d))?"
# Not "in": "documents that mention fees in 2024" asks for a word.
_YEAR_BEHIND = r"(?: (?:from|dated)(?: the year)? (?P<year_behind>(?:19|20)\d\d))?"
_TAIL = rf"{_THERE}{_YEAR}{_ABOUT}{_YEAR_BEHIND}{_THERE}(?: {_PLACE})?(?: in total| altogether)?"
_HOW_MANY = r"(?:how many|what is the (?:total )?number of|count) "
_WHICH = r"(?:which|what) "
_LIST = r"(?:(?:please|can you|could you) )*(?:list|show(?: me)?|name|give me(?: a list of)?|enumerate) "
_QUESTION = re.compile(
    rf"(?P<count>{_HOW_MANY})?(?P<list>{_LIST})?(?P<which>{_WHICH})?{_ALL}{_NOUN}{_TAIL}", re.IGNORECASE
)


@dataclass(frozen=True, kw_only=True)
class Counting:
    """What a question asks of the collection. Empty texts ask for nothing more; `year` is 0 without one."""

    noun: str
    about: str = ""
    year: int = 0
    lists: bool = False


class Collection(Protocol):
    """What a store knows of its documents."""

    def documents(self, *, viewer: Viewer, where: Filter | None = None) -> list[Summary]:
        """Return what is stored."""
        ...

    def documents_with(self, words: Sequence[str], *, where: Filter | None = None, viewer: Viewer) -> AbstractSet[str]:
        """Return the ids of documents of which a passage has all the words."""
        ...


def counting(question: str) -> Counting | None:
    """Return what a question asks of the collection; None if it asks for something else."""
    plain = " ".join(question.split()).strip("¿?!. ")
    match = _QUESTION.fullmatch(plain)
    if match is None or not _asks(match):
        return _counting_abroad(plain)
    year, about = match["year"] or match["year_behind"], _about(match)
    if match["about"] and not telling(about):
        return None
    return Counting(noun=match["noun"].lower(), about=about, year=int(year or 0), lists=not match["count"])


def _counting_abroad(plain: str) -> Counting | None:
    match = next((found for pattern in PATTERNS if (found := pattern.fullmatch(plain))), None)
    # "Welche Dokumente" alone asks for nothing.
    if match is None or (match["which"] and not (match["there"] or match["about"])):
        return None
    return Counting(noun="sources" if match["sources"] else "documents", about=_about(match), lists=not match["count"])


def _about(match: re.Match[str]) -> str:
    return (match["about"] or "").strip(" \"'“”„«»")


def counted(
    asked: Counting, collection: Collection, *, where: Filter | None, viewer: Viewer, messages: Messages | None = None
) -> str:
    """Return the answer in words: the exact number, and the documents by name, the first fifty of them.

    It is English without `messages`.
    """
    found, say = _found(asked, collection, where, viewer), messages or english()
    conditions = _conditions(asked, say)
    if re.fullmatch("sources?", asked.noun):
        return _sources(found, conditions, say)
    names = [_name(each) for each in found]
    if not names:
        return say.documents_none.format(conditions=conditions)
    if not asked.lists and not conditions:
        return f"{_documents(len(names), say)}."
    listed = "\n".join(f"- {name}" for name in names[:_MOST_LISTED])
    more = f"\n{say.more.format(count=len(names) - _MOST_LISTED)}" if len(names) > _MOST_LISTED else ""
    return f"{_documents(len(names), say)}{conditions}:\n{listed}{more}"


def _asks(match: re.Match[str]) -> bool:
    """Whether it is one question, and what it is about is no part of another one."""
    begun = [name for name in ("count", "list", "which") if match[name]]
    if len(begun) != 1 or re.search(r"\b(?:and|or) (?:how|what|which|why|when)\b", match["about"] or ""):
        return False
    # "what documents" alone asks for nothing; "list documents" and "how many documents" do.
    said = match.end("noun") < match.end()
    return said or begun != ["which"]


def _found(asked: Counting, collection: Collection, where: Filter | None, viewer: Viewer) -> list[Summary]:
    found = collection.documents(viewer=viewer, where=where)
    if asked.about:
        having = collection.documents_with(re.findall(r"\w+", asked.about.lower()), where=where, viewer=viewer)
        found = [each for each in found if each.id in having]
    if not re.fullmatch(_GENERIC, asked.noun):
        kind = stem(asked.noun)
        found = [each for each in found if kind in _named(each)]
    if asked.year:
        year = str(asked.year)
        dated = Or(
            (Equals("year", asked.year), Equals("year", year), Range(field="date", low=year, high=f"{year}-12-32"))
        )
        having = {each.id for each in collection.documents(viewer=viewer, where=narrowed(where, dated))}
        found = [each for each in found if each.id in having or year in _named(each)]
    return found


def _named(document: Summary) -> set[str]:
    return {stem(word) for word in re.findall(r"[^\W_]+", f"{document.title} {document.uri}".lower())}


def _conditions(asked: Counting, say: Messages) -> str:
    """Return what was counted, in words: what was looked at is said, since "about" may mean more."""
    said = [say.with_words.format(text=say.quotation.format(text=asked.about))] if asked.about else []
    if not re.fullmatch(_GENERIC, asked.noun):
        said.append(say.with_name.format(text=say.quotation.format(text=asked.noun)))
    if asked.year:
        said.append(say.with_year.format(year=asked.year))
    return f" {reduce(lambda first, second: say.joined.format(first=first, second=second), said)}" if said else ""


def _sources(found: Sequence[Summary], conditions: str, say: Messages) -> str:
    counts = Counter(each.source for each in found)
    if not counts:
        return say.sources_none.format(conditions=conditions)
    listed = "\n".join(f"- {source}: {_documents(count, say)}" for source, count in sorted(counts.items()))
    number = say.sources_one if len(counts) == 1 else say.sources_many.format(count=len(counts))
    return f"{number}{conditions}:\n{listed}"


def _name(document: Summary) -> str:
    return document.uri if document.title in ("", document.uri) else f"{document.title} ({document.uri})"


def _documents(count: int, say: Messages) -> str:
    return say.documents_one if count == 1 else say.documents_many.format(count=count)
