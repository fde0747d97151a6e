"""A parser in this process for plain text and simple Markdown."""

import re
from collections.abc import Collection

from ragkit.documents import Document, Resource, Section
from ragkit.errors import ParseError

_HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)


class PlainParser:
    """Takes UTF-8 as it is; a line that begins with `#` starts a section. Other bytes raise ParseError.

    `parsed` lists the uris in the order in which they came.
    """

    versions: Collection[str] = ("",)

    def __init__(self) -> None:
        self.parsed: list[str] = []

    def parse(self, resource: Resource, *, source: str) -> Document:
        """Return the document; its title is its first heading, or the resource's."""
        self.parsed.append(resource.uri)
        try:
            text = resource.body.decode()
        except UnicodeDecodeError as error:
            message = f"{resource.uri!r} is not UTF-8"
            raise ParseError(message, uri=resource.uri, media_type=resource.media_type, reason="encoding") from error
        heading = _HEADING.search(text)
        return Document(
            uri=resource.uri,
            text=text,
            source=source,
            revision=resource.revision,
            title=heading.group(1) if heading else resource.title,
            media_type=resource.media_type,
            sections=_sections(text),
            updated_at=resource.updated_at,
            metadata=resource.metadata,
            access=resource.access,
        )


def _sections(text: str) -> tuple[Section, ...]:
    starts = [match.start() for match in _HEADING.finditer(text)]
    if not starts or starts[0] > 0:
        starts.insert(0, 0)
    ends = [*starts[1:], len(text)]
    headings = [match.group(1) if (match := _HEADING.match(text, start)) else "" for start in starts]
    return tuple(
        Section(heading=heading, start=start, end=end)
        for heading, start, end in zip(headings, starts, ends, strict=True)
    )
