"""Sitemaps: the pages that a site says it has. Read without entities, without a DTD, within bounds."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from xml.parsers import expat

from ragkit.errors import ResourceRejected, ResourceUnavailable
from ragkit_connectors.http_guard import shown
from ragkit_connectors.http_reader import Inflater, Unreadable

MAX_LEVELS = 3
MAX_SITEMAPS = 100
_GZIP = b"\x1f\x8b"
_TOO_LONG = 4096


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page, and when the site says that it changed; empty if it does not say."""

    url: str
    modified: str = ""


class _Forbidden(Exception):
    """The XML has a part that can only be there to do harm."""


def is_sitemap(url: str) -> bool:
    """Whether a URL names a sitemap by its ending."""
    path = url.partition("?")[0].partition("#")[0].removesuffix(".gz").lower()
    return path.endswith(("sitemap.xml", "sitemap_index.xml", "sitemap-index.xml"))


def read_sitemap(url: str, *, get: Callable[[str], bytes], max_pages: int, max_bytes: int) -> Iterator[Page]:
    """Yield the pages of a sitemap and of those that it names, each URL once, in their order.

    Raises:
        ResourceRejected: it is no sitemap, or it names too many pages, sitemaps or levels.
        ResourceUnavailable: it can't be read now, or is empty.
    """
    pages: set[str] = set()
    sitemaps = {url}
    waiting = [(url, 1)]
    while waiting:
        here, level = waiting.pop(0)
        inner, found = parse_sitemap(here, unpacked(here, get(here), max_bytes))
        fresh = [page.url for page in inner if page.url not in sitemaps]
        sitemaps.update(fresh)
        if fresh and (level == MAX_LEVELS or len(sitemaps) > MAX_SITEMAPS):
            bounds = f"{MAX_SITEMAPS} sitemaps or {MAX_LEVELS} levels"
            raise ResourceRejected(f"{shown(url)} names more than {bounds}. Give one of the inner ones.", uri=url)
        waiting.extend((address, level + 1) for address in dict.fromkeys(fresh))
        for page in found:
            if page.url in pages:
                continue
            pages.add(page.url)
            if len(pages) > max_pages:
                raise ResourceRejected(f"{shown(url)} names more than {max_pages} pages. Raise max_pages.", uri=url)
            yield page
    if not pages:
        # An empty sitemap is more often a fault of the site than a site without pages.
        raise ResourceUnavailable(f"{shown(url)} names no page. Check the sitemap.", uri=url)


def unpacked(url: str, body: bytes, cap: int) -> bytes:
    """Return a body that may be a gzip file as it is meant, at most `cap` bytes; else ResourceRejected."""
    if not body.startswith(_GZIP):
        return body
    try:
        return Inflater(cap).feed(body)
    except Unreadable as error:
        raise ResourceRejected(f"{shown(url)} {error}.", uri=url) from error


def parse_sitemap(url: str, body: bytes) -> tuple[list[Page], list[Page]]:
    """Return the sitemaps and the pages that a sitemap names; ResourceRejected for other XML."""
    reader = _SitemapReader()
    try:
        reader.parse(body)
    except _Forbidden as error:
        raise ResourceRejected(
            f"{shown(url)} has a document type or entities, which no sitemap needs.", uri=url
        ) from error
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise ResourceRejected(f"{shown(url)} is not the XML of a sitemap. Check the address.", uri=url) from error
    if reader.root not in ("urlset", "sitemapindex"):
        raise ResourceRejected(f"{shown(url)} is XML, but no sitemap. Check the address.", uri=url)
    return reader.sitemaps, reader.pages


class _SitemapReader:
    """Collects `loc` and `lastmod` of every `url` and `sitemap`."""

    def __init__(self) -> None:
        self.root = ""
        self.pages: list[Page] = []
        self.sitemaps: list[Page] = []
        self._path: list[str] = []
        self._texts: dict[str, str] = {}

    def parse(self, body: bytes) -> None:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartDoctypeDeclHandler = _refuse
        parser.EntityDeclHandler = _refuse
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.Parse(body, True)

    def _start(self, tag: str, attributes: object) -> None:
        del attributes
        name = tag.rpartition(" ")[2]
        self.root = self.root or name
        self._path.append(name)
        if name in ("url", "sitemap"):
            self._texts = {}

    def _text(self, text: str) -> None:
        name = self._path[-1]
        if self._path[1:-1] in (["url"], ["sitemap"]) and name in ("loc", "lastmod"):
            self._texts[name] = self._texts.get(name, "") + text
            if len(self._texts[name]) > _TOO_LONG:
                raise ValueError("no URL is that long")

    def _end(self, tag: str) -> None:
        name = tag.rpartition(" ")[2]
        self._path.pop()
        if len(self._path) == 1 and name in ("url", "sitemap") and (address := self._texts.get("loc", "").strip()):
            page = Page(url=address, modified=self._texts.get("lastmod", "").strip())
            (self.pages if name == "url" else self.sitemaps).append(page)


def _refuse(*declared: object) -> None:
    raise _Forbidden(len(declared))
