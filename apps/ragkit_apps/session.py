"""What the pages share: one workspace a process, and a conversation for each assistant of each session."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from ragkit import wiring
from ragkit.answer import Answer
from ragkit.assistant import Assistant
from ragkit.config_file import load_config
from ragkit.errors import RagkitError
from ragkit.followups import turn_of
from ragkit.models.chat.engine import ChatEngine, prepare_in_background
from ragkit.prompting.conversation import Turn
from ragkit.store.store import Store
from ragkit.workspace import Workspace, open_workspace

# A local model answers one question at a time; more than these few would only wait in its queue.
_SLOTS = threading.BoundedSemaphore(4)
_PATIENCE = 0.5
_OPENING = threading.Lock()
_CHOSEN = "chosen-chat-model"


class Busy(RagkitError):
    """Too many questions are being answered; the same one may be asked again in a moment."""


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """A question and what came of it. Without an answer and without an error it was stopped before its end."""

    question: str
    answer: Answer | None = None
    error: str = ""
    seconds: float = 0.0


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


@st.cache_resource(show_spinner=False)
def workspace(_open: Callable[[], Workspace]) -> Workspace:
    """Return the workspace of this process: made by the first session that asks, shared by all."""
    opened = _open()
    # The model is loaded while the first question is being typed.
    prepare_in_background(lambda: opened.engine)
    return opened


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


def conversation(name: str) -> list[Exchange]:
    """Return this session's conversation with an assistant, oldest first; append to it."""
    talk: list[Exchange] = st.session_state.setdefault(f"conversation-{name}", [])
    return talk


def history(talk: list[Exchange]) -> list[Turn]:
    """Return the turns that an assistant should know of."""
    return [turn_of(one.answer) for one in talk if one.answer]


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
