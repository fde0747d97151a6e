"""What there is to ask, and how it is answered."""

import re
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated

from fastapi import Depends, Request, Response
from fastapi.responses import JSONResponse
from pydantic import Field

from ragkit.answer import Answer, results_dict
from ragkit.config import Section
from ragkit.documents import Viewer
from ragkit.errors import ConfigError, RagkitError
from ragkit.filters import parse_filter
from ragkit.pipeline import recording
from ragkit.prompting.conversation import Turn
from ragkit.recording.record import viewer_hash
from ragkit.recording.recorder import find
from ragkit.retrieval.results import Results
from ragkit.server import chores
from ragkit.server.assistants import Assistants, Question, Turns
from ragkit.server.callers import Caller
from ragkit.server.completions import Completion, CompletionRequest, conversation
from ragkit.server.desk import Desk, Work
from ragkit.server.faults import Fault
from ragkit.server.spoken import spoken
from ragkit.server.streams import COMMENT, event, events, outcome, told
from ragkit.workspace import Workspace

# As a record is called; any other word of a path is not even looked for.
_RECORD = re.compile("[0-9a-f]{16}")


def _who(request: Request) -> Caller:
    """Return who asks, as the gate has found out."""
    found: Caller = request.state.caller
    return found


Who = Annotated[Caller, Depends(_who)]


class Said(Section):
    """An earlier turn of a conversation."""

    question: str
    answer: str


class AskRequest(Section):
    """A question for an assistant, the default one if none is named; `where` as of `ragkit ask --where`."""

    question: str
    assistant: str = ""
    history: list[Said] = Field(default=[], max_length=100)
    where: list[str] = Field(default=[], max_length=100)
    stream: bool = False


class SearchRequest(Section):
    """What to look for; with an `assistant` only in what that one reads."""

    query: str
    assistant: str = ""
    limit: int | None = Field(default=None, ge=1, le=100)
    where: list[str] = Field(default=[], max_length=100)


class RatingRequest(Section):
    """Whether an answer was good, and why."""

    good: bool
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Api:
    """Answers requests from one workspace. Whoever asks sees what his key may see."""

    workspace: Workspace
    assistants: Assistants
    desk: Desk
    turns: Turns

    async def health(self) -> dict[str, str]:
        """Say that the server answers."""
        return {"status": "ok", "server": "ragkit"}

    def models(self) -> dict[str, object]:
        """List the assistants as models, the default one first."""
        return {"object": "list", "data": [self.model(name) for name in self.assistants.names]}

    def model(self, name: str) -> dict[str, object]:
        """Return an assistant as a model, with what people are to be told before they ask it."""
        profile = self.assistants.profile(name)
        ours = {"notice": profile.main.notice, "examples": list(profile.examples)}
        named = {"id": name, "object": "model", "created": 0, "owned_by": "ragkit", "name": profile.title}
        return named | {"ragkit": ours}

    async def complete(self, asked: CompletionRequest, request: Request, who: Who) -> Response:
        """Answer the last message. What is sent has been checked, so that nothing of it must be taken back."""
        text, history = conversation(asked.messages, turns=self.turns, viewer=who.viewer)
        usage = asked.stream_options is not None and asked.stream_options.include_usage
        if chore := chores.done(text, suggested=partial(self._suggested, viewer=who.viewer)):
            done = Completion(model=asked.model, text=chore)
            return events(done.chunks(usage=usage)) if asked.stream else JSONResponse(done.whole())
        where = parse_filter(asked.ragkit.where)
        question = Question(text=chores.question_in(text), history=history, viewer=who.viewer, where=where)
        work = self.desk.start(self.assistants.asked(asked.model, question))

        def completed(answer: Answer) -> Completion:
            shown = spoken(answer, sources=asked.ragkit.sources)
            self.turns.keep(answer, seen=shown, viewer=who.viewer)
            return Completion(model=asked.model, text=shown, answer=answer)

        if not asked.stream:
            return JSONResponse(completed(await _answer(work, request)).whole())
        return events(
            told(
                work,
                draft=lambda _: COMMENT,
                answer=lambda answer: "".join(completed(answer).chunks(usage=usage)),
            )
        )

    async def ask(self, asked: AskRequest, request: Request, who: Who) -> Response:
        """Answer a question with what `ragkit ask --json` prints; in a stream what is written comes before it."""
        history = [
            self.turns.turn(said.question, seen=said.answer, viewer=who.viewer)
            or Turn(question=said.question, answer=said.answer)
            for said in asked.history
        ]
        question = Question(text=asked.question, history=history, viewer=who.viewer, where=parse_filter(asked.where))
        work = self.desk.start(self.assistants.asked(asked.assistant or self.assistants.names[0], question))

        def answered(answer: Answer) -> dict[str, object]:
            self.turns.keep(answer, seen=answer.text, viewer=who.viewer)
            return answer.to_dict()

        if not asked.stream:
            return JSONResponse(answered(await _answer(work, request)))
        return events(
            told(
                work,
                draft=lambda piece: event(piece, name="piece"),
                answer=lambda answer: event(answered(answer), name="answer"),
                failed="error",
            )
        )

    def _suggested(self, question: str, seen: str, *, viewer: Viewer) -> Sequence[str]:
        turn = self.turns.turn(question, seen=seen, viewer=viewer)
        return turn.suggestions if turn else ()

    async def search(self, asked: SearchRequest, request: Request, who: Who) -> Response:
        """Find passages, with what `ragkit search --json` prints."""
        assistant = self.assistants.chosen(asked.assistant) if asked.assistant else None
        where = parse_filter(asked.where)

        def found() -> Generator[Results]:
            yield self.workspace.results(
                asked.query, assistant=assistant, limit=asked.limit, where=where, viewer=who.viewer
            )

        return JSONResponse(results_dict(await outcome(self.desk.start(found()), request)))

    def rate(self, record: str, rating: RatingRequest, who: Who) -> Response:
        """Note what somebody thinks of an answer; whose groups could not have got it is told that there is none."""
        if not self._may_rate(record, who):
            raise Fault(404, "record_not_found", f"There is no record {record!r}, or it was erased.")
        self.workspace.rate(record, good=rating.good, note=rating.note)
        return Response(status_code=204)

    def _may_rate(self, record: str, who: Caller) -> bool:
        config = self.workspace.config
        try:
            viewer = find(recording(config).journal, record).circumstances.viewer if _RECORD.fullmatch(record) else ""
        except ConfigError:
            return False
        is_owner = who.viewer.owner and who.viewer.tenant == config.store.tenant
        return bool(viewer) and (is_owner or viewer == viewer_hash(who.viewer))


async def _answer(work: Work[str | Answer], request: Request) -> Answer:
    answer = await outcome(work, request)
    if not isinstance(answer, Answer):
        raise RagkitError("the stream of an answer ended without the answer")
    return answer
