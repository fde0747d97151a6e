"""What the pages share: one workspace a process, and a conversation for each assistant of each session."""

import os
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import streamlit as st

from ragkit import wiring
from ragkit.answer import Answer
from ragkit.answering.followups import turn_of
from ragkit.assistant import Assistant
from ragkit.config_file import load_config
from ragkit.errors import RagkitError
from ragkit.models.chat.engine import ChatEngine
from ragkit.parts import prepare_in_background
from ragkit.profile import Profile, load_profile
from ragkit.prompting.conversation import Turn
from ragkit.store.store import Store
from ragkit.workspace import Workspace, open_workspace
from ragkit_apps.work import Work

# A local model answers one question at a time; more than these few would only wait in its queue.
_SLOTS = threading.BoundedSemaphore(4)
_PATIENCE = 0.5
_OPENING = threading.Lock()
_CHOSEN = "chosen-chat-model"
# In the address of the page, so that nobody may be able to guess it.
_TAB = "tab"
_MOST_TABS = 200


class Busy(RagkitError):
    """Too much is being done just now; the same may be asked for again in a moment."""


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """A question and what came of it; `work` while it is being answered, its state being the text so far.

    Without an answer, an error and work it was stopped before its end. `within` names the documents that it was asked
    of, if these are not all; `meanwhile` says how many had been read, if others were still being read.
    """

    question: str
    answer: Answer | None = None
    error: str = ""
    seconds: float = 0.0
    within: str = ""
    meanwhile: str = ""
    work: Work[str] | None = None

    @property
    def covers(self) -> list[str]:
        """Return what people should know of the documents it was asked of, a sentence each."""
        within = [f"Asked of: {self.within}"] if self.within else []
        return within + ([f"Asked while documents were being read: {self.meanwhile}"] if self.meanwhile else [])


Talk = list[Exchange]


def configured() -> Workspace:
    """Return the workspace of the settings; RAGKIT_CONFIG may name their file.

    Raises:
        ConfigError: the settings are wrong.
    """
    return open_workspace(config=load_config(config_file()))


def config_file() -> Path | None:
    """Return the settings file that RAGKIT_CONFIG names, if it does."""
    named = os.environ.get("RAGKIT_CONFIG")
    return Path(named) if named else None


@cache
def profile(name: str) -> Profile:
    """Return one of the profiles that come with ragkit, read once a process.

    Raises:
        ConfigError: there is none of this name.
    """
    return load_profile(name)


@st.cache_resource(show_spinner=False)
def workspace(_open: Callable[[], Workspace]) -> Workspace:
    """Return the workspace of this process: made by the first session that asks, shared by all."""
    opened = _open()
    # The models are loaded and the store is read while the first question is being typed.
    prepare_in_background(lambda: _prepare(opened))
    return opened


def _prepare(opened: Workspace) -> None:
    store(opened)
    opened.prepare()


def store(opened: Workspace) -> Store:
    """Return the store, opened once however many sessions come at the same time.

    Raises:
        StoreError: nothing was ingested yet, or the store does not fit the embedder.
        ModelUnavailable: the embedder is not there.
    """
    with _OPENING:
        return opened.store


def assistant(opened: Workspace, name: str) -> Assistant:
    """Return an assistant that answers with the chat model of this session.

    Raises:
        ModelUnavailable: the model is not there.
        StoreError: there is no store that it could read.
    """
    store(opened)
    chat = engine(opened)
    with _OPENING:
        return opened.assistant(name, engine=chat)


def engine(opened: Workspace) -> ChatEngine:
    """Return the chat model of this session: the one that was chosen here, else that of the settings.

    Raises:
        ModelUnavailable: it is not there.
    """
    model = chosen()
    return _engine(opened, model) if model else opened.engine


def chosen() -> str:
    """Return the model string that this session chose; empty if it takes what the settings say."""
    return str(st.session_state.get(_CHOSEN, ""))


def choose(model: str) -> None:
    """Let this session, and no other, answer with a model."""
    st.session_state[_CHOSEN] = model


def resume() -> None:
    """Give this session the conversations of the tab that was loaded anew: its address names them."""
    tab = str(st.session_state.get(_TAB) or st.query_params.get(_TAB, ""))
    if tab in _tabs():
        st.session_state[_TAB] = tab
        # Another page has an address of its own.
        if st.query_params.get(_TAB) != tab:
            st.query_params[_TAB] = tab


def conversation(name: str) -> Talk:
    """Return this session's conversation with an assistant, oldest first; append to it, and `keep` it then."""
    if _talk(name) not in st.session_state:
        kept = _kept(name)
        st.session_state[_talk(name)] = kept[-1] if kept else []
    talk: Talk = st.session_state[_talk(name)]
    return talk


def converse(name: str, talk: Talk) -> None:
    """Go on with a conversation; an empty one is a new one."""
    st.session_state[_talk(name)] = talk


def keep(name: str, talk: Talk) -> None:
    """Let the tab find a conversation again, as its last one, as long as this process runs. Nothing is written."""
    tabs, tab = _tabs(), str(st.session_state.setdefault(_TAB, secrets.token_urlsafe(16)))
    others = [each for each in _kept(name) if each is not talk]
    tabs[tab] = {**tabs.pop(tab, {}), name: [*others, talk]}
    for oldest in list(tabs)[:-_MOST_TABS]:
        del tabs[oldest]
    resume()


def earlier(name: str) -> list[Talk]:
    """Return the other conversations of this tab with an assistant, newest first."""
    current = conversation(name)
    return [talk for talk in reversed(_kept(name)) if talk is not current]


def history(talk: Talk) -> list[Turn]:
    """Return the turns that an assistant should know of."""
    return [turn_of(one.answer) for one in talk if one.answer]


def _talk(name: str) -> str:
    return f"conversation-{name}"


def _kept(name: str) -> list[Talk]:
    return _tabs().get(str(st.session_state.get(_TAB, "")), {}).get(name, [])


@st.cache_resource(show_spinner=False)
def _tabs() -> dict[str, dict[str, list[Talk]]]:
    """The conversations of every tab by assistant, those that were used last at the end."""
    return {}


@contextmanager
def turn() -> Iterator[Callable[[], float]]:
    """Hold one of the few places in which questions are answered; the value tells the seconds since then.

    Raises:
        Busy: all of them are taken.
    """
    if not _SLOTS.acquire(timeout=_PATIENCE):
        raise Busy("All places are taken: other questions are being answered. Ask again in a moment.")
    started = time.monotonic()
    try:
        yield lambda: time.monotonic() - started
    finally:
        _SLOTS.release()


# A model in this process takes gigabytes: sessions that choose the same one share it, and the oldest go.
@st.cache_resource(show_spinner=False, max_entries=3)
def _engine(_opened: Workspace, model: str) -> ChatEngine:
    return wiring.chat_engine(model, _opened.config, embedder=lambda: _opened.embedder)
