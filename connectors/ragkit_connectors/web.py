"""Pages of the web, given one by one or by a sitemap. No other host is asked, and nothing inside your network."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import PurePosixPath
from urllib.parse import unquote

import httpx

from ragkit.documents import Listing, Resource
from ragkit.errors import ConfigError, ResourceRejected, ResourceUnavailable
from ragkit_connectors.files import several
from ragkit_connectors.http_guard import HttpGuard, Resolver, parse_url, resolve, shown
from ragkit_connectors.http_reader import OK, HttpReader, Reply, status_error
from ragkit_connectors.media_types import media_type_of, readable_title
from ragkit_connectors.robots import Robots
from ragkit_connectors.sitemap import Page, is_sitemap, read_sitemap

MEGABYTE = 1024 * 1024
# Bodies that list() had to read are kept for fetch() up to this many bytes in all.
_KEPT = 64 * MEGABYTE
_MISSES = 3
_MEDIA_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+")
# What servers say about files that they don't know.
_VAGUE = ("text/plain", "application/octet-stream", "binary/octet-stream")


class WebConnector:
    """The pages at `url`, and those that `sitemap` names. A `url` that ends in `sitemap.xml` is a sitemap.

    Only the hosts of the given URLs are asked, on ports 80 and 443, and those in `allow_hosts` (`host` or
    `host:port`), also after redirects. A host inside a private network needs `allow_private`. What robots.txt
    disallows, or the guard, is listed and then refused by `fetch`, so that it shows in the report. The revision
    is the sitemap's lastmod, the ETag, the Last-Modified time, or else a hash of the page.
    `delay` is in seconds between two requests, `timeout` in seconds for one. `access` names the groups that may read.
    """

    def __init__(  # noqa: PLR0913 - each is a key that users write in ragkit.toml
        self,
        url: str | Sequence[str],
        *,
        name: str | None = None,
        sitemap: str | None = None,
        allow_hosts: Sequence[str] = (),
        allow_private: bool = False,
        max_pages: int = 500,
        max_bytes: int = 20 * MEGABYTE,
        timeout: float = 20,
        delay: float = 0.2,
        access: Sequence[str] = (),
        resolver: Resolver = resolve,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        urls = several(url)
        if not urls:
            raise ConfigError("the web connector has no url. Give a page or a sitemap.", setting="url", value=url)
        given = (*urls, sitemap) if sitemap else urls
        self.name = name or f"web:{shown(given[0])[1:-1]}"
        self._sitemaps = tuple(text for text in given if text == sitemap or is_sitemap(text))
        self._pages = tuple(Page(url=text) for text in given if text not in self._sitemaps)
        self._max_pages = max_pages
        self._max_bytes = max_bytes
        self._access = frozenset(several(access))
        guard = HttpGuard(given, allow_hosts=several(allow_hosts), allow_private=allow_private, resolver=resolver)
        agent = f"ragkit/{_version()}"
        self._reader = HttpReader(guard, agent=agent, timeout=timeout, delay=delay, transport=transport)
        self._robots = Robots(self._reader, agent=agent)
        self._kept: dict[str, Reply] = {}

    def list(self) -> Iterator[Listing]:
        """Yield the given pages in their order, then those of the sitemaps in theirs, each once.

        Raises:
            ResourceUnavailable: a sitemap can't be read or is empty, or three pages in a row did not answer.
            ResourceRejected: a sitemap is none, leads to a host that is not allowed, or names too many pages.
        """
        self._kept.clear()
        misses = 0
        for uri, page in self._all().items():
            try:
                revision = self._revision(uri, page)
                misses = 0
            except ResourceRejected:
                revision = "refused"
            except ResourceUnavailable as error:
                revision = "unavailable"
                misses += 1
                if misses == _MISSES:
                    raise ResourceUnavailable(f"{misses} pages in a row did not answer: {error}", uri=uri) from error
            yield Listing(uri=uri, revision=revision, title=_title(uri), access=self._access)

    def fetch(self, listing: Listing) -> Resource:
        """Return a page as it is now, under the revision of its listing.

        Raises:
            ResourceUnavailable: it did not answer in time, or with a fault of its server.
            ResourceRejected: it is not allowed, not there, or too large.
        """
        reply = self._kept.pop(listing.uri, None) or self._get(listing.uri)
        return Resource(
            uri=listing.uri,
            body=reply.body,
            media_type=_media_type(reply),
            revision=listing.revision,
            title=listing.title or _title(listing.uri),
            updated_at=_updated_at(reply),
            access=self._access,
        )

    def close(self) -> None:
        """Forget the pages that are kept, and close the transport."""
        self._kept.clear()
        self._reader.close()

    def _all(self) -> dict[str, Page]:
        pages = {_uri(page.url): page for page in self._pages}
        for sitemap in self._sitemaps:
            found = read_sitemap(sitemap, get=self._sitemap, max_pages=self._max_pages, max_bytes=self._max_bytes)
            for page in found:
                pages.setdefault(_uri(page.url), page)
        if len(pages) > self._max_pages:
            raise ResourceRejected(f"{self.name!r} has more than {self._max_pages} pages. Raise max_pages.")
        return pages

    def _revision(self, uri: str, page: Page) -> str:
        if page.modified:
            return f"lastmod {page.modified}"
        head = self._reader.head(uri, allow=self._robots.check)
        if head.status == OK and (sign := _sign(head)):
            return sign
        reply = self._get(uri)
        if sum(len(kept.body) for kept in self._kept.values()) + len(reply.body) <= _KEPT:
            self._kept[uri] = reply
        return f"blake2b {hashlib.blake2b(reply.body, digest_size=16).hexdigest()}"

    def _get(self, url: str) -> Reply:
        return self._checked(url, self._reader.get(url, max_bytes=self._max_bytes, allow=self._robots.check))

    def _sitemap(self, url: str) -> bytes:
        return self._checked(url, self._reader.get(url, max_bytes=self._max_bytes)).body

    def _checked(self, url: str, reply: Reply) -> Reply:
        if reply.status != OK:
            raise status_error(reply, url)
        return reply


def _version() -> str:
    try:
        return version("ragkit")
    except PackageNotFoundError:
        return "0"


def _uri(text: str) -> str:
    try:
        return str(parse_url(text))
    except ResourceRejected:
        return text


def _title(uri: str) -> str:
    host, _, path = uri.partition("//")[2].partition("?")[0].partition("#")[0].partition("/")
    last = PurePosixPath(unquote(path)).stem
    return readable_title(last or host)


def _sign(reply: Reply) -> str:
    for header in ("etag", "last-modified"):
        if value := str(reply.headers.get(header, "")):
            return f"{header} {value}"
    return ""


def _media_type(reply: Reply) -> str:
    said = str(reply.headers.get("content-type", "")).partition(";")[0].strip().lower()
    if _MEDIA_TYPE.fullmatch(said) and said not in _VAGUE:
        return said
    guessed = media_type_of(httpx.URL(reply.url).path)
    return said if said in _VAGUE and guessed == "application/octet-stream" else guessed


def _updated_at(reply: Reply) -> datetime | None:
    try:
        return parsedate_to_datetime(str(reply.headers.get("last-modified", ""))).astimezone(UTC)
    except (ValueError, OverflowError, TypeError):
        return None
