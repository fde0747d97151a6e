"""A site and a honeypot for the tests of the web connector."""

from collections.abc import Iterator

import pytest

from tests.connectors.web_site import Answer, Honeypot, Site, serving


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as running:
        html = {"Content-Type": "text/html; charset=utf-8"}
        running.pages["/a.html"] = Answer(b"<p>A</p>", headers={**html, "ETag": '"1"'})
        running.pages["/b"] = Answer(b"B", headers=html)
        yield running


@pytest.fixture
def honeypot() -> Iterator[Honeypot]:
    pot = Honeypot()
    yield pot
    pot.close()
