"""A conversation about one of many things of a kind: the documents of a thing share its name as their title."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ragkit import Turn, Viewer
from ragkit.documents import Listing, Resource
from ragkit.retrieval.lexical import LexicalRetriever
from ragkit.retrieval.questions.condense import Subject, condense
from ragkit.store.store import Store
from ragkit.testing import MemoryConnector
from tests.workspaces import workspace

pytestmark = pytest.mark.timeout(60)

STAFF = frozenset({"staff"})
NAMES = {"meze": "Meze Bar", "nandos": "Nando's", "bar": "Bar", "vault": "Night Vault"} | {
    "rules": "House rules",
    "over": "Overview",
}
SAID = {"wine": "Yes, wine and beer are served.", "net": "There is fast internet for guests."}
TEXTS = {f"{key}/{what}": text for key in ("meze", "nandos", "bar", "vault", "over") for what, text in SAID.items()}


class Guide(MemoryConnector):
    """Two documents about each place, one about the house rules; those about the vault are for the staff."""

    def fetch(self, listing: Listing) -> Resource:
        key = listing.uri.split("/", maxsplit=1)[0]
        access = STAFF if key == "vault" else frozenset()
        return replace(super().fetch(listing), title=NAMES[key], media_type="text/plain", access=access)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with workspace(tmp_path_factory.mktemp("guide")) as opened:
        opened.ingest(Guide(TEXTS | {"rules/all": "House rules: no smoking."}))
        yield opened.store


@pytest.mark.parametrize(
    ("text", "about"),
    [
        ("How about the meze bar in the centre?", "Meze Bar"),
        ("The Meze Bar is full, but Nandos has a table.", "Nando's"),
        ("Nando\u2019s has one, the Bar has none.", "Bar"),
        ("The barber serves wine and has fast internet.", ""),
        ("What do the house rules say?", ""),
        ("See the overview.", ""),
        ("", ""),
    ],
)
def test_a_text_is_about_the_shared_title_that_it_names_last(store: Store, text: str, about: str) -> None:
    # Broken on purpose: `_SHARED = 1`, and the house rules are a subject; `min` for `max`, and the first name counts.
    assert Subject(words=LexicalRetriever(store), viewer=store.owner).of(text) == about


def test_a_title_that_the_viewer_may_not_read_is_no_subject(store: Store) -> None:
    # Broken on purpose: `viewer=Viewer.local()` in place of the viewer in `Subject.of`.
    words = LexicalRetriever(store)
    assert Subject(words=words, viewer=Viewer(groups=STAFF)).of("Try the Night Vault.") == "Night Vault"
    assert Subject(words=words, viewer=Viewer(groups=frozenset({"guest"}))).of("Try the Night Vault.") == ""


@pytest.mark.parametrize(
    ("question", "searched"),
    [
        ("Does the place serve wine at a fair price?", "Meze Bar Does the place serve wine at a fair price?"),
        ("Does Nandos serve wine at a fair price?", "Does Nandos serve wine at a fair price?"),
        ("May guests smoke by the House Rules?", "May guests smoke by the House Rules?"),
        ("And beer?", "Meze Bar And beer?"),
        ("Why?", "Meze Bar Is there wine? Why?"),
    ],
)
def test_a_question_that_names_nothing_is_about_the_last_subject(store: Store, question: str, searched: str) -> None:
    turns = [("Is Nandos open?", "No, take the Meze Bar."), ("Is there wine?", "Yes [1].")]
    subject = Subject(words=LexicalRetriever(store), viewer=store.owner)
    assert condense(question, turns, subject=subject) == searched


def test_what_was_said_long_ago_is_no_subject(store: Store) -> None:
    turns = [("Is Nandos open?", "No."), *[("Is it late?", "No.")] * 3]
    subject = Subject(words=LexicalRetriever(store), viewer=store.owner)
    assert condense("Does the place serve wine at a fair price?", turns, subject=subject).startswith("Does")


def test_an_assistant_searches_for_what_the_conversation_is_about(tmp_path: Path) -> None:
    # Broken on purpose: `words=` left out of `Pipeline.assistant`.
    with workspace(tmp_path) as opened:
        opened.ingest(Guide(TEXTS), name="support/guide")
        history = [Turn(question="A bar in the centre?", answer="The Meze Bar is in the centre.")]
        answer = opened.assistant("support").ask(
            "Does the place have fast internet for guests?", history=history, viewer=Viewer.local()
        )
    assert answer.query.startswith("Meze Bar ")
    assert answer.hits[0].chunk.uri == "meze/net"
