"""Whether an answer was good: a line of buttons below each answer that is on record."""

import streamlit as st

from ragkit.answer import Answer
from ragkit.workspace import Workspace
from ragkit_apps import notices
from ragkit_apps.markup import small

_MOST = 500


def show(opened: Workspace, answer: Answer | None, *, key: str) -> None:
    """Ask for a rating and write it into the record; once there is one, ask what was wrong if it was bad."""
    if answer is None or not answer.record:
        return
    record, say = answer.record, answer.messages
    given = f"rated-{record}"
    with notices.shown(), st.container(horizontal=True, width="content", key=f"rating-{key}"):
        if given not in st.session_state:
            st.button(say.good, type="tertiary", key=f"good-{key}", on_click=_rate, args=(opened, record, 1))
            st.button(say.bad, type="tertiary", key=f"bad-{key}", on_click=_rate, args=(opened, record, -1))
        elif st.session_state[given] == -1:
            note = st.text_input(say.bad_how, max_chars=_MOST, key=f"note-{key}")
            if note:
                _rate(opened, record, 0, note)
        if st.session_state.get(given) in (0, 1):
            st.html(small(say.rated))


def _rate(opened: Workspace, record: str, rating: int, note: str = "") -> None:
    with notices.shown():
        opened.rate(record, good=rating == 1, note=note)
        st.session_state[f"rated-{record}"] = rating
