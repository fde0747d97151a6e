"""Resource to document, in a child process with limits: a hostile file costs one error and nothing else."""

import json
from threading import Lock
from types import TracebackType
from typing import TypedDict

from ragkit.documents import Document, Metadata, Resource, Section
from ragkit.errors import ParseError
from ragkit.parsing.blocks import Unreadable
from ragkit.parsing.child import Child, ChildFailed
from ragkit.parsing.media import file_name, kind_of

MIB = 1024**2


class _Reply(TypedDict, total=False):
    error: str
    text: str
    sections: list[tuple[str, int, int, int | None]]
    title: str
    metadata: Metadata


class Parser:
    """Makes documents of resources, one at a time, in one child that is kept alive and replaced when it fails.

    `timeout` is in seconds for each file, `memory` and `max_bytes` in bytes, `max_text` in characters. The child
    starts with the first file that needs it. Several threads may share a parser; their files wait for one another.

    Example:
        >>> from ragkit.documents import Resource
        >>> with Parser() as parser:
        ...     resource = Resource(uri="a.txt", body=b"Hello.", media_type="text/plain", revision="1")
        ...     parser.parse(resource, source="files").text
        'Hello.'
    """

    def __init__(
        self,
        *,
        timeout: float = 60.0,
        memory: int = 2048 * MIB,
        max_bytes: int = 64 * MIB,
        max_text: int = 10_000_000,
    ) -> None:
        self._timeout = timeout
        self._memory = memory
        self._max_bytes = max_bytes
        self._max_text = max_text
        self._child: Child | None = None
        self._lock = Lock()
        self.starts = 0
        """How many children were started so far; each one above the first replaced one that failed."""

    def parse(self, resource: Resource, *, source: str) -> Document:
        """Return the document; its sections cover its text. The resource's own metadata wins over the file's.

        Raises:
            ParseError: the type is not supported, the bytes are damaged, encrypted or without text, or a limit
                was hit. The next file can be parsed all the same.
        """
        try:
            reply = self._reply(resource)
        except (Unreadable, ChildFailed) as error:
            raise _parse_error(resource, str(error)) from error
        if "error" in reply:
            raise _parse_error(resource, reply["error"])
        return _document(resource, source, reply)

    def close(self) -> None:
        """End the child. Parsing afterwards starts another one."""
        with self._lock:
            self._drop_child()

    def __enter__(self) -> "Parser":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _reply(self, resource: Resource) -> _Reply:
        size = len(resource.body)
        if size > self._max_bytes:
            raise Unreadable(f"has {size} bytes; the limit is {self._max_bytes}")
        if not resource.body.strip():
            raise Unreadable("has no text: it is empty")
        header = {"kind": kind_of(resource), "seconds": self._timeout, "max_text": self._max_text}
        with self._lock:
            reply: _Reply = json.loads(self._ask(header, resource.body))
        return reply

    def _ask(self, header: dict[str, object], body: bytes) -> bytes:
        if self._child is None or not self._child.usable:
            self._drop_child()
            # JSON writes a character as twelve bytes at most; the rest is for sections and metadata.
            self._child = Child(memory=self._memory, reply_limit=64 * MIB + 12 * self._max_text)
            self.starts += 1
        try:
            return self._child.ask(header, body, timeout=self._timeout)
        except BaseException:
            # Also when the caller was interrupted: the answer that is on its way belongs to no one.
            self._drop_child()
            raise

    def _drop_child(self) -> None:
        if self._child is not None:
            self._child.close()
            self._child = None


def _parse_error(resource: Resource, reason: str) -> ParseError:
    media_type = resource.media_type or "type unknown"
    message = f"{resource.uri!r} ({media_type}) {reason}"
    return ParseError(message, uri=resource.uri, media_type=resource.media_type, reason=reason)


def _document(resource: Resource, source: str, reply: _Reply) -> Document:
    sections = (
        Section(heading=heading, start=start, end=end, page=page) for heading, start, end, page in reply["sections"]
    )
    return Document(
        uri=resource.uri,
        text=reply["text"],
        source=source,
        revision=resource.revision,
        title=reply["title"] or resource.title or file_name(resource.uri),
        media_type=resource.media_type,
        sections=tuple(sections),
        updated_at=resource.updated_at,
        metadata={**reply.get("metadata", {}), **resource.metadata},
        access=resource.access,
    )
