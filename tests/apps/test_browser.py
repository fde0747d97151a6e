"""The pages in a real browser. Set RAGKIT_SCREENSHOTS to a folder to keep the pictures."""

import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import quote

import httpx
import pytest
from playwright.sync_api import Page, expect, sync_playwright

from ragkit_apps import launch
from tests.apps.screens import BURNS, REFUNDS
from tests.hostile import OUTPUTS

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Read before the fixture of all tests takes such settings away.
SCREENSHOTS = os.environ.get("RAGKIT_SCREENSHOTS", "")
QUESTION = "How long does a refund take?"
QUOTE = "A refund takes five working days."
PATIENCE = 60_000

_SCRIPT = """
import json
from pathlib import Path
from ragkit import Config, open_workspace
from ragkit.testing import ScriptedChat, WordEmbeddings
from ragkit_apps.main import run

class Chat(ScriptedChat):
    def _next(self, messages):
        hostile = json.loads(Path("hostile.json").read_text(encoding="utf-8"))
        return "A refund takes five working days [1]. " + (hostile if "hostile" in str(messages[-1].content) else "")

config = Config(assistant={"locale": "en-GB"}, models={"url": "http://127.0.0.1:9"})
run(lambda: open_workspace("store", config=config, embedding=WordEmbeddings(), chat=Chat("")))
"""

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(300),
    pytest.mark.skipif(not CHROMIUM.exists(), reason="there is no Chromium. Run: apt-get install chromium"),
]


@dataclass(kw_only=True)
class Browser:
    """Opens the pages and remembers every address that a page asked for."""

    root: str
    pictures: Path
    asked: list[str] = field(default_factory=list)

    @property
    def outside(self) -> list[str]:
        own = (self.root, self.root.replace("http", "ws"), "data:", "blob:")
        return [url for url in self.asked if not url.startswith(own)]

    def picture(self, page: Page, name: str) -> None:
        page.screenshot(path=self.pictures / f"{name}.png")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the running pages, over a store into which the help was uploaded."""
    home = tmp_path_factory.mktemp("pages")
    script = home / "pages.py"
    script.write_text(_SCRIPT, encoding="utf-8")
    (home / "hostile.json").write_text(json.dumps("\n\n".join(OUTPUTS)), encoding="utf-8")
    port = free_port()
    with (home / "log").open("w") as log:
        server = subprocess.Popen(launch.command(port, script=script), cwd=home, stdout=log, stderr=log)
        try:
            _wait_for(f"http://127.0.0.1:{port}/_stcore/health", server, home / "log")
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(20)


def _wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(300):
        try:
            if httpx.get(url, trust_env=False).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.2)
        assert server.poll() is None, log.read_text()
    pytest.fail(f"the pages did not start: {log.read_text()}")


@pytest.fixture
def browser(root: str, tmp_path: Path) -> Browser:
    pictures = Path(SCREENSHOTS) if SCREENSHOTS else tmp_path
    pictures.mkdir(parents=True, exist_ok=True)
    return Browser(root=root, pictures=pictures)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    yield from _opened(browser, width=1280, height=900, scheme="light")


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    yield from _opened(browser, width=390, height=844, scheme="dark")


def _opened(browser: Browser, *, width: int, height: int, scheme: Literal["light", "dark"]) -> Iterator[Page]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        context = chromium.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
        context.on("request", lambda request: browser.asked.append(request.url))
        opened = context.new_page()
        opened.set_default_timeout(PATIENCE)
        expect.set_options(timeout=PATIENCE)
        yield opened
        chromium.close()


def go(page: Page, browser: Browser, path: str = "") -> None:
    page.goto(f"{browser.root}/{path}")
    page.wait_for_selector(".rk-page-title")


def upload(page: Page, browser: Browser, name: str, text: str) -> None:
    go(page, browser, "documents")
    page.locator("input[type=file]").first.set_input_files(
        {"name": name, "mimeType": "text/markdown", "buffer": text.encode()}
    )
    # The table below may name it, too.
    expect(page.get_by_text(name).first).to_be_visible()
    page.get_by_role("button", name="Add documents").click()
    expect(page.locator(".rk-callout").first).to_contain_text("0 failed")


def ask(page: Page, question: str) -> None:
    page.get_by_placeholder("Ask a question").fill(question)
    page.keyboard.press("Enter")
    expect(page.locator(".rk-question").last).to_have_text(question)
    expect(page.locator(".rk-small").last).to_contain_text("AI system")
    # While Streamlit draws the page anew, what it drew before may stand beside it.
    expect(page.locator(".rk-question").filter(has_text=question)).to_have_count(1)


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
    page.get_by_role("button", name="Open the passage").first.click()
    expect(page.get_by_role("dialog").locator("mark")).to_have_text(QUOTE)
    browser.picture(page, "citation")
    page.reload()
    expect(page.locator(".rk-answer")).to_contain_text("A refund takes five working days")
    expect(page.get_by_role("button", name="Stop")).to_have_count(0)
    assert browser.outside == []


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
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("0 of ").first).to_be_visible()


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
