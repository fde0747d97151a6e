"""The page Documents: bring documents in, see what is there, take documents out."""

from collections.abc import Sequence

import streamlit as st

from ragkit.connector import Connector
from ragkit.profile import installed_profiles
from ragkit.store.catalog.records import Summary
from ragkit.store.store import Store
from ragkit.text.plural import counted
from ragkit.workspace import Workspace
from ragkit_apps import deletion, notices, progress, reader, scope, session, sources
from ragkit_apps.markup import escape, small
from ragkit_apps.progress import Ingesting
from ragkit_apps.sources import Upload

_REPORT = "ingest-report"
_REFUSED = "refused-names"
_SHOWN = "documents-shown"
_TABLE = "document-table"
_SELECT = "Select one to read it, or some to delete them; without a mouse by Shift and Space."
# In pixels: together as wide as the page.
_COLUMNS = {"Title": 215, "Path or address": 210, "Source": 95, "Read by": 70, "Chunks": 65, "Indexed": 140}


def show(opened: Workspace, *, local: bool = True) -> None:
    """Show the page. Unless the pages are `local`, no path of the server's disk can be added."""
    st.html('<h1 class="rk-page-title">Documents</h1>')
    above = st.container()
    with above:
        # Emptied at once: what was reported would stay on the page until what is being read now is over.
        place = st.empty()
    if _REPORT in st.session_state:
        with notices.shown(), place.container():
            _last_report(opened)
    # A store that can't be opened can't be added to either.
    store = session.store(opened) if opened.exists else None
    with notices.shown():
        upload, other = st.tabs(["Upload files", "Add a folder or an address"])
        with upload:
            _upload_form(opened)
        with other:
            _place_form(opened, local=local)
    with notices.shown():
        if store:
            _indexed(opened, store)
            _failures(opened, store)
            _updates(opened, store)
        else:
            notices.show("Upload files above, or load the samples on an assistant's page.", title="No documents yet")
            notices.show_place(opened)
    with above:
        if over := progress.watch(opened):
            st.session_state[_REPORT] = over
            # The tables below are brought up to date.
            st.rerun()


def _upload_form(opened: Workspace) -> None:
    with st.form("upload", clear_on_submit=True, border=False):
        files = st.file_uploader("Files", accept_multiple_files=True, key="upload-files")
        owner = _owner("upload-owner")
        st.html(small("A file of the same name replaces the earlier one. What a file is, its content decides."))
        pressed = st.form_submit_button("Add documents", type="primary", disabled=progress.busy(opened))
    if pressed and files:
        received = [Upload(name=file.name, body=file.getvalue()) for file in files]
        st.session_state[_REFUSED] = sources.keep(received, owner, opened)
        _start(opened, sources.uploads(owner, opened), retry=True)
    elif pressed:
        notices.show("Choose one or more files first.", tone="warning")


def _place_form(opened: Workspace, *, local: bool) -> None:
    if not local:
        notices.show("Turned off, because these pages can be reached from other machines. Use: ragkit ingest")
        return
    with st.form("place", border=False):
        target = st.text_input("Folder, file or web address", placeholder="~/contracts  or  https://example.org/help")
        owner = _owner("place-owner")
        st.html(small("Folders are read with everything below them. Update them again whenever they change."))
        pressed = st.form_submit_button("Add", type="primary", disabled=progress.busy(opened))
    if pressed:
        _start(opened, sources.added(target, owner, opened))


def _owner(key: str) -> str:
    names = {"": "All assistants"} | {name: session.profile(name).title for name in installed_profiles()}
    return str(st.selectbox("Read by", list(names), format_func=names.__getitem__, key=key))


def _last_report(opened: Workspace) -> None:
    over: Ingesting = st.session_state.pop(_REPORT)
    over.show()
    if not over.report:
        # It stays with its button: of a source that is not in the store yet, nothing else on the page reads the rest.
        st.session_state[_REPORT] = over
        if sources.is_upload(over.source):
            st.html(small("The uploaded files are kept."))
        _run_again("Read again" if over.error else "Read the rest", over.source, opened, retry=True)
    if refused := st.session_state.pop(_REFUSED, []):
        names = ", ".join(refused)
        notices.show(f"{names}: hidden or temporary names are not read. Rename and upload again.", tone="warning")


def _indexed(opened: Workspace, store: Store) -> None:
    st.html('<h2 class="rk-section-title">What is indexed</h2>')
    found = store.documents(viewer=store.owner)
    wanted = st.text_input("Search titles, paths and sources", key="document-search")
    rows = [row for row in found if scope.named(row, wanted)]
    counts = f"{len(rows)} of {counted(len(found), 'document')}."
    # Read out when it changes, which a search or a deletion does.
    st.html(f'<div role="status">{small(f"{counts} {_SELECT}")}</div>')
    if not rows:
        return
    _select_none_of_others(rows)
    picked = st.dataframe(
        [_cells(row) for row in rows],
        hide_index=True,
        key=_TABLE,
        on_select="rerun",
        selection_mode="multi-row",
        column_config={name: st.column_config.Column(width=width) for name, width in _COLUMNS.items()},
    )
    chosen = [rows[number] for number in picked["selection"]["rows"] if number < len(rows)]
    if chosen:
        _chosen(opened, chosen)


def _select_none_of_others(rows: Sequence[Summary]) -> None:
    """Take the selection away when the table comes to show other rows: what is selected are numbers of rows."""
    shown = [row.id for row in rows]
    if st.session_state.get(_SHOWN, shown) != shown:
        st.session_state[_TABLE] = {"selection": {"rows": [], "columns": [], "cells": []}}
    st.session_state[_SHOWN] = shown


def _cells(row: Summary) -> dict[str, str | int]:
    owner, name = sources.split(row.source)
    when = row.indexed_at.replace("T", " ")[:16]
    values = (row.title or row.uri, row.uri, name, owner or "all", row.chunks, when)
    return dict(zip(_COLUMNS, values, strict=True))


def _chosen(opened: Workspace, rows: Sequence[Summary]) -> None:
    with st.container(border=True, key="chosen-document"):
        if len(rows) == 1:
            [row] = rows
            line = f"{row.uri} · {row.characters:,} characters · {counted(row.chunks, 'chunk')}"
            st.html(f'<div class="rk-title">{escape(row.title or row.uri)}</div>{small(line)}')
        else:
            st.html(f'<div class="rk-title">{len(rows):,} documents</div>')
        with st.container(horizontal=True):
            if len(rows) == 1 and st.button("Read", key="read-document", type="primary"):
                reader.read(opened, rows[0].id)
            if st.button("Delete", key="delete-document"):
                deletion.confirm(opened, *rows)


def _failures(opened: Workspace, store: Store) -> None:
    found = store.failures()
    if not found:
        return
    st.html(f'<h2 class="rk-section-title">Not read ({len(found)})</h2>')
    for source in dict.fromkeys(failure.source for failure in found):
        failed = tuple(failure for failure in found if failure.source == source)
        st.html(small(source))
        progress.show_failures(failed)
        with st.container(horizontal=True):
            _run_again("Try again", source, opened, retry=True)
            if sources.is_upload(source) and st.button("Remove these files", key=f"remove-{source}"):
                sources.discard(source, [failure.uri for failure in failed], opened)
                st.rerun()


def _updates(opened: Workspace, store: Store) -> None:
    known = store.sources()
    if not known:
        return
    st.html('<h2 class="rk-section-title">Sources</h2>')
    st.html(small("An update reads what is new or changed, and removes what is gone."))
    for source in known:
        with st.container(horizontal=True, vertical_alignment="center", key=f"source-{source}"):
            st.html(f'<div class="rk-source-name">{escape(source)}</div>')
            _run_again("Update", source, opened)


def _run_again(label: str, source: str, opened: Workspace, *, retry: bool = False) -> None:
    connector = sources.found(source, opened)
    if connector is None:
        st.html(small("Its name does not tell where it is. Run the ingest that made it again."))
    elif st.button(label, key=f"{label}-{source}", disabled=progress.busy(opened)):
        _start(opened, connector, retry=retry)


def _start(opened: Workspace, connector: Connector, *, retry: bool = False) -> None:
    progress.start(opened, connector, retry=retry)
    st.session_state.pop(_REPORT, None)
    # The buttons above were drawn as if nothing were being read.
    st.rerun()
