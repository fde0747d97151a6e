"""The page of an assistant: what it is, the conversation, and where the next question goes."""

from collections.abc import Iterator, Sequence
from datetime import datetime

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ragkit.answer import Answer
from ragkit.assistant import Assistant
from ragkit.documents import Viewer
from ragkit.guards.emergency import find_numbers
from ragkit.language.messages import Messages
from ragkit.models.chat.engine import EXTRACTIVE
from ragkit.profile import Profile, load_profile, readable
from ragkit.prompting.conversation import typed
from ragkit.workspace import Workspace
from ragkit_apps import answers, notices, progress, rating, session, sources
from ragkit_apps.markup import escape, small
from ragkit_apps.session import Exchange
from ragkit_apps.transcript import inert, transcript

_NO_MODEL = (
    "Answers are put together from the documents' own sentences, because no language model is running. For written "
    "answers install Ollama, run: ragkit models pull qwen3:4b, and choose the model under Settings & health."
)


def show(opened: Workspace, name: str) -> None:
    """Show the page of the assistant `name`."""
    profile = load_profile(name)
    talk = session.conversation(name)
    _head(profile, talk)
    st.html(f'<div class="rk-notice" role="note">{escape(_spoken(profile, talk).notice)}</div>')
    if "redflags" in profile.guards:
        _emergency_line(opened.config.assistant.locale, _spoken(profile, talk))
    with notices.shown():
        if _has_documents(opened, name):
            _converse(opened, session.assistant(opened, name), talk)
        else:
            _offer_samples(opened, profile)


def _head(profile: Profile, talk: list[Exchange]) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"head-{profile.name}"):
        st.html(f'<h1 class="rk-page-title">{escape(profile.title)}</h1>')
        if not talk:
            return
        written = transcript(profile, talk, written=datetime.now().astimezone())
        st.download_button("Download", written, file_name=f"{profile.name}.md", mime="text/markdown", type="tertiary")
        if st.button("New conversation", key=f"new-{profile.name}"):
            talk.clear()
            st.rerun()


def _emergency_line(locale: str, say: Messages) -> None:
    numbers = find_numbers(locale)
    line = say.emergency_line.format(emergency=_strong(say.either_of(numbers.emergency) or say.anywhere))
    if numbers.crisis:
        line += f" {say.crisis_at_any_hour.format(crisis=_strong(say.either_of(numbers.crisis)))}"
    with st.container(key="emergency"):
        st.html(f'<div class="rk-emergency-line" role="note">{line}</div>')


def _strong(text: str) -> str:
    return f"<strong>{escape(text)}</strong>"


def _has_documents(opened: Workspace, name: str) -> bool:
    return opened.exists and bool(readable(session.store(opened).sources(), name))


def _offer_samples(opened: Workspace, profile: Profile) -> None:
    text = (
        "This assistant answers from documents, and it has none yet. Add your own on the page Documents, or load the "
        "sample documents to see how it works. They are made up, and only this assistant reads them."
    )
    notices.show(text, title="No documents yet")
    if st.button("Load the sample documents", type="primary", key=f"samples-{profile.name}"):
        report = progress.ingest(opened, sources.samples(profile.name, opened))
        if report and not report.failures:
            st.rerun()
        if report:
            progress.show_report(report)


def _converse(opened: Workspace, assistant: Assistant, talk: list[Exchange]) -> None:
    profile = assistant.profile
    store = session.store(opened)
    waiting = f"asked-{profile.name}"
    for number, exchange in enumerate(talk):
        answers.show_question(exchange.question)
        answers.show_outcome(store, exchange, key=f"{profile.name}-{number}")
        rating.show(opened, exchange.answer, key=f"{profile.name}-{number}")
    typed = st.chat_input("Ask a question", key=f"input-{profile.name}")
    question = typed or st.session_state.pop(waiting, "")
    if question:
        _ask(assistant, talk, question, viewer=opened.store.owner)
        # Drawn again from the conversation, so that an answer looks the same now and later.
        st.rerun()
    if not talk:
        _examples(profile, waiting)
        if assistant.engine.name == EXTRACTIVE:
            st.html(small(_NO_MODEL))
    elif talk[-1].answer is None:
        st.button("Ask again", on_click=_ask_again, args=(talk, waiting), key=f"again-{profile.name}")
    else:
        _suggestions(talk[-1].answer, profile, waiting, turn=len(talk))


def _examples(profile: Profile, waiting: str) -> None:
    if not profile.examples:
        return
    st.html('<div class="rk-label">For example</div>')
    with st.container(key=f"examples-{profile.name}"):
        for number, example in enumerate(profile.examples):
            key = f"example-{profile.name}-{number}"
            st.button(inert(example), on_click=_put, args=(waiting, example), key=key, width="stretch")


def _suggestions(answer: Answer, profile: Profile, waiting: str, *, turn: int) -> None:
    if not answer.suggestions:
        return
    if answer.refusal is None:
        st.html(f'<div class="rk-label">{escape(answer.messages.suggestions)}</div>')
    with st.container(horizontal=True, key=f"suggestions-{profile.name}"):
        for number, question in enumerate(answer.suggestions):
            key = f"suggestion-{profile.name}-{turn}-{number}"
            st.button(inert(question), on_click=_put, args=(waiting, question), key=key)


def _put(waiting: str, question: str) -> None:
    st.session_state[waiting] = question


def _ask_again(talk: list[Exchange], waiting: str) -> None:
    _put(waiting, talk.pop().question)


def _ask(assistant: Assistant, talk: list[Exchange], question: str, *, viewer: Viewer) -> None:
    """Answer a question and write what came of it into the conversation, also if it is stopped on the way."""
    answers.show_question(question)
    place = st.empty()
    history = session.history(talk)
    say = assistant.profile.speaks(typed(question, history))
    place.html(answers.searching(say))
    talk.append(Exchange(question=question))
    try:
        with session.turn() as seconds:
            answer = _written(assistant.stream(question, history=history, viewer=viewer), place, say)
            talk[-1] = Exchange(question=question, answer=answer, seconds=seconds())
    except Exception as error:  # noqa: BLE001 - a request ends here: recorded by class, and shown
        notices.log(error)
        talk[-1] = Exchange(question=question, error=notices.explain(error)[1])


def _spoken(profile: Profile, talk: Sequence[Exchange]) -> Messages:
    """Return what the assistant says in the language of the conversation so far."""
    return next((one.answer.messages for one in reversed(talk) if one.answer), profile.main)


def _written(stream: Iterator[str | Answer], place: DeltaGenerator, say: Messages) -> Answer | None:
    """Show the pieces as they come, and return the answer that comes last."""
    text = ""
    for piece in stream:
        if isinstance(piece, Answer):
            return piece
        text += piece
        place.html(answers.draft(text, say))
    return None
