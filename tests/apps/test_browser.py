"""The pages in a real browser."""

from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from tests.apps.browsing import QUESTION, QUOTE, Browser, ask, go, marks, upload
from tests.apps.screens import BURNS, REFUNDS
from tests.hostile import OUTPUTS

pytestmark = marks


def test_an_uploaded_document_answers_and_its_citation_opens_at_the_words(page: Page, browser: Browser) -> None:
    upload(page, browser, "refunds.md", REFUNDS)
    browser.picture(page, "documents")
    go(page, browser)
    ask(page, QUESTION)
    expect(page.locator(".rk-answer")).to_have_count(1)
    expect(page.locator(".rk-answer")).to_contain_text("A refund takes five working days")
    # Broken on purpose: `:focus` alone instead of `:is(:hover, :focus)` in style.css.
    expect(page.locator(".rk-card").first).to_be_hidden()
    page.locator(".rk-chip").first.hover()
    expect(page.locator(".rk-card").first).to_contain_text(QUOTE)
    expect(page.locator(".rk-card").first).to_be_visible()
    browser.picture(page, "answer")
    # Broken on purpose: without `button.ariaLabel` in behaviour.html.
    page.get_by_role("button", name="Open the passage: 1 Refunds > How long it takes", exact=True).click()
    expect(page.get_by_role("dialog").locator("mark")).to_have_text(QUOTE)
    browser.picture(page, "citation")
    page.reload()
    expect(page.locator(".rk-answer")).to_contain_text("A refund takes five working days")
    expect(page.get_by_role("button", name="Stop")).to_have_count(0)
    assert browser.outside == []


def test_a_small_number_opens_its_passage_by_mouse_and_by_key(page: Page, browser: Browser) -> None:
    upload(page, browser, "refunds.md", REFUNDS)
    go(page, browser)
    ask(page, QUESTION)
    number, dialog = page.get_by_role("button", name="Source 1: word for word"), page.get_by_role("dialog")
    # Broken on purpose: without the listener of clicks that calls `openPassage` in behaviour.html.
    number.click()
    expect(dialog.locator("mark")).to_have_text(QUOTE)
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_have_count(0)
    number.press("Enter")
    expect(dialog.locator("mark")).to_have_text(QUOTE)


def test_a_dark_page_is_printed_black_on_white(phone: Page, browser: Browser) -> None:
    upload(phone, browser, "burns.md", BURNS)
    go(phone, browser, "triage")
    ask(phone, "My dad has crushing chest pain")
    phone.emulate_media(media="print")
    # Broken on purpose: `.stApp *` left out of what is printed in style.css.
    for shown in (phone.locator(".rk-question"), phone.locator(".rk-emergency-line a").first):
        expect(shown).to_have_css("color", "rgb(0, 0, 0)")
    expect(phone.locator(".stApp")).to_have_css("background-color", "rgb(255, 255, 255)")
    browser.picture(phone, "printed")


def test_on_paper_a_source_has_its_path(page: Page, browser: Browser) -> None:
    upload(page, browser, "refunds.md", REFUNDS)
    go(page, browser)
    ask(page, QUESTION)
    path = "title => getComputedStyle(title, '::after').content"
    title = page.locator(".rk-source .rk-title").first
    assert title.evaluate(path) == "none"
    page.emulate_media(media="print")
    # Broken on purpose: without `data-path` in citations.py it is " ()".
    assert "refunds.md" in title.evaluate(path)
    browser.picture(page, "sources-on-paper")


def test_one_press_copies_an_answer_as_a_text_and_with_its_form(page: Page, browser: Browser) -> None:
    upload(page, browser, "refunds.md", REFUNDS)
    go(page, browser)
    ask(page, QUESTION)
    page.context.grant_permissions(["clipboard-read"])
    page.get_by_role("button", name="Copy").click()
    # Broken on purpose: without the listener of clicks in behaviour.html.
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    kinds = {
        "text/plain": f"{QUOTE[:-1]} [1].\n\n[1] Refunds > How",
        "text/html": f"<p>{QUOTE[:-1]} [1].</p><p> [1] Ref",
    }
    for kind, beginning in kinds.items():
        read = f"navigator.clipboard.read().then(([one]) => one.getType('{kind}')).then((one) => one.text())"
        assert beginning in page.evaluate(read)


def test_a_link_brings_a_question_and_going_back_leaves_the_pages(page: Page, browser: Browser) -> None:
    upload(page, browser, "refunds.md", REFUNDS)
    page.goto("about:blank")
    go(page, browser, f"support?ask={quote(QUESTION)}")
    expect(page.get_by_placeholder("Ask a question")).to_have_value(QUESTION)
    # Nobody who leads others here may ask in their name.
    expect(page.locator(".rk-question")).to_have_count(0)
    ask(page, QUESTION)
    assert "tab=" in page.url
    page.go_back()
    # Broken on purpose: without `history.pushState` in behaviour.html it stays on the page.
    assert page.url == "about:blank"


def test_what_a_model_writes_fetches_nothing_and_hides_nothing(page: Page, browser: Browser) -> None:
    assert len(OUTPUTS) >= 120
    upload(page, browser, "refunds.md", REFUNDS)
    go(page, browser)
    ask(page, "How long does a hostile refund take?")
    answer = page.locator(".rk-answer")
    expect(answer).to_have_count(1)
    expect(answer).to_contain_text("! [status] (http ://203.0.113.7/a.png)")
    assert answer.locator("a, img, svg, iframe, style, meta, link, script, object, embed, form").count() == 0
    browser.picture(page, "hostile")
    page.wait_for_timeout(1000)
    assert browser.outside == []


def test_the_emergency_number_stays_in_sight_on_a_phone(phone: Page, browser: Browser) -> None:
    upload(phone, browser, "burns.md", BURNS)
    go(phone, browser, "triage")
    for number in range(3):
        ask(phone, f"My dad has crushing chest pain, I ask {number + 1} times")
    # Broken on purpose: without `scrollIntoView` in behaviour.html.
    expect(phone.locator(".rk-question").last).to_be_in_viewport(ratio=1)
    phone.locator(".rk-small").last.scroll_into_view_if_needed()
    expect(phone.locator(".rk-question").first).not_to_be_in_viewport()
    browser.picture(phone, "emergency")
    expect(phone.locator(".rk-emergency-line")).to_be_in_viewport(ratio=0.9)
    expect(phone.locator(".rk-refusal.rk-emergency").last).to_contain_text("Call 999 now")
    assert browser.outside == []


def test_a_document_is_deleted_after_a_question(page: Page, browser: Browser) -> None:
    upload(page, browser, "gone.md", "# Gone\n\nThese words go away.")
    page.get_by_label("Search titles, paths and sources").fill("gone.md")
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 of ").first).to_be_visible()
    page.get_by_test_id("stDataFrame").click(position={"x": 16, "y": 52})
    page.get_by_role("button", name="Delete").click()
    browser.picture(page, "delete")
    page.get_by_role("dialog").get_by_role("button", name="Delete").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="0 of ")).to_be_visible()
    # Broken on purpose: without the field's name in behaviour.html the focus goes to the beginning of the page.
    expect(page.get_by_label("Search titles, paths and sources")).to_be_focused()


def test_a_link_to_a_page_opens_that_page(page: Page, browser: Browser) -> None:
    pages = {
        "support": "Customer support",
        "triage": "Health guidance",
        "documents": "Documents",
        "settings": "Settings & health",
    }
    for path, title in pages.items():
        go(page, browser, path)
        expect(page.locator(".rk-page-title")).to_have_text(title)
        # Broken on purpose: the second `set_page_config` left out of main.py.
        expect(page).to_have_title(f"{title} · ragkit")
        # Broken on purpose: `by_name = False` in main.py marks no line of the menu at /support.
        expect(page.get_by_test_id("stSidebarNavLink").and_(page.locator("[aria-current]"))).to_contain_text(title)


def test_nobody_else_can_connect(root: str) -> None:
    port = int(root.rpartition(":")[2])
    listening = [
        line.split()[1]
        for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
        if table.exists()
        for line in table.read_text().splitlines()[1:]
        if line.split()[3] == "0A" and line.split()[1].endswith(f":{port:04X}")
    ]
    if not listening:
        pytest.skip("this system has no /proc/net/tcp to look at")
    assert listening == [f"0100007F:{port:04X}"]
