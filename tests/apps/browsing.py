"""A real browser, and the pages that it opens. Set RAGKIT_SCREENSHOTS to a folder to keep the pictures."""

import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import httpx
import pytest
from playwright.sync_api import Page, expect, sync_playwright

from ragkit_apps import launch
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
        if "broken" in str(messages[-1].content):
            raise RuntimeError
        return "A refund takes five working days [1]. " + (hostile if "hostile" in str(messages[-1].content) else "")

config = Config(assistant={"locale": "en-GB"}, records={"keep": 1}, models={"url": "http://127.0.0.1:9"})
run(lambda: open_workspace("store", config=config, embedding=WordEmbeddings(), chat=Chat("")))
"""

marks = [
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
def enlarged(browser: Browser) -> Iterator[Page]:
    """A window of 1280 by 900 at 400 per cent."""
    yield from _opened(browser, width=320, height=225, scheme="light")


@pytest.fixture
def large_text(browser: Browser) -> Iterator[Page]:
    """A browser in which text of twice the size was chosen."""
    large = "--blink-settings=defaultFontSize=32"
    yield from _opened(browser, width=1280, height=900, scheme="light", arguments=[large])


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    yield from _opened(browser, width=390, height=844, scheme="dark")


def _opened(
    browser: Browser, *, width: int, height: int, scheme: Literal["light", "dark"], arguments: Sequence[str] = ()
) -> Iterator[Page]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS, *arguments])
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
