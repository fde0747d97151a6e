"""The pages without a mouse, enlarged, and after something failed, in a real browser."""

from playwright.sync_api import Page, expect

from tests.apps.browsing import QUESTION, QUOTE, Browser, ask, go, marks, upload
from tests.apps.screens import REFUNDS

pytestmark = marks


def test_a_turn_needs_no_mouse_and_the_focus_is_never_lost(page: Page, browser: Browser) -> None:
    upload(page, browser, "refunds.md", REFUNDS)
    go(page, browser)
    typed = page.get_by_placeholder("Ask a question")
    ask(page, QUESTION)
    expect(typed).to_be_focused()
    opening = page.get_by_role("button", name="Open the passage").first
    opening.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog").locator("mark")).to_have_text(QUOTE)
    page.keyboard.press("Escape")
    expect(opening).to_be_focused()
    # Broken on purpose: without `keepFocus()` in behaviour.html each of these leaves the focus nowhere.
    _press(page, "Bad answer")
    expect(page.get_by_label("What was wrong")).to_be_focused()
    _press(page, "Edit the question")
    expect(typed).to_be_focused()
    expect(typed).to_have_value(QUESTION)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Copy")).to_be_visible()
    _press(page, "New conversation")
    expect(typed).to_be_focused()
    _press(page, "Earlier")
    expect(page.get_by_role("dialog")).to_contain_text(QUESTION)
    _press(page, QUESTION)
    expect(page.locator(".rk-answer")).to_contain_text(QUOTE[:-1])


def _press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name).last.focus()
    page.keyboard.press("Enter")


def test_an_answer_that_failed_is_asked_for_again(page: Page, browser: Browser) -> None:
    upload(page, browser, "refunds.md", REFUNDS)
    go(page, browser)
    page.get_by_placeholder("Ask a question").fill("How long does a broken refund take?")
    page.keyboard.press("Enter")
    expect(page.get_by_text("RuntimeError")).to_be_visible()
    page.get_by_role("button", name="Ask again").click()
    # Broken on purpose: `_outcome` of chat.py without `st.rerun`, an IndexError that AppTest doesn't come upon.
    page.wait_for_timeout(2000)
    expect(page.get_by_text("RuntimeError")).to_be_visible()
    expect(page.locator(".stException")).to_have_count(0)
    expect(page.locator(".rk-question")).to_have_count(1)


def test_an_enlarged_page_is_read_and_its_sources_opened(enlarged: Page, browser: Browser) -> None:
    upload(enlarged, browser, "refunds.md", REFUNDS)
    go(enlarged, browser)
    ask(enlarged, QUESTION)
    # Broken on purpose: without the rules for a height of 25rem in style.css, what stays in place covers the button.
    expect(enlarged.locator(".rk-prose")).to_be_in_viewport()
    browser.picture(enlarged, "enlarged")
    enlarged.get_by_role("button", name="Open the passage").first.click(timeout=10_000)
    expect(enlarged.get_by_role("dialog").locator("mark")).to_have_text(QUOTE)
    main = enlarged.locator(".stMain")
    assert main.evaluate("main => main.scrollWidth === main.clientWidth")


def test_the_size_of_text_that_a_reader_chose_is_kept(large_text: Page, browser: Browser) -> None:
    go(large_text, browser)
    # Broken on purpose: without the rule for `html` in style.css it is 16px, as Streamlit says.
    expect(large_text.locator(".rk-notice")).to_have_css("font-size", "32px")
    line = large_text.get_by_test_id("stSidebarNavLink").filter(has_text="Contracts and policies")
    # Broken on purpose: without the rule for such lines in style.css it ends in three dots.
    assert line.evaluate("line => [...line.querySelectorAll('*')].every(one => one.scrollWidth <= one.clientWidth)")
    browser.picture(large_text, "large-text")
    assert large_text.locator(".stMain").evaluate("main => main.scrollWidth === main.clientWidth")
