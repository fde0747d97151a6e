"""A dialog that asks before stored documents are deleted, and says what that means."""

from collections.abc import Sequence

import streamlit as st

from ragkit.store.catalog.records import Summary
from ragkit.workspace import Workspace
from ragkit_apps import notices, sources
from ragkit_apps.markup import escape, small

_COMES_BACK = (
    "What belongs to a folder or a site of yours is not touched there. At the next update of that source the document "
    "comes back. To be rid of it, delete or exclude it there."
)
_NAMED = 10


@st.dialog("Delete?")
def confirm(opened: Workspace, *rows: Summary) -> None:
    """Ask, and delete on the answer; the page is drawn anew then."""
    _name(rows)
    if any(sources.is_upload(row.source) for row in rows):
        files = "file is" if len(rows) == 1 else "files are"
        notices.show(f"The uploaded {files} deleted too. This can't be undone.", tone="warning")
    if not all(sources.is_upload(row.source) for row in rows):
        notices.show(_COMES_BACK)
    with st.container(horizontal=True):
        wanted = st.button("Delete", key="confirm-delete", type="primary")
        left = st.button("Cancel", key="cancel-delete")
    with notices.shown():
        if wanted:
            for source in dict.fromkeys(row.source for row in rows):
                sources.discard(source, [row.uri for row in rows if row.source == source], opened)
        if wanted or left:
            st.rerun()


def _name(rows: Sequence[Summary]) -> None:
    if len(rows) == 1:
        st.html(f'<div class="rk-title">{escape(rows[0].title or rows[0].uri)}</div>{small(rows[0].uri)}')
    else:
        titles = ", ".join(row.title or row.uri for row in rows[:_NAMED])
        st.html(
            f'<div class="rk-title">{len(rows):,} documents</div>{small(titles + (" …" if len(rows) > _NAMED else ""))}'
        )
