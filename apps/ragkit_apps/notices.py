"""Messages to people: what went wrong and what to do, never a traceback."""

import logging
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import streamlit as st

from ragkit.errors import (
    ConfigError,
    ConnectorError,
    IndexMismatch,
    IndexUnavailable,
    MissingExtra,
    ModelTimeout,
    ModelUnavailable,
    RagkitError,
    StoreDamaged,
    StoreFull,
    StoreLocked,
)
from ragkit.text.redaction import redact
from ragkit.workspace import Workspace
from ragkit_apps.markup import Tone, callout, small

_LOG = logging.getLogger(__name__)
_FRAMES = 4

_TITLES: dict[type[RagkitError], str] = {
    StoreLocked: "The store is being written",
    StoreDamaged: "A part of the store is damaged",
    StoreFull: "The disk is full",
    IndexMismatch: "This store was built with other settings",
    IndexUnavailable: "The Chroma server does not answer",
    ModelUnavailable: "The model is not there",
    ModelTimeout: "The model did not answer in time",
    MissingExtra: "A part of ragkit is not installed",
    ConnectorError: "The source can't be read",
    ConfigError: "This can't be done",
}


def show(text: str, *, tone: Tone = "note", title: str = "") -> None:
    """Show a box. Text and title may come from anywhere."""
    st.html(callout(text, tone=tone, title=title))


def show_place(opened: Workspace) -> None:
    """Show where a store was looked for, if there is none: people who have one may have started in another folder."""
    if not opened.exists:
        place = opened.config.store.path.absolute()
        st.html(small(f"There is no store in {place}. If you have one elsewhere: ragkit ui --store FOLDER"))


def explain(error: BaseException) -> tuple[str, str]:
    """Return a title and a text for an error. What is not ours is named by its class: its words may hold secrets."""
    if not isinstance(error, RagkitError):
        return "Something failed inside ragkit", f"{type(error).__name__}. The server's log says where."
    title = next((title for kind, title in _TITLES.items() if isinstance(error, kind)), "That did not work")
    return title, redact(str(error)).text


@contextmanager
def caught(told: Callable[[Exception], None]) -> Iterator[None]:
    """Log what fails in the block, tell it, and go on after it."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - a request ends here: recorded by class, and shown
        log(error)
        told(error)


@contextmanager
def shown() -> Iterator[None]:
    """Show what fails in the block, and go on after it."""
    with caught(show_error):
        yield


def show_error(error: Exception) -> None:
    """Show what failed."""
    title, text = explain(error)
    show(text, tone="danger", title=title)


def log(error: BaseException) -> None:
    """Record an error that is not ours by its class and place; its words may hold secrets."""
    if isinstance(error, RagkitError):
        return
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    places = " < ".join(f"{frame.filename}:{frame.lineno}" for frame in reversed(frames))
    _LOG.error("%s at %s", type(error).__name__, places)
