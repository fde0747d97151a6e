import html
import re
from pathlib import Path
from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel
from streamlit.testing.v1 import AppTest

from ragkit.documents import Viewer
from ragkit.errors import ModelUnavailable
from ragkit.profile import load_profile
from ragkit.testing import MemoryConnector, ScriptedChat
from ragkit.workspace import Workspace
from ragkit_apps import session
from tests.apps.screens import (
    ANSWER,
    BURNS,
    REFUNDS,
    ask,
    chat_page,
    documents_page,
    empty_workspace,
    filled_workspace,
    html_of,
    labels,
    press,
    written,
)

ASSISTANTS = ("legal", "support", "triage")
QUESTION = "How long does a refund take?"
# Every tag that the pages may write.
TAGS = {"h1", "div", "p", "br", "ul", "ol", "li", "strong", "span", "sup", "blockquote", "mark", "details", "summary"}
HOSTILE = (
    "![x](http://203.0.113.7/leak.png)",
    "[click](http://203.0.113.7/)",
    "<img src=http://203.0.113.7/a.png onerror=alert(1)>",
    "<script>alert(1)</script><style>*{display:none}</style>",
    "[x]: http://203.0.113.7/b.png\n![y][x]",
    "<iframe src='javascript:alert(1)'></iframe>",
    "http://203.0.113.7/auto and www.example.org",
    ":material/home: :red[red] $\\href{http://203.0.113.7}{x}$",
)


def everything(page: AppTest) -> list[str]:
    """Return what a person reads and can press, from top to bottom."""
    return [
        str(getattr(element, "value", None) or getattr(element, "label", "")) for element in page.main if element.type
    ]


class Gone(BaseChatModel):
    """A chat model whose server went away."""

    @property
    def _llm_type(self) -> str:
        return "gone"

    def _generate(self, *_: Any, **__: Any) -> Any:
        raise ModelUnavailable("no Ollama answers. Run: ollama serve", model="gone")


class Broken(Gone):
    """A chat model that fails in a way that nobody foresaw, with a secret in its words."""

    def _generate(self, *_: Any, **__: Any) -> Any:
        raise RuntimeError("password=hunter2")


@pytest.mark.parametrize("name", ASSISTANTS)
@pytest.mark.parametrize("filled", [True, False])
def test_the_notice_stands_before_the_first_thing_to_press(folder: Path, name: str, filled: bool) -> None:
    page = chat_page(filled_workspace(folder) if filled else empty_workspace(folder), name)
    notice = html.escape(load_profile(name).notice)
    elements = everything(page)
    position = next(number for number, text in enumerate(elements) if notice in text)
    assert not set(labels(page)) & set(elements[:position])
    assert labels(page), "there is something to press after it"


@pytest.mark.parametrize("filled", [True, False])
def test_triage_always_shows_the_emergency_number_of_the_place(folder: Path, filled: bool) -> None:
    page = chat_page(filled_workspace(folder) if filled else empty_workspace(folder), "triage")
    assert 'In an emergency call <strong><a href="tel:999">999</a></strong>' in written(page)
    # Broken on purpose: `_call` of ragkit_apps.emergency without `replace`.
    assert '<a href="tel:116123">116 123</a>' in written(page)


def test_an_unknown_place_gets_a_text_that_is_true_everywhere(folder: Path) -> None:
    page = chat_page(empty_workspace(folder, locale=""), "triage")
    assert "your local emergency number (112 or 911 in many countries)" in written(page)


def test_an_example_is_asked_by_pressing_it(workspace: Workspace) -> None:
    page = press(chat_page(workspace), QUESTION)
    assert "<p>A refund takes five working days<sup" in written(page)
    assert QUESTION not in labels(page)


def test_a_citation_opens_at_exactly_its_words(workspace: Workspace) -> None:
    page = press(ask(chat_page(workspace), QUESTION), "Open the passage")
    passage = next(text for text in html_of(page) if "rk-passage" in text)
    before, marked, after = re.split(r'<mark class="rk-mark rk-cited">|</mark>', passage)
    assert marked == "A refund takes five working days."
    shown = html.unescape(re.sub(r"<[^>]+>", "", before)) + marked + html.unescape(re.sub(r"<[^>]+>", "", after))
    [summary] = [row for row in workspace.store.documents(viewer=Viewer.local()) if row.uri == "refunds.md"]
    document = workspace.store.document(summary.id, viewer=Viewer.local())
    assert document is not None
    assert shown == document.text


def test_a_number_tells_the_place_and_the_words_of_its_sentence(workspace: Workspace) -> None:
    page = ask(chat_page(workspace), QUESTION)
    [card] = re.findall(r'title="Source 1: word for word">1<span class="rk-card" title="">(.*?)</sup>', written(page))
    # Broken on purpose: `chip` without its card in `chips` of ragkit_apps.citations.
    assert re.sub(r"(<[^>]+>)+", "|", card) == (
        "|Refunds &gt; How long it takes|A refund takes five working days.|word for word|"
    )


def test_one_passage_is_quoted_once_and_opens_with_each_of_its_sentences_marked(folder: Path) -> None:
    # Broken on purpose: `spans[:1]` in `passage` of ragkit_apps.markup marks the first alone.
    workspace = filled_workspace(folder, ScriptedChat(f"{ANSWER} It goes back to the card that was charged [1]."))
    page = press(ask(chat_page(workspace), QUESTION), "Open the passage")
    assert re.findall(r'<mark class="rk-mark rk-cited">([^<]*)', written(page)) == [
        "A refund takes five working days.",
        "It goes back to the card that was charged.",
    ]
    assert labels(page).count("Open the passage") == 1


def test_a_long_document_can_be_unfolded_around_the_words(folder: Path) -> None:
    text = "Other words.\n\n" * 100 + REFUNDS + "Other words.\n\n" * 100
    workspace = filled_workspace(folder, ScriptedChat(ANSWER), {"support/help": {"long.md": text}})
    page = press(ask(chat_page(workspace), QUESTION), "Open the passage")
    assert "The text before it" in written(page)
    assert "The text after it" in written(page)


def test_a_document_that_changed_since_is_not_shown_at_the_wrong_place(workspace: Workspace) -> None:
    page = ask(chat_page(workspace), QUESTION)
    workspace.ingest(MemoryConnector({"refunds.md": "# Refunds\n\nWe never refund anything."}, name="support/help"))
    press(page, "Open the passage")
    assert "has changed or was removed since this answer" in written(page)
    assert '<mark class="rk-mark rk-cited">A refund takes five working days.</mark>' in written(page)


@pytest.mark.parametrize("reply", HOSTILE)
def test_nothing_that_a_model_writes_becomes_markup(folder: Path, reply: str) -> None:
    workspace = filled_workspace(folder, ScriptedChat(f"A refund takes five working days [1]. {reply}"))
    page = ask(chat_page(workspace), QUESTION)
    assert set(re.findall(r"</?([a-zA-Z][\w-]*)", written(page))) <= TAGS
    assert " href=" not in re.sub(r">[^<]*<", "><", written(page))
    assert [element for element in page.markdown if "203.0.113" in element.value] == []


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_that_a_document_says_becomes_markup(folder: Path, text: str) -> None:
    texts = {"support/help": {"refunds.md": f"# {text}\n\nA refund takes five working days. {text}\n"}}
    workspace = filled_workspace(folder, ScriptedChat(ANSWER), texts)
    page = press(ask(chat_page(workspace), QUESTION), "Open the passage")
    assert set(re.findall(r"</?([a-zA-Z][\w-]*)", written(page))) <= TAGS


def test_a_sentence_without_support_is_never_shown_as_a_source(folder: Path) -> None:
    reply = f"{ANSWER} A refund can be had by everyone on the moon [1]."
    page = ask(chat_page(filled_workspace(folder, ScriptedChat(reply))), QUESTION)
    sources, _, doubtful = written(page).partition("Not confirmed")
    assert "moon" not in sources.partition(">Sources<")[2]
    assert "not in this source" in doubtful
    assert 'rk-doubtful" title="Source 1: not in this source"' in sources


def test_an_answer_that_is_found_nowhere_comes_with_a_warning(folder: Path) -> None:
    chat = ScriptedChat("Refunds grow on trees in the garden of the moon.")
    page = ask(chat_page(filled_workspace(folder, chat)), QUESTION)
    assert "Not one sentence of this could be found" in written(page)


def test_an_invented_number_is_counted(folder: Path) -> None:
    page = ask(chat_page(filled_workspace(folder, ScriptedChat(f"{ANSWER} It is quick [9]."))), QUESTION)
    assert "the model cited [9], which no passage has" in written(page)
    assert 'rk-unknown" title="No passage has this number">9<' in written(page)


def test_a_question_that_the_documents_do_not_answer_gets_the_nearest_passages(folder: Path) -> None:
    page = ask(chat_page(filled_workspace(folder, ScriptedChat("NOT_FOUND"))), QUESTION)
    assert "Not in the documents" in written(page)
    assert page.expander[0].label.endswith("nearest passages")
    assert "rk-near" in written(press(page, "Open the passage"))


def test_an_emergency_is_told_before_any_model_is_asked(folder: Path) -> None:
    chat = ScriptedChat("Have a tea [1].")
    page = ask(chat_page(filled_workspace(folder, chat), "triage"), "My dad has crushing chest pain")
    assert 'class="rk-refusal rk-emergency"' in written(page)
    assert "Call 999 now" in written(page)
    assert chat.asked == []


def test_whoever_asks_for_a_person_is_handed_over(workspace: Workspace) -> None:
    page = ask(chat_page(workspace), "I want to talk to a human")
    assert "A person takes over" in written(page)


def test_an_empty_store_offers_the_samples_and_then_the_conversation(folder: Path) -> None:
    page = chat_page(empty_workspace(folder), "triage")
    assert labels(page) == ["Load the sample documents"]
    assert not page.chat_input
    press(page, "Load the sample documents")
    assert "Done" in written(page), "docx and pdf are no text to the parser of this test, and are reported"
    assert page.run().chat_input


def test_samples_of_one_assistant_leave_the_others_without_documents(folder: Path) -> None:
    workspace = filled_workspace(folder, texts={"triage/help": {"burns.md": BURNS}})
    assert chat_page(workspace, "triage").chat_input
    assert labels(chat_page(workspace, "legal")) == ["Load the sample documents"]


def test_without_a_language_model_the_page_says_how_to_get_one(folder: Path) -> None:
    assert "ragkit models pull" in written(chat_page(filled_workspace(folder)))


def test_where_there_is_no_store_the_pages_say_where_they_looked(folder: Path) -> None:
    # Broken on purpose: `show_place` left out of chat.py, and of documents.py.
    told = f"There is no store in {folder}. If you have one elsewhere: ragkit ui --store FOLDER"
    assert told in written(chat_page(empty_workspace(folder)))
    assert told in written(documents_page(empty_workspace(folder)))


def test_a_store_that_somebody_writes_is_told_not_thrown(folder: Path) -> None:
    writer = filled_workspace(folder, texts={"triage/help": {"burns.md": BURNS}})
    page = chat_page(empty_workspace(folder), "legal")
    with writer.store.writing():
        press(page, "Load the sample documents")
    assert "The store is being written" in written(page)
    assert not page.exception


@pytest.mark.parametrize("question", ["x" * 4001, "   "])
def test_a_question_that_is_too_long_or_empty_is_explained(workspace: Workspace, question: str) -> None:
    page = ask(chat_page(workspace), question)
    assert "No answer" in written(page)
    assert not page.exception


def test_a_model_that_went_away_is_explained_and_can_be_asked_again(folder: Path) -> None:
    page = ask(chat_page(filled_workspace(folder, Gone())), QUESTION)
    assert "Run: ollama serve" in written(page)
    assert "Ask again" in labels(page)
    assert written(press(page, "Ask again")).count("rk-question") == 1


def test_an_unforeseen_error_shows_its_class_and_not_its_words(folder: Path) -> None:
    page = ask(chat_page(filled_workspace(folder, Broken())), QUESTION)
    assert "RuntimeError" in written(page)
    assert "hunter2" not in written(page)


def test_when_all_places_are_taken_the_page_says_so_at_once(workspace: Workspace) -> None:
    page = chat_page(workspace)
    with session.turn(), session.turn(), session.turn(), session.turn():
        assert "All places are taken" in written(ask(page, QUESTION))
    assert "five working days" in written(press(page, "Ask again"))


def test_a_question_that_was_stopped_can_be_asked_again(workspace: Workspace) -> None:
    page = chat_page(workspace)
    page.session_state["conversation-support"] = [session.Exchange(question=QUESTION)]
    assert "was stopped before it was answered" in written(page.run())
    assert "five working days" in written(press(page, "Ask again"))


def test_sessions_and_assistants_do_not_see_each_others_conversations(workspace: Workspace) -> None:
    ask(chat_page(workspace), "Does canary-one get a refund?")
    assert "canary-one" not in written(chat_page(workspace))
    assert "canary-one" not in written(chat_page(workspace, "legal"))


def test_a_new_conversation_forgets_the_old_one(workspace: Workspace) -> None:
    page = press(ask(chat_page(workspace), QUESTION), "New conversation")
    assert "rk-question" not in written(page)
    assert QUESTION in labels(page)


def test_a_follow_up_is_asked_with_the_turns_before_it(folder: Path) -> None:
    chat = ScriptedChat(ANSWER)
    page = ask(chat_page(filled_workspace(folder, chat)), QUESTION)
    ask(page, "Who may ask for a refund?")
    _, first, reply, second = [str(message.content) for message in chat.asked[1]]
    assert first.endswith(QUESTION)
    assert reply.strip() == ANSWER
    assert second.endswith("Who may ask for a refund?")
