"""A dialog in which a stored document is read, a section at a time."""

import streamlit as st

from ragkit.documents import Document, Section
from ragkit.store.store import Store
from ragkit_apps import notices
from ragkit_apps.markup import escape, small

_WHOLE = -1


@st.dialog("Document", width="medium")
def read(store: Store, document_id: str) -> None:
    """Show a document with its sections to choose from."""
    document = store.document(document_id, viewer=store.owner)
    if document is None:
        notices.show("This document is not there any more.", tone="warning")
        return
    st.html(f'<div class="rk-heading">{escape(document.title or document.uri)}</div>{small(_facts(document))}')
    choices = [_WHOLE, *range(len(document.sections))]
    chosen = st.selectbox("Section", choices, format_func=lambda number: _label(document, number), key="section")
    section = document.sections[chosen] if chosen != _WHOLE else None
    text = document.text[section.start : section.end] if section else document.text
    st.html(f'<div class="rk-passage">{escape(text)}</div>')


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
