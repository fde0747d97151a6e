"""The road of a question: rules, retrieval, prompt, model, verification, answer."""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from ragkit.answer import COUNTED, Answer
from ragkit.answering.checking import check
from ragkit.answering.closest import Closest
from ragkit.answering.followups import asked_back, with_suggestions
from ragkit.answering.refusals import decided_by_rules, not_found
from ragkit.answering.writing import Writer, Written
from ragkit.documents import Document, Viewer
from ragkit.errors import ConfigError, RagkitError
from ragkit.filters import Filter, narrowed
from ragkit.guards.output import harmless
from ragkit.guards.rules import RuleSet
from ragkit.models.chat.engine import ChatEngine
from ragkit.models.judging.groundedness import Grounder
from ragkit.profile import Profile
from ragkit.prompting.conversation import Turn, said, standing, typed
from ragkit.prompting.language import in_their_words
from ragkit.prompting.nearness import Nearness
from ragkit.prompting.prompts import Prompting
from ragkit.prompting.replies import Replies
from ragkit.retrieval.base import Retriever
from ragkit.retrieval.questions.condense import Subject, condense
from ragkit.retrieval.questions.counting import Collection, counted, counting
from ragkit.retrieval.questions.rewrite import Rewriter
from ragkit.retrieval.questions.suggested import Suggester
from ragkit.retrieval.refusing.answerable import answerable
from ragkit.retrieval.refusing.uncovered import Coverage
from ragkit.retrieval.results import results
from ragkit.retrieval.stages.sections import Documents
from ragkit.text.marks import Marks

MAX_QUESTION = 4000

_log = logging.getLogger(__name__)
_Found = tuple[Answer, str]


@dataclass(frozen=True, kw_only=True)
class _Request:
    """A question with what was said before it, who asks it, and what of the store may answer it."""

    question: str
    history: Sequence[Turn]
    viewer: Viewer
    where: Filter | None

    @property
    def typed(self) -> list[str]:
        return typed(self.question, self.history)


def everything() -> None:
    """Narrow nothing: the scope of an assistant that reads all sources."""


@dataclass(frozen=True, kw_only=True, repr=False)
class Assistant:
    """Answers the questions of one domain from documents, with every sentence checked against them.

    `guards` are asked before any model and can't be overruled by one. What `scope` gives narrows every search of a
    question. A `rewriter` makes follow-ups whole instead of the rule of `condense`, which asks `words`, a search by
    words, what the turns before were about. With a `collection` it says how many documents there are, and which,
    without search or model. `max_question` is in characters. `marks` fence the passages in a prompt, which have
    `prompt_tokens` together, or any number for 0; `nearness` helps to choose what they show. `documents` say whether
    the passages of earlier turns still stand, so that a prompt can go on from them. What the model wrote is kept in
    `replies`. It `clarifies` a first question that may be about several things by asking back, and `suggester` says
    what may be asked next. With a `coverage` it refuses a question for a word that it turns on and no passage says in
    any way, unless the model reads prompts and can tell by itself. A refusal quotes what comes `closest`.
    """

    profile: Profile
    retriever: Retriever
    engine: ChatEngine
    scope: Callable[[], Filter | None] = everything
    guards: Sequence[RuleSet] = ()
    locale: str = ""
    limit: int = 8
    collection: Collection | None = None
    rewriter: Rewriter | None = None
    words: Retriever | None = None
    grounder: Grounder | None = None
    max_question: int = MAX_QUESTION
    marks: Marks = field(default_factory=Marks)
    prompt_tokens: int = 0
    nearness: Nearness | None = None
    documents: Documents | None = None
    replies: Replies | None = None
    clarifies: bool = False
    suggester: Suggester | None = None
    coverage: Coverage | None = None
    closest: Closest | None = None
    clock: Callable[[], float] = field(default=time.monotonic)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.profile.name!r}, answered by {self.engine.name!r}>"

    def ask(
        self, question: str, *, history: Sequence[Turn] = (), viewer: Viewer, where: Filter | None = None
    ) -> Answer:
        """Return the answer to a question; not being able to answer is an answer too, with a `refusal`.

        Raises:
            ConfigError: the question is empty or longer than `max_question`, or something is of the wrong kind.
            ModelError: the chat model or the embedder did not do its work.
            PromptTooLong: the model's window is too small for this question.
        """
        *_, answer = self.stream(question, history=history, viewer=viewer, where=where)
        if not isinstance(answer, Answer):
            raise RagkitError("the stream of an answer ended without the answer")
        return answer

    def stream(
        self, question: str, *, history: Sequence[Turn] = (), viewer: Viewer, where: Filter | None = None
    ) -> Iterator[str | Answer]:
        """Yield the answer's text as it is written, not yet checked, and last the checked `Answer`.

        Show the answer's own text when it comes: markers may have been added, and a refusal replaces it.

        Raises:
            ConfigError: the question is empty or longer than `max_question`, or something is of the wrong kind.
            ModelError: the chat model or the embedder did not do its work.
            PromptTooLong: the model's window is too small for this question.
        """
        require_kinds(viewer, history)
        for piece in self._ruled(_Request(question=question, history=history, viewer=viewer, where=where)):
            if isinstance(piece, Answer):
                how, spent = piece.refusal or "answered", {stage: round(took, 3) for stage, took in piece.trace.items()}
                # Neither question nor answer: a log has other readers than they have.
                _log.info("%s: %s by %s, %d passages, %s", self.profile.name, how, piece.model, len(piece.hits), spent)
            yield piece

    def _ruled(self, request: _Request) -> Iterator[str | Answer]:
        ruled = decided_by_rules(
            request.question, profile=self.profile, guards=self.guards, history=request.history, locale=self.locale
        )
        if ruled:
            yield ruled.text
            yield ruled
            return
        question = accepted(request.question, most=self.max_question)
        yield from self._answered(replace(request, question=question, where=narrowed(self.scope(), request.where)))

    def _answered(self, request: _Request) -> Iterator[str | Answer]:
        if known := self._counted(request):
            yield known.text
            yield known
            return
        found, asked = self._found(request)
        unclear = asked_back(found) if self.clarifies and asked and not request.history else None
        if unclear or not asked:
            answer = unclear or not_found(found, self.closest)
            yield answer.text
            yield answer
            return
        started, viewer, where = self.clock(), request.viewer, request.where
        read = partial(self._document, viewer=viewer)
        history = standing(request.history, found.hits, where=where, read=read)
        written = self._writer.write(
            asked,
            found.hits,
            query=found.query if asked == request.question else asked,
            instructions=in_their_words(self.profile.instructions, asked, found.hits),
            history=history,
            viewer=viewer,
        )
        yield from written.pieces()
        answer = self._checked(found, written, seconds=self.clock() - started)
        if answer.refusal == "no_evidence":
            yield answer.text
        seen = replace(written.prompt.seen, reply=said(written.text, answer.text), where=where)
        yield with_suggestions(replace(answer, seen=seen), self.suggester, history=history, viewer=viewer, where=where)

    @property
    def _writer(self) -> Writer:
        prompting = Prompting(engine=self.engine, marks=self.marks, budget=self.prompt_tokens, nearness=self.nearness)
        return Writer(prompting=prompting, replies=self.replies)

    def _document(self, identity: str, *, viewer: Viewer) -> Document | None:
        return self.documents.document(identity, viewer=viewer) if self.documents else None

    def _found(self, request: _Request) -> _Found:
        """Return an answer that has no text yet, and what of the question may be asked of the model."""
        query, trace = self._query(request)
        started = self.clock()
        found = results(self.retriever, query, limit=self.limit, where=request.where, viewer=request.viewer)
        answer = Answer(
            question=request.question,
            text="",
            hits=tuple(found.hits),
            model="none",
            trace={**trace, "retrieve": self.clock() - started, **found.trace},
            query=found.query,
            spelled=found.spelled,
            absent=found.absent,
            unembedded=found.unembedded,
            messages=self.profile.speaks(request.typed),
        )
        judged = answerable(
            request.question,
            found,
            least=self.profile.evidence,
            coverage=self.coverage,
            guesses=self.engine.reads == "passages",
        )
        return replace(answer, missing=judged.missing), judged.asked

    def _query(self, request: _Request) -> tuple[str, dict[str, float]]:
        """Return what to search for, and what it took to find that out."""
        turns = [(turn.question, turn.answer) for turn in request.history]
        subject = Subject(words=self.words, viewer=request.viewer, where=request.where) if self.words else None
        if self.rewriter is None or not turns:
            return condense(request.question, turns, subject=subject), {}
        started = self.clock()
        query = self.rewriter.rewrite(request.question, turns, subject=subject)
        return query, {"rewrite": self.clock() - started}

    def _counted(self, request: _Request) -> Answer | None:
        """Answer a question about the collection from the catalog, as far as the viewer and the scope reach."""
        asked = counting(request.question) if self.collection else None
        if self.collection is None or asked is None:
            return None
        started, say = self.clock(), self.profile.speaks(request.typed)
        text = counted(asked, self.collection, where=request.where, viewer=request.viewer, messages=say)
        trace = {"catalog": self.clock() - started}
        return Answer(question=request.question, text=text, model=COUNTED, trace=trace, messages=say)

    def _checked(self, answer: Answer, written: Written, *, seconds: float) -> Answer:
        prompt, unsupported = written.prompt, self.profile.unsupported
        checked = check(written.harmless, prompt.shown, unsupported=unsupported, grounder=self.grounder)
        cited = [citation.chunk.uri for citation in checked.citations if citation.verified]
        answer = replace(
            answer,
            text=harmless(checked.text, sources=cited),
            hits=prompt.shown,
            citations=checked.citations,
            unknown_markers=checked.unknown_markers,
            omitted=prompt.omitted,
            refusal=checked.refusal,
            usage=written.usage,
            model=self.engine.name,
            trace={**answer.trace, "cached" if written.kept else "model": seconds},
            cut_off=written.cut_off,
            dropped=checked.dropped,
        )
        return not_found(answer, self.closest) if checked.refusal == "no_evidence" else answer


def accepted(question: str, *, most: int) -> str:
    """Return the question without the white space around it; `most` is in characters.

    Raises:
        ConfigError: it is empty, or longer than `most`.
    """
    question = question.strip()
    if not question:
        raise ConfigError("the question is empty. Write one.", setting="question", value="")
    if len(question) > most:
        message = (
            f"the question has {len(question)} characters; limits.question allows {most}. "
            "Ask a shorter one, or raise it."
        )
        raise ConfigError(message, setting="limits.question", value=len(question))
    return question


def require_kinds(viewer: object, history: Sequence[object] = ()) -> None:
    """Refuse somebody who is no `Viewer`, and turns that are none.

    Raises:
        ConfigError: there is one; the message has what to write.
    """
    if not isinstance(viewer, Viewer):
        message = f"{viewer!r} is no viewer. Write Viewer.local(), or Viewer(groups=...), from ragkit."
        raise ConfigError(message, setting="viewer", value=viewer)
    for turn in history:
        if not isinstance(turn, Turn):
            meant = "turn_of(answer), or Turn(question=..., answer=...)"
            raise ConfigError(f"{turn!r} is no turn. Write {meant}, from ragkit.", setting="history", value=turn)
