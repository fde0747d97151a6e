"""Who may ask: the keys of a file, of which it has only the hashes, with what their holders may read, and how often."""

import hashlib
import hmac
import json
import logging
import os
import re
import secrets
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from pydantic import Field, ValidationError

from ragkit.config import Section
from ragkit.config_file import explain, read_toml
from ragkit.documents import Viewer
from ragkit.errors import ConfigError
from ragkit.server.faults import Fault

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
_MINUTE = 60.0

_log = logging.getLogger(__name__)


class Key(Section):
    """A table of the file: the hash of a key, and the viewer that whoever has the key is."""

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    tenant: str = "local"
    groups: frozenset[str] = frozenset()
    owner: bool = False
    per_minute: int = Field(default=60, ge=1)


class _KeyFile(Section):
    keys: Mapping[str, Key] = Field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Somebody who may ask. `per_minute` bounds his requests; 0 is no bound."""

    name: str
    viewer: Viewer
    per_minute: int = 0


class Keys:
    """The callers of a file, which is read anew when it changes: a key that is taken out of it lets nobody in."""

    def __init__(self, file: Path) -> None:
        """Read the file.

        Raises:
            ConfigError: it can't be read, or is none of keys.
        """
        self._file = file
        self._state = self._found()
        self._keys = read_keys(file)

    @property
    def names(self) -> list[str]:
        """What the keys are called, in the order of the file."""
        return list(self._keys)

    def caller(self, key: str) -> Caller | None:
        """Return who has this key; None if nobody has."""
        self._look_again()
        digest = _digest(key)
        # All are compared, each in the same time, so that the time tells nothing of any.
        found = [name for name, each in self._keys.items() if hmac.compare_digest(each.sha256, digest)]
        if not found:
            return None
        held = self._keys[found[0]]
        viewer = Viewer(tenant=held.tenant, groups=held.groups, owner=held.owner)
        return Caller(name=found[0], viewer=viewer, per_minute=held.per_minute)

    def _look_again(self) -> None:
        if (state := self._found()) == self._state:
            return
        self._state = state
        try:
            self._keys = read_keys(self._file)
        except ConfigError:
            # Half an edit must not leave a key valid that its owner has just taken out.
            self._keys = dict[str, Key]()
            _log.warning("the file of keys can't be read: nobody may ask until it can be")

    def _found(self) -> tuple[int, int, int] | None:
        try:
            found = self._file.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino


def read_keys(file: Path) -> Mapping[str, Key]:
    """Return the keys of a file by their names.

    Raises:
        ConfigError: it can't be read, or is none of keys.
    """
    try:
        return _KeyFile(**read_toml(file, setting="server.keys")).keys
    except ValidationError as error:
        raise explain(error, _KeyFile, where=str(file)) from error


def add_key(file: Path, name: str, *, tenant: str, groups: Sequence[str] = (), owner: bool = False) -> str:
    """Add a key to a file, which is made if there is none, and return it. Nothing keeps it.

    Raises:
        ConfigError: the name is taken or can't be used, nobody said what the key may read, or the file can't be used.
    """
    if not _NAME.fullmatch(name):
        message = f"{name!r} can't name a key. Take small letters, digits and hyphens."
        raise ConfigError(message, setting="server.keys", value=name)
    if owner == bool(groups):
        message = f"what may {name!r} read? Add --groups a,b for what these groups may, or --owner for everything."
        raise ConfigError(message, setting="server.keys", value=name)
    if file.exists() and name in read_keys(file):
        message = f"{str(file)!r} has a key {name!r} already. Take another name, or delete its table there."
        raise ConfigError(message, setting="server.keys", value=name)
    key = f"rk-{secrets.token_urlsafe(32)}"
    # What JSON writes for texts, lists and booleans is TOML, too.
    held = {"sha256": _digest(key), "tenant": tenant, "groups": list(groups), "owner": owner, "per_minute": 60}
    lines = [f"{field} = {json.dumps(value, ensure_ascii=False)}" for field, value in held.items()]
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "w", encoding="utf-8") as opened:
            opened.write("\n".join([f"\n[keys.{name}]", *lines, ""]))
    except OSError as error:
        message = f"{str(file)!r} can't be written: {error.strerror}. Set server.keys to a file that you may write."
        raise ConfigError(message, setting="server.keys", value=str(file)) from error
    return key


class Rates:
    """How often each caller has asked in the last minute."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._asked: dict[str, deque[float]] = {}

    def count(self, caller: Caller) -> None:
        """Count a request.

        Raises:
            Fault: it is one more than the caller may send in a minute. It is not counted.
        """
        now, asked = self._clock(), self._asked.setdefault(caller.name, deque())
        while asked and asked[0] <= now - _MINUTE:
            asked.popleft()
        if caller.per_minute and len(asked) >= caller.per_minute:
            message = f"This key may ask {caller.per_minute} times a minute. Wait a moment."
            raise Fault(429, "rate_limit_exceeded", message, retry_after=asked[0] + _MINUTE - now)
        if caller.per_minute:
            asked.append(now)


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
