"""What a child that reads strangers' files may not do, as far as the platform can hold it to that."""

import contextlib
import sys

try:
    import resource
except ImportError:  # Windows has no such limits; the parent's clock still holds there.
    resource = None  # type: ignore[assignment]

LOAD_SECONDS = 120.0
"""How long a reader may take to load: spaCy from a cold disk on a busy machine has taken 20 s."""

_FILE_SIZE = 512 * 1024**2
_CPU_FACTOR = 4
_NETWORK = frozenset({"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "socket.bind"})


def restrict(*, memory: int) -> None:
    """Bound the address space in bytes and the size of files, write no core, and refuse the network for good."""
    sys.addaudithook(_refuse_network)
    if resource is not None:
        _lower(resource.RLIMIT_AS, memory)
        _lower(resource.RLIMIT_FSIZE, _FILE_SIZE)
        _lower(resource.RLIMIT_CORE, 0)


def allow_seconds(seconds: float) -> None:
    """Let this process use a few times that much processor time from now on, so that an orphan ends by itself."""
    if resource is not None:
        usage = resource.getrusage(resource.RUSAGE_SELF)
        _lower(resource.RLIMIT_CPU, int(usage.ru_utime + usage.ru_stime + _CPU_FACTOR * seconds) + 1)


def _lower(limit: int, value: int) -> None:
    # macOS knows RLIMIT_AS but refuses to set it.
    with contextlib.suppress(ValueError, OSError):
        _, hard = resource.getrlimit(limit)
        soft = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(limit, (soft, hard))


def _refuse_network(event: str, _: object) -> None:
    if event in _NETWORK:
        raise PermissionError("a parser must not use the network")
