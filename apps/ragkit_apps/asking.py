"""A question on its way: answered in the background, so that its page may be left, and stopped from it."""

from collections.abc import Callable
from dataclasses import replace

from ragkit.answer import Answer
from ragkit.assistant import Assistant
from ragkit.documents import Viewer
from ragkit_apps import notices, session
from ragkit_apps.scope import EVERYTHING, Scope
from ragkit_apps.session import Exchange, Talk
from ragkit_apps.work import Work


def ask(
    assistant: Assistant, talk: Talk, question: str, *, viewer: Viewer, scope: Scope = EVERYTHING, meanwhile: str = ""
) -> None:
    """Add a question to a conversation, and what comes of it when that is there. What was on its way is stopped."""
    stop(talk)
    history, place = session.history(talk), len(talk)
    asked = Exchange(question=question, within=scope.named, meanwhile=meanwhile)

    def settle(outcome: Exchange) -> None:
        # In place of a question that was stopped another one may stand by now.
        if len(talk) > place and talk[place].work is work:
            talk[place] = outcome

    def failed(error: Exception) -> None:
        settle(replace(asked, error=notices.explain(error)[1]))

    def answer(tell: Callable[[str], None]) -> None:
        text = ""
        with notices.caught(failed), session.turn() as seconds:
            for piece in assistant.stream(question, history=history, viewer=viewer, where=scope.filter):
                if isinstance(piece, Answer):
                    settle(replace(asked, answer=piece, seconds=seconds()))
                else:
                    text += piece
                    tell(text)

    work = Work(answer, state="")
    talk.append(replace(asked, work=work))
    work.start()


def stop(talk: Talk) -> None:
    """Stop the last question if it is still being answered; it stays in the conversation without an answer."""
    if talk and talk[-1].work:
        talk[-1].work.stop()
        talk[-1] = replace(talk[-1], work=None)
