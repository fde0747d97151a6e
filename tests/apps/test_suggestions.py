from pathlib import Path

from ragkit.testing import ScriptedChat
from tests.apps.screens import ask, chat_page, filled_workspace, written

ANSWER = "A refund takes five working days [1]."


def test_a_suggestion_is_asked_at_a_click(folder: Path) -> None:
    # Broken on purpose: without `_suggestions(...)` in ragkit_apps/chat.py there is no button.
    page = ask(chat_page(filled_workspace(folder, ScriptedChat(ANSWER))), "How long does a refund take?")
    assert "You could ask next" in written(page)
    page.button(key="suggestion-support-1-0").click().run()
    assert not page.exception
    assert "Refunds: Who may ask" in written(page)


def test_without_a_suggestion_nothing_is_offered(folder: Path) -> None:
    page = ask(chat_page(filled_workspace(folder, ScriptedChat(ANSWER))), "Which whale sings deepest?")
    assert "You could ask next" not in written(page)
