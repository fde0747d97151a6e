"""Resource to document, in a child process with limits: a hostile file costs one error and nothing else."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition
from types import TracebackType
from typing import TypedDict

from ragkit.documents import Document, Metadata, Resource, Section
from ragkit.errors import ParseError
from ragkit.parsing.blocks import Unreadable
from ragkit.parsing.media import file_name, kind_of
from ragkit.parsing.process.child import Child, ChildFailed
from ragkit.parsing.readers.registry import versions

MIB = 1024**2
# To start a child takes a tenth of a second of CPU time, in which one that is at work reads a dozen pages.
_QUEUE, _PATIENCE = 2, 0.5
_MOMENT = 0.05


class _Reply(TypedDict, total=False):
    error: str
    text: str
    sections: list[tuple[str, int, int, int | None]]
    title: str
    is_scan: bool
    metadata: Metadata
    parser: str


class Parser:
    """Makes documents of resources in children that are kept alive, each replaced when it fails.

    `timeout` is in seconds for each file, `memory` (of a child) and `max_bytes` in bytes, `max_text` in characters. The
    first child starts with the first file that needs it, another one when three threads wait or one has waited for half
    a second, up to `children` of them.

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
        children: int = 2,
    ) -> None:
        self.versions = versions()
        self._timeout = timeout
        self._memory = memory
        self._max_bytes = max_bytes
        self._max_text = max_text
        self._children = children
        self._changed = Condition()
        self._idle: list[Child] = []
        self._lent_out: set[Child | None] = set()
        self._waiting = self._busy = 0
        self.starts = 0
        """How many children were started so far; each one above `children` replaced one that failed."""

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
        """End the children; a file that one of them is reading fails. Parsing afterwards starts others."""
        with self._changed:
            while self._busy or self._waiting:
                for child in filter(None, self._lent_out):
                    child.kill()
                # Somebody may be about to start one.
                self._changed.wait(_MOMENT)
            while self._idle:
                self._idle.pop().close()

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
        with self._lent() as child:
            answer = child.ask(header, resource.body, timeout=self._timeout)
        reply: _Reply = json.loads(answer)
        return reply

    @contextmanager
    def _lent(self) -> Iterator[Child]:
        """Lend a child that is idle, now, soon or when all are at work; or another one. One that failed is closed."""
        with self._changed:
            self._waiting += 1
            try:
                self._changed.wait_for(lambda: self._idle or not self._busy or self._waiting > _QUEUE, _PATIENCE)
                self._changed.wait_for(lambda: self._idle or self._busy < self._children)
            finally:
                self._waiting -= 1
            self._busy += 1
            child = self._idle.pop() if self._idle else None
        is_done = False
        try:
            child = self._working(child)
            with self._changed:
                self._lent_out.add(child)
            yield child
            is_done = True
        finally:
            if child and not is_done:
                # Also when the caller was interrupted: the answer that is on its way belongs to no one.
                child.close()
            with self._changed:
                self._busy -= 1
                self._lent_out -= {child}
                self._idle += [child] if child and is_done else []
                self._changed.notify_all()

    def _working(self, child: Child | None) -> Child:
        """Return the child, or a new one if there is none or it has ended by itself."""
        if child and child.usable:
            return child
        if child:
            child.close()
        with self._changed:
            self.starts += 1
        # JSON writes a character as twelve bytes at most; the rest is for sections and metadata.
        return Child(memory=self._memory, reply_limit=64 * MIB + 12 * self._max_text)


def _parse_error(resource: Resource, reason: str) -> ParseError:
    media_type = resource.media_type or "type unknown"
    message = f"{resource.uri!r} ({media_type}) {reason}"
    return ParseError(message, uri=resource.uri, media_type=resource.media_type, reason=reason)


def _document(resource: Resource, source: str, reply: _Reply) -> Document:
    sections = (
        Section(heading=heading, start=start, end=end, page=page) for heading, start, end, page in reply["sections"]
    )
    title = reply["title"] or resource.title or file_name(resource.uri)
    return Document(
        uri=resource.uri,
        text=reply["text"],
        source=source,
        revision=resource.revision,
        # Whoever reads a citation must know that a letter may be wrong.
        title=f"{title} (scan)" if reply["is_scan"] else title,
        media_type=resource.media_type,
        sections=tuple(sections),
        updated_at=resource.updated_at,
        metadata={**reply.get("metadata", {}), **resource.metadata},
        access=resource.access,
        parser=reply["parser"],
    )
