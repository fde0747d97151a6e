"""The page of an assistant: what it is, the conversation, and where the next question goes."""

import textwrap
from collections.abc import Sequence
from datetime import datetime
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ragkit.answer import Answer
from ragkit.assistant import Assistant
from ragkit.errors import ModelError
from ragkit.language.messages import Messages
from ragkit.models.chat.engine import EXTRACTIVE
from ragkit.profile import Profile, readable
from ragkit.prompting.conversation import typed
from ragkit.workspace import Workspace
from ragkit_apps import answers, asking, emergency, notices, progress, rating, scope, session, sources
from ragkit_apps.markup import escape, small
from ragkit_apps.session import Exchange, Talk
from ragkit_apps.transcript import inert, transcript

_QUOTED = "Answers are put together from the documents' own sentences"
_NO_MODEL = (
    f"{_QUOTED}, because no language model is running. For written answers install Ollama, run: ragkit models pull "
    "qwen3:4b, and choose the model under Settings & health."
)
_NONE_WANTED = f"{_QUOTED}. Another model can be chosen under Settings & health."

# In an address: the question to begin with.
_ASKED = "ask"
_SHORT = 60
# With every question the page draws all its exchanges anew: of a long talk it has the last one or two such stretches.
_STRETCH = 5


def show(opened: Workspace, name: str) -> None:
    """Show the page of the assistant `name`."""
    profile = session.profile(name)
    talk = session.conversation(name)
    st.html(f'<h1 class="rk-page-title">{escape(profile.title)}</h1>')
    say = _spoken(profile, talk)
    st.html(f'<div class="rk-notice" role="note">{escape(say.notice)}</div>')
    if emergency.shows(profile):
        with st.container(key="emergency"):
            line = emergency.shown(opened.config.assistant.locale, say)
            st.html(f'<div class="rk-emergency-line" role="note">{line}</div>')
    with notices.shown():
        if not _has_documents(opened, name):
            _offer_samples(opened, profile)
        elif _has_model(opened):
            assistant = session.assistant(opened, name)
            asked = _take_question(opened, assistant, talk)
            _show_talk(opened, assistant, talk, asked=asked)
    if _spoken(profile, talk).language != say.language:
        # The first answer in another language: the lines above are said in it, too.
        st.rerun()


def _spoken(profile: Profile, talk: Talk) -> Messages:
    """Return what the assistant says in the language of the conversation so far."""
    return next((one.answer.messages for one in reversed(talk) if one.answer), profile.main)


def _actions(opened: Workspace, profile: Profile, talk: Talk) -> None:
    earlier = session.earlier(profile.name)
    if earlier and st.button("Earlier", type="tertiary", key=f"earlier-{profile.name}"):
        _choose_earlier(profile, earlier)
    if not talk:
        return
    st.download_button(
        "Download",
        lambda: transcript(profile, talk, written=datetime.now().astimezone(), locale=opened.config.assistant.locale),
        file_name=f"{profile.name}.md",
        mime="text/markdown",
        on_click="ignore",
        type="tertiary",
    )
    fresh: Talk = []
    key = f"new-{profile.name}"
    st.button("New conversation", on_click=session.converse, args=(profile.name, fresh), key=key, type="tertiary")


@st.dialog("Earlier conversations")
def _choose_earlier(profile: Profile, earlier: Sequence[Talk]) -> None:
    for number, old in enumerate(earlier):
        key = f"earlier-{profile.name}-{number}"
        if st.button(_first(old), on_click=session.converse, args=(profile.name, old), key=key, type="tertiary"):
            st.rerun()


def _first(talk: Talk) -> str:
    """Return the question with which a conversation began."""
    return inert(textwrap.shorten(talk[0].question, _SHORT, placeholder=" …"))


def _has_documents(opened: Workspace, name: str) -> bool:
    return opened.exists and bool(readable(session.store(opened).sources(), name))


def _has_model(opened: Workspace) -> bool:
    """Whether the chat model of this session is there. If not, say so, and offer to go on without one."""
    try:
        with st.spinner("Waiting for the chat model"):
            session.engine(opened)
    except ModelError as error:
        notices.show_error(error)
        with st.container(horizontal=True):
            st.button("Try again", type="primary", key="model-again")
            st.button("Answer without a model", on_click=session.choose, args=(EXTRACTIVE,), key="without-model")
        st.html(small("Without a model the documents' own sentences are quoted, in this session alone."))
        return False
    return True


def _offer_samples(opened: Workspace, profile: Profile) -> None:
    text = (
        "This assistant answers from documents, and it has none yet. Add your own on the page Documents, or load the "
        "sample documents to see how it works. They are made up, and only this assistant reads them."
    )
    notices.show(text, title="No documents yet")
    notices.show_place(opened)
    if st.button("Load the sample documents", type="primary", key=f"samples-{profile.name}"):
        progress.start(opened, sources.samples(profile.name, opened))
    outcome = progress.watch(opened)
    if outcome and outcome.whole:
        st.rerun()
    if outcome:
        outcome.show()


def _take_question(opened: Workspace, assistant: Assistant, talk: Talk) -> bool:
    """Show where questions are typed and what else can be done. Have one answered that was typed or pressed, if any."""
    profile, store = assistant.profile, session.store(opened)
    if _ASKED in st.query_params and _input(profile) not in st.session_state:
        # A link only writes it down: whoever follows it sends it, or does not.
        st.session_state[_input(profile)] = st.query_params[_ASKED]
    with st.bottom:
        bar = st.container(horizontal=True, key=f"bar-{profile.name}")
        # Called outside of this, it would have Streamlit scroll on to the end of each answer, past its beginning.
        typed = st.chat_input("Ask a question", key=_input(profile))
    question = typed or st.session_state.pop(_waiting(profile), "")
    if question:
        st.query_params.pop(_ASKED, None)
        chosen, meanwhile = scope.chosen(profile.name), progress.told(opened)
        asking.ask(assistant, talk, question, viewer=store.owner, scope=chosen, meanwhile=meanwhile)
        session.keep(profile.name, talk)
    with bar:
        scope.choose(store, profile.name)
        _actions(opened, profile, talk)
    return bool(question)


def _show_talk(opened: Workspace, assistant: Assistant, talk: Talk, *, asked: bool) -> None:
    profile, first = assistant.profile, _first_shown(talk)
    places = [(number, st.container(key=f"exchange-{profile.name}-{number}")) for number in range(first, len(talk))]
    if asked and st.session_state.get(_shown(profile)) == first:
        # What stands above is on the page already, and waits: but for the last one, which no longer is the last.
        places = places[-2:] + places[:-2]
    st.session_state[_shown(profile)] = first
    for number, place in places:
        with place:
            _exchange(opened, profile, talk, number)
    if not talk:
        with st.container():
            _examples(profile)
            if assistant.engine.name == EXTRACTIVE:
                is_wanted = session.chosen() or opened.config.models.chat == EXTRACTIVE
                st.html(small(_NONE_WANTED if is_wanted else _NO_MODEL))


def _first_shown(talk: Talk) -> int:
    """Return where the shown part of a conversation begins, and offer what lies before, until the next question."""
    before = max(0, (len(talk) - 1) // _STRETCH - 1) * _STRETCH
    return 0 if before and st.button(f"Show the {before} questions before", type="tertiary") else before


def _exchange(opened: Workspace, profile: Profile, talk: Talk, number: int) -> None:
    answers.show_question(talk[number])
    # What is not drawn again stays in sight until the page is whole: an answer on its way empties both at once.
    place, below = st.empty(), st.empty()
    if talk[number].work:
        _watch(profile, talk, place)
    with place.container():
        _outcome(opened, profile, talk, number)
    if number == len(talk) - 1 and (answer := talk[number].answer):
        with below.container():
            _suggestions(answer, profile, turn=len(talk))


def _watch(profile: Profile, talk: Talk, place: DeltaGenerator) -> None:
    """Show the last answer while it is written."""
    work, say = talk[-1].work, profile.speaks(typed(talk[-1].question, session.history(talk)))
    button = st.empty()
    button.button("Stop", icon=":material/stop_circle:", on_click=asking.stop, args=(talk,), type="tertiary")
    for text in work.states() if work else ():
        place.html(answers.draft(text, say))
    button.empty()


# What is opened, copied or rated in one answer draws that answer anew, and not the conversation.
@st.fragment
def _outcome(opened: Workspace, profile: Profile, talk: Talk, number: int) -> None:
    if number >= len(talk) or talk is not session.conversation(profile.name):
        # The question was taken back, to be asked again or in other words.
        st.rerun()
    exchange, key = talk[number], f"{profile.name}-{number}"
    with notices.shown():
        answers.show_outcome(opened, exchange, key=key)
        with st.container(horizontal=True, key=f"after-{key}"):
            if exchange.answer:
                rating.show(opened, exchange.answer, key=key)
                answers.offer_copy(exchange.answer, key=key)
            once_more = st.empty()
            if exchange is talk[-1]:
                with once_more.container(horizontal=True):
                    _once_more(profile, talk, exchange)


def _once_more(profile: Profile, talk: Talk, last: Exchange) -> None:
    """Offer to ask the last question again, or in other words."""
    again = partial(st.button, type="tertiary", args=(profile, talk))
    if last.answer is None:
        again("Ask again", on_click=_ask_again, key=f"again-{profile.name}")
    again("Edit the question", on_click=_edit, key=f"edit-{profile.name}")


def _examples(profile: Profile) -> None:
    if not profile.examples:
        return
    st.html('<div class="rk-label">For example</div>')
    with st.container(key=f"examples-{profile.name}"):
        for number, example in enumerate(profile.examples):
            key = f"example-{profile.name}-{number}"
            st.button(inert(example), on_click=_put, args=(profile, example), key=key, width="stretch")


def _suggestions(answer: Answer, profile: Profile, *, turn: int) -> None:
    if not answer.suggestions:
        return
    if answer.refusal is None:
        st.html(f'<div class="rk-label rk-screen">{escape(answer.messages.suggestions)}</div>')
    with st.container(horizontal=True, key=f"suggestions-{profile.name}"):
        for number, question in enumerate(answer.suggestions):
            key = f"suggestion-{profile.name}-{turn}-{number}"
            st.button(inert(question), on_click=_put, args=(profile, question), key=key)


def _input(profile: Profile) -> str:
    return f"input-{profile.name}"


def _waiting(profile: Profile) -> str:
    return f"asked-{profile.name}"


def _shown(profile: Profile) -> str:
    return f"first-shown-{profile.name}"


def _put(profile: Profile, question: str) -> None:
    st.session_state[_waiting(profile)] = question


def _ask_again(profile: Profile, talk: Talk) -> None:
    _put(profile, talk.pop().question)


def _edit(profile: Profile, talk: Talk) -> None:
    """Put the last question back where it was typed; the conversation with its answer is among the earlier ones."""
    session.converse(profile.name, talk[:-1])
    st.session_state[_input(profile)] = talk[-1].question
