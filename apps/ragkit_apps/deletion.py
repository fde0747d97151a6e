"""A dialog that asks before a stored document is deleted, and says what that means."""

import streamlit as st

from ragkit.store.catalog.records import Summary
from ragkit.workspace import Workspace
from ragkit_apps import notices, sources
from ragkit_apps.markup import escape, small

_COMES_BACK = (
    "The file itself is not touched, because it belongs to a folder or a site of yours. At the next update of that "
    "source the document comes back. To be rid of it, delete or exclude it there."
)


@st.dialog("Delete this document?")
def confirm(opened: Workspace, row: Summary) -> None:
    """Ask, and delete on the answer; the page is drawn anew then."""
    st.html(f'<div class="rk-title">{escape(row.title or row.uri)}</div>{small(row.uri)}')
    if sources.is_upload(row.source):
        notices.show("The uploaded file is deleted too. This can't be undone.", tone="warning")
    else:
        notices.show(_COMES_BACK)
    with notices.shown():
        if st.button("Delete", key="confirm-delete", type="primary"):
            sources.discard(row.source, [row.uri], opened)
            st.rerun()
