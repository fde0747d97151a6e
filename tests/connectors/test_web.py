"""The web connector on a real site on loopback: pages, sitemaps, revisions, robots.txt."""

import gzip
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import pytest
from web_site import Answer, Site, redirect, serving, zipped

from ragkit.connector import Connector
from ragkit.documents import Listing
from ragkit.errors import ConfigError, ResourceRejected, ResourceUnavailable
from ragkit.testing.connector_contract import ConnectorContract
from ragkit_connectors.web import WebConnector

HTML = {"Content-Type": "text/html; charset=utf-8"}


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as running:
        running.pages = {"/a.html": Answer(b"<p>A</p>", headers={**HTML, "ETag": '"1"'}), "/b": Answer(b"B", headers=HTML)}
        yield running


def web(site: Site, *paths: str, max_pages: int = 500, max_bytes: int = 1_000_000) -> WebConnector:
    return WebConnector(
        [site.url + path for path in paths],
        allow_hosts=[site.host],
        allow_private=True,
        max_pages=max_pages,
        max_bytes=max_bytes,
        timeout=5,
        delay=0,
    )


def sitemap(*entries: str, tag: str = "url", root: str = "urlset") -> Answer:
    body = "".join(f"<{tag}>{entry}</{tag}>" for entry in entries)
    xml = f'<?xml version="1.0"?><{root} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{body}</{root}>'
    return Answer(xml.encode())


def locs(site: Site, *paths: str) -> Sequence[str]:
    return [f"<loc>{site.url}{path}</loc>" for path in paths]


def paths(connector: WebConnector, site: Site) -> list[str]:
    return [listing.uri.removeprefix(site.url) for listing in connector.list()]


class TestPages(ConnectorContract):
    @pytest.fixture
    def connector(self, site: Site) -> Connector:
        return web(site, "/a.html", "/b")


class TestSitemap(ConnectorContract):
    @pytest.fixture
    def connector(self, site: Site) -> Connector:
        site.pages["/sitemap.xml"] = sitemap(*locs(site, "/b", "/a.html"))
        return web(site, "/sitemap.xml")


def test_pages_are_listed_once_in_their_order_and_fetched(site: Site) -> None:
    connector = web(site, "/b", "/a.html", "/b#part")
    first, second = connector.list()
    assert (first.uri, second.uri, second.title) == (f"{site.url}/b", f"{site.url}/a.html", "a")
    assert connector.fetch(second).body == b"<p>A</p>"
    assert connector.fetch(second).media_type == "text/html"


def test_a_page_knows_when_it_was_updated_and_who_may_read_it(site: Site) -> None:
    site.pages["/b"] = Answer(b"B", headers={"Last-Modified": "Tue, 14 Nov 2023 22:13:20 GMT"})
    connector = WebConnector(f"{site.url}/b", allow_hosts=[site.host], allow_private=True, delay=0, access="staff")
    resource = connector.fetch(next(connector.list()))
    assert resource.updated_at == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    assert resource.access == {"staff"}


@pytest.mark.parametrize(
    ("path", "said", "media_type"),
    [
        ("/x.md", "text/plain", "text/markdown"),
        ("/x.pdf", "application/octet-stream", "application/pdf"),
        ("/x", "text/plain; charset=utf-8", "text/plain"),
        ("/x.html", "nonsense", "text/html"),
        ("/x.pdf", "text/html", "text/html"),
    ],
)
def test_the_media_type_is_the_servers_unless_vague(site: Site, path: str, said: str, media_type: str) -> None:
    site.pages[path] = Answer(b"x", headers={"Content-Type": said})
    assert web(site, path).fetch(Listing(uri=site.url + path, revision="1")).media_type == media_type


def test_an_etag_saves_the_body_and_a_new_one_is_a_new_revision(site: Site) -> None:
    connector = web(site, "/a.html")
    before = next(connector.list()).revision
    site.pages["/a.html"] = Answer(b"new", headers={"ETag": '"2"'})
    assert (before, next(connector.list()).revision) == ('etag "1"', 'etag "2"')
    assert site.asked == ["GET /robots.txt", "HEAD /a.html", "HEAD /a.html"]


def test_without_a_sign_the_body_is_hashed_and_fetched_once(site: Site) -> None:
    connector = web(site, "/b")
    listing = next(connector.list())
    connector.fetch(listing)
    assert site.asked.count("GET /b") == 1
    site.pages["/b"] = Answer(b"other")
    assert next(connector.list()).revision != listing.revision


def test_a_packed_page_is_unpacked(site: Site) -> None:
    site.pages["/b"] = zipped(b"packed " * 100)
    assert web(site, "/b").fetch(Listing(uri=f"{site.url}/b", revision="1")).body == b"packed " * 100


def test_redirects_within_the_host_are_followed_under_the_first_uri(site: Site) -> None:
    for step in range(5):
        site.pages[f"/r{step}"] = redirect(f"/r{step + 1}" if step < 4 else "/a.html")
    resource = web(site).fetch(Listing(uri=f"{site.url}/r0", revision="1")) if False else None
    connector = web(site, "/r0")
    resource = connector.fetch(next(connector.list()))
    assert (resource.uri, resource.body) == (f"{site.url}/r0", b"<p>A</p>")


@pytest.mark.parametrize(("status", "error"), [(404, ResourceRejected), (403, ResourceRejected), (503, ResourceUnavailable)])
def test_a_page_that_fails_is_listed_and_fails_alone(site: Site, status: int, error: type[Exception]) -> None:
    site.pages["/gone"] = Answer(status=status)
    connector = web(site, "/a.html", "/gone", "/b")
    listings = list(connector.list())
    assert [one.uri.removeprefix(site.url) for one in listings] == ["/a.html", "/gone", "/b"]
    with pytest.raises(error, match=f"status {status}"):
        connector.fetch(listings[1])


# Broken on purpose: without the count of misses the listing goes through a dead site page by page.
def test_a_site_that_is_down_cuts_the_listing_short(site: Site) -> None:
    names = [f"/p{number}" for number in range(9)]
    site.pages |= {name: Answer(status=500) for name in names}
    with pytest.raises(ResourceUnavailable, match="3 pages in a row"):
        list(web(site, *names).list())


def test_a_sitemap_gives_pages_and_their_lastmod(site: Site) -> None:
    old, new = locs(site, "/a.html", "/b")
    site.pages["/sitemap.xml"] = sitemap(f"{old}<lastmod>2026-01-02</lastmod>", new)
    first, second = web(site, "/sitemap.xml").list()
    assert first.revision == "lastmod 2026-01-02"
    assert second.revision.startswith("blake2b ")
    assert "HEAD /a.html" not in site.asked


def test_the_sitemap_option_adds_to_the_pages(site: Site) -> None:
    site.pages["/map"] = sitemap(*locs(site, "/b", "/c"))
    connector = WebConnector(
        f"{site.url}/a.html", sitemap=f"{site.url}/map", allow_hosts=[site.host], allow_private=True, delay=0
    )
    assert paths(connector, site) == ["/a.html", "/b", "/c"]


def test_a_sitemap_index_is_followed_through_three_levels(site: Site) -> None:
    site.pages["/sitemap.xml"] = sitemap(*locs(site, "/1.xml", "/sitemap.xml"), tag="sitemap", root="sitemapindex")
    site.pages["/1.xml"] = sitemap(*locs(site, "/2.xml.gz"), tag="sitemap", root="sitemapindex")
    site.pages["/2.xml.gz"] = Answer(gzip.compress(sitemap(*locs(site, "/a.html")).body))
    assert paths(web(site, "/sitemap.xml"), site) == ["/a.html"]


# Broken on purpose: without each bound the list is cut, endless or empty, and ingest deletes what is missing.
def sitemap_faults(site: Site) -> dict[str, tuple[Answer, type[Exception], str]]:
    nested = sitemap(*locs(site, "/2.xml"), tag="sitemap", root="sitemapindex")
    site.pages["/2.xml"] = sitemap(*locs(site, "/3.xml"), tag="sitemap", root="sitemapindex")
    site.pages["/3.xml"] = sitemap(*locs(site, "/4.xml"), tag="sitemap", root="sitemapindex")
    entity = b'<!DOCTYPE x [<!ENTITY a "b">]><urlset><url><loc>&a;</loc></url></urlset>'
    many = [f"/{number}.xml" for number in range(101)]
    return {
        "not xml": (Answer(b"hello"), ResourceRejected, "not the XML"),
        "html": (Answer(b"<html/>"), ResourceRejected, "no sitemap"),
        "entities": (Answer(entity), ResourceRejected, "document type or entities"),
        "entities in utf-16": (Answer(entity.decode().encode("utf-16")), ResourceRejected, "document type or entities"),
        "dtd": (Answer(b'<!DOCTYPE x SYSTEM "http://127.0.0.1/x"><urlset/>'), ResourceRejected, "document type"),
        "too deep": (nested, ResourceRejected, "3 levels"),
        "too many": (sitemap(*locs(site, *many), tag="sitemap", root="sitemapindex"), ResourceRejected, "100 sitemaps"),
        "too many pages": (sitemap(*locs(site, *many)), ResourceRejected, "more than 100 pages"),
        "too long": (sitemap(*locs(site, "/" + "x" * 5000)), ResourceRejected, "not the XML"),
        "bomb": (Answer(gzip.compress(bytes(5_000_000))), ResourceRejected, "unpacks to more than"),
        "empty": (sitemap(), ResourceUnavailable, "names no page"),
        "gone": (Answer(status=404), ResourceRejected, "status 404"),
        "down": (Answer(status=500), ResourceUnavailable, "status 500"),
    }


@pytest.mark.parametrize("case", sitemap_faults(Site.__new__(Site)) if False else range(13))
def test_a_sitemap_that_can_not_be_read_whole_raises(site: Site, case: int) -> None:
    answer, error, message = list(sitemap_faults(site).values())[case]
    site.pages["/sitemap.xml"] = answer
    with pytest.raises(error, match=message):
        list(web(site, "/sitemap.xml", max_pages=100).list())
