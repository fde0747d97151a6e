"""A dialog in which a stored document is read, a section at a time."""

from pathlib import PurePosixPath

import streamlit as st

from ragkit.documents import Document, Section
from ragkit.workspace import Workspace
from ragkit_apps import notices, session, sources
from ragkit_apps.markup import escape, small

_WHOLE = -1


@st.dialog("Document", width="medium")
def read(opened: Workspace, document_id: str) -> None:
    """Show a document with its sections to choose from."""
    store = session.store(opened)
    document = store.document(document_id, viewer=store.owner)
    if document is None:
        notices.show("This document is not there any more.", tone="warning")
        return
    st.html(f'<div class="rk-heading">{escape(document.title or document.uri)}</div>{small(_facts(document))}')
    offer_file(opened, document)
    choices = [_WHOLE, *range(len(document.sections))]
    chosen = st.selectbox("Section", choices, format_func=lambda number: _label(document, number), key="section")
    section = document.sections[chosen] if chosen != _WHOLE else None
    text = document.text[section.start : section.end] if section else document.text
    st.html(f'<div class="rk-passage">{escape(text)}</div>')


def offer_file(opened: Workspace, document: Document) -> None:
    """Offer the file that a document was read from, with its pages and pictures as they are."""
    if body := sources.original(document, opened):
        name, kind = PurePosixPath(document.uri).name, document.media_type
        st.download_button("Download the file", body, name, kind, on_click="ignore", type="tertiary", key="file")


def _label(document: Document, number: int) -> str:
    if number == _WHOLE:
        return "Whole document"
    section = document.sections[number]
    return f"{number + 1}. {_name(section)}"


def _name(section: Section) -> str:
    page = f"page {section.page}" if section.page else ""
    return ", ".join(part for part in (section.heading or "Without heading", page) if part)


def _facts(document: Document) -> str:
    changed = f"last changed {document.updated_at:%d %B %Y}" if document.updated_at else ""
    facts = [document.uri, document.media_type, f"{len(document.text):,} characters", changed]
    return " · ".join(fact for fact in facts if fact)
