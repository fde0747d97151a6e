"""Which addresses of the web may be asked: the guard against requests that a stranger's URL sends inside."""

import re
import socket
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

import httpx

from ragkit.errors import ConfigError, ResourceRejected, ResourceUnavailable

Resolver = Callable[[str, int], Sequence[str]]
"""Returns the IP addresses of a host, best first; OSError if it has none."""

_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?")
_NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+")
# A user name before an "@", and what follows a colon but is no port: a password may hold any sign.
_CREDENTIALS = re.compile(r"//(?:[^/?#@]*@|[^/?#@:\[]*:(?!\d*(?:[/?#]|$))(?:[^@]*@|.*))", re.DOTALL)
_HOME_NAMES = ("localhost", "localdomain", "local", "internal", "home.arpa")
_NAT64 = IPv6Network("64:ff9b::/96")
_GLOBAL_UNICAST = IPv6Network("2000::/3")
# Inside the public ranges by the letter, yet they lead elsewhere: transition tunnels, anycast relays, documentation,
# and the addresses at which clouds hand out credentials.
_NEVER_PUBLIC = (
    IPv4Network("192.0.0.0/24"),
    IPv4Network("192.88.99.0/24"),
    IPv4Network("168.63.129.16/32"),
    IPv6Network("2001::/23"),
    IPv6Network("2002::/16"),
    IPv6Network("3fff::/20"),
)
# What `allow_private` opens. Link-local stays shut: no document lives beside the metadata service.
_PRIVATE = (
    IPv4Network("10.0.0.0/8"),
    IPv4Network("100.64.0.0/10"),
    IPv4Network("127.0.0.0/8"),
    IPv4Network("172.16.0.0/12"),
    IPv4Network("192.168.0.0/16"),
    IPv6Network("::1/128"),
    IPv6Network("fc00::/7"),
)
_METADATA = (
    ip_address("100.100.100.200"),
    ip_address("fd00:ec2::254"),
    ip_address("fd20:ce::254"),
)


def resolve(host: str, port: int) -> Sequence[str]:
    """Return the addresses that the system knows for a host, in the system's order."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(address[0]) for *_, address in found))


@dataclass(frozen=True, kw_only=True)
class Target:
    """A URL that may be asked, and the checked addresses to connect to, best first."""

    url: httpx.URL
    addresses: tuple[str, ...]


class HttpGuard:
    """Lets through http and https to the hosts it was given, as far as they lie in the public internet.

    `urls` are trusted for their hosts on ports 80 and 443. `allow_hosts` adds hosts, as `host` or `host:port`.
    `allow_private` opens loopback and private networks for these hosts, but not link-local or metadata addresses.
    """

    def __init__(
        self,
        urls: Iterable[str],
        *,
        allow_hosts: Iterable[str] = (),
        allow_private: bool = False,
        resolver: Resolver = resolve,
    ) -> None:
        self._origins = {origin for host in allow_hosts for origin in _origins(host)}
        self._origins |= {(host, port) for host in _hosts(urls) for port in _PORTS.values()}
        self._allow_private = allow_private
        self._resolver = resolver

    def check(self, text: str) -> Target:
        """Return where a URL leads. Its host is resolved once: connect to these addresses, not to the name.

        Raises:
            ResourceRejected: it is no such URL, its host or port was not allowed, or one of its addresses is private.
            ResourceUnavailable: the name can't be resolved.
        """
        url = parse_url(text)
        host, port = host_of(url), url.port or _PORTS[url.scheme]
        if (host, port) not in self._origins:
            advice = f"Add '{host}:{port}' to allow_hosts if you trust it"
            raise ResourceRejected(f"{shown(text)} is on a host and port that is not allowed. {advice}.", uri=text)
        if not self._allow_private and any(f".{host}".endswith(f".{name}") for name in _HOME_NAMES):
            raise _private(text)
        addresses = self._addresses(text, host, port)
        if not all(self._allowed(address) for address in addresses):
            raise _private(text)
        return Target(url=url, addresses=tuple(str(address) for address in addresses))

    def _addresses(self, text: str, host: str, port: int) -> Sequence[IPv4Address | IPv6Address]:
        if literal := _literal(host):
            return [literal]
        try:
            found = [ip_address(address) for address in self._resolver(host, port)]
        except (OSError, ValueError) as error:
            raise ResourceUnavailable(
                f"the host of {shown(text)} can't be resolved. Check the name.", uri=text
            ) from error
        if not found:
            raise ResourceUnavailable(f"the host of {shown(text)} has no address. Check the name.", uri=text)
        return found

    def _allowed(self, address: IPv4Address | IPv6Address) -> bool:
        if is_public(address):
            return True
        return self._allow_private and address not in _METADATA and any(address in network for network in _PRIVATE)


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether an address is of the public internet, also when it carries another address inside."""
    if address in _NAT64:
        # How networks without IPv4 reach it: as public as the address inside.
        return is_public(IPv4Address(int(address) & 0xFFFFFFFF))
    if any(address in network for network in _NEVER_PUBLIC) or address.is_multicast or not address.is_global:
        return False
    return isinstance(address, IPv4Address) or address in _GLOBAL_UNICAST


def parse_url(text: str) -> httpx.URL:
    """Return an absolute http or https URL without its fragment, or raise ResourceRejected.

    Forms that programs read differently (userinfo, backslashes, numbers as hosts) are refused, not interpreted.
    """
    try:
        url = httpx.URL(text)
        host = host_of(url)
    except (httpx.InvalidURL, ValueError) as error:
        raise ResourceRejected(f"{shown(text)} is not a URL. Give one like 'https://host/page'.", uri=text) from error
    if url.scheme not in _PORTS:
        raise ResourceRejected(f"{shown(text)} is not read: its scheme is not http or https.", uri=text)
    if "\\" in text or "@" in re.split(r"[/?#]", text.partition("//")[2], maxsplit=1)[0]:
        raise ResourceRejected(f"{shown(text)} is not read: it has a user name or a backslash. Remove it.", uri=text)
    if not (_literal(host) or _is_name(host)):
        raise ResourceRejected(f"{shown(text)} is not read: its host is not a plain name or address.", uri=text)
    if url.port is not None and not 0 < url.port < 65536:  # noqa: PLR2004 - the ports that there are
        raise ResourceRejected(f"{shown(text)} is not read: there is no such port.", uri=text)
    return url.copy_with(fragment=None)


def host_of(url: httpx.URL) -> str:
    """Return the host in the one spelling that is compared: ASCII, lower case, no dot at the end."""
    return url.raw_host.decode("ascii").lower().removesuffix(".")


def shown(text: str) -> str:
    """Return a URL in quotes for a message, without what may be secret: user name, password, query, fragment."""
    text = _CREDENTIALS.sub(r"//", text, count=1)
    return repr(re.split(r"[?#]", text, maxsplit=1)[0][:200])


def _literal(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _is_name(host: str) -> bool:
    # Hosts that end in a number are other spellings of IPv4: decimal, octal, hexadecimal, short.
    return _HOST.fullmatch(host) is not None and not _NUMBER.fullmatch(host.rpartition(".")[2])


def _hosts(urls: Iterable[str]) -> Iterable[str]:
    for text in urls:
        try:
            yield host_of(parse_url(text))
        except ResourceRejected:
            # Listed all the same, and refused when it is fetched.
            continue


def _origins(entry: str) -> Iterable[tuple[str, int]]:
    try:
        url = parse_url(f"http://{entry}/")
    except ResourceRejected as error:
        message = (
            f"{entry!r} in allow_hosts is not a host. Write each as 'docs.example.org' or 'docs.example.org:8443'."
        )
        raise ConfigError(message, setting="allow_hosts", value=entry) from error
    return [(host_of(url), port) for port in (*_PORTS.values(), url.port) if port is not None]


def _private(text: str) -> ResourceRejected:
    message = f"{shown(text)} leads into a private network. Set allow_private if it is yours."
    return ResourceRejected(message, uri=text)
