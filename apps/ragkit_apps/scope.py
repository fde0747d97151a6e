"""Which sources and documents a conversation is about: all that its assistant reads, unless somebody chose some."""

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import streamlit as st

from ragkit.filters import And, Equals, Filter, In, Or
from ragkit.profile import readable
from ragkit.store.catalog.records import Summary
from ragkit.store.store import Store
from ragkit_apps.markup import small
from ragkit_apps.transcript import inert

_SHORT = 40
# Browsers are slow with lists of thousands.
_MOST = 500


@dataclass(frozen=True, kw_only=True)
class Scope:
    """What was chosen: whole sources by name, and documents."""

    sources: tuple[str, ...] = ()
    documents: tuple[Summary, ...] = ()

    @property
    def filter(self) -> Filter | None:
        """What a search is narrowed by; None if nothing was chosen."""
        sources = [Equals("source", name) for name in self.sources]
        documents = [And((Equals("source", one.source), Equals("uri", one.uri))) for one in self.documents]
        return Or((*sources, *documents)) if sources or documents else None

    @property
    def named(self) -> str:
        """What was chosen, for people; empty if nothing was."""
        return ", ".join([*self.sources, *(one.title or one.uri for one in self.documents)])


EVERYTHING = Scope()


def chosen(name: str) -> Scope:
    """Return what was chosen in this session for the assistant `name`."""
    found: Scope = st.session_state.get(_key(name), EVERYTHING)
    return found


def choose(store: Store, name: str) -> None:
    """Let people choose what the next questions are asked of."""
    label = inert(textwrap.shorten(chosen(name).named or "all documents", _SHORT, placeholder=" …"))
    if st.button(f"Search in: {label}", type="tertiary", key=f"{_key(name)}-open"):
        _ask(store, name)


@st.dialog("Search in", on_dismiss="rerun")
def _ask(store: Store, name: str) -> None:
    before, sources = chosen(name), readable(store.sources(), name)
    found = {row.id: row for row in store.documents(viewer=store.owner, where=In("source", tuple(sources)))}
    keys = (f"{_key(name)}-sources", f"{_key(name)}-documents")
    keep = partial(_choose, name, found, keys)
    st.html(small("If nothing is chosen, everything that this assistant reads is searched."))
    if len(sources) > 1:
        default = [source for source in before.sources if source in sources]
        st.multiselect("Sources", sources, default, key=keys[0], on_change=keep)
    wanted = st.text_input("Documents that have in their titles or paths") if len(found) > _MOST else ""
    default = [one.id for one in before.documents if one.id in found]
    offered = [each for each, row in found.items() if named(row, wanted)][:_MOST]
    titles = {each: row.title or row.uri for each, row in found.items()}
    st.multiselect(
        "Documents", dict.fromkeys([*default, *offered]), default, titles.__getitem__, keys[1], on_change=keep
    )


def named(row: Summary, wanted: str) -> bool:
    """Whether each of the words stands in a document's title, path or source."""
    names = f"{row.title}\n{row.uri}\n{row.source}".casefold()
    return all(word in names for word in wanted.casefold().split())


def _choose(name: str, found: Mapping[str, Summary], keys: tuple[str, str]) -> None:
    sources, documents = (st.session_state.get(key, []) for key in keys)
    st.session_state[_key(name)] = Scope(
        sources=tuple(sources), documents=tuple(found[each] for each in documents if each in found)
    )


def _key(name: str) -> str:
    return f"scope-{name}"
