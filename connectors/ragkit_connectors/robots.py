"""robots.txt: what a site asks programs to leave alone, as RFC 9309 reads its answers."""

from urllib.robotparser import RobotFileParser

import httpx

from ragkit.errors import ResourceRejected, ResourceUnavailable
from ragkit_connectors.http_guard import shown
from ragkit_connectors.http_reader import OK, HttpReader, status_error

MAX_BYTES = 512 * 1024
# A site may ask for more, but then a run of a few hundred pages never ends.
MAX_DELAY = 10.0


class Robots:
    """Reads each site's robots.txt once, through the same guard as the pages, and slows down where it says so."""

    def __init__(self, reader: HttpReader, *, agent: str) -> None:
        self._reader = reader
        self._agent = agent
        self._rules: dict[str, RobotFileParser] = {}
        self._refused: dict[str, str] = {}

    def check(self, url: str) -> None:
        """Raise ResourceRejected for what a site disallows, ResourceUnavailable if it does not say now."""
        parsed = httpx.URL(url)
        site = f"{parsed.scheme}://{parsed.netloc.decode('ascii')}"
        if site in self._refused:
            raise ResourceRejected(self._refused[site], uri=url)
        if site not in self._rules:
            self._rules[site] = self._read(site, url)
        if not self._rules[site].can_fetch(self._agent, str(parsed)):
            raise ResourceRejected(f"{shown(url)} is not read: the site's robots.txt disallows it.", uri=url)

    def _read(self, site: str, url: str) -> RobotFileParser:
        try:
            reply = self._reader.get(f"{site}/robots.txt", max_bytes=MAX_BYTES)
        except ResourceRejected as error:
            self._refused[site] = f"{shown(url)} is not read, as the rules of its site are not: {error}"
            raise ResourceRejected(self._refused[site], uri=url) from error
        unavailable = status_error(reply, f"{site}/robots.txt")
        if isinstance(unavailable, ResourceUnavailable):
            raise unavailable
        rules = RobotFileParser()
        # No robots.txt, or none for us: nothing is disallowed.
        rules.parse(reply.body.decode("utf-8-sig", "replace").splitlines() if reply.status == OK else [])
        self._slow_down(rules)
        return rules

    def _slow_down(self, rules: RobotFileParser) -> None:
        wish = rules.crawl_delay(self._agent)
        self._reader.delay = max(self._reader.delay, min(float(wish or 0), MAX_DELAY))
