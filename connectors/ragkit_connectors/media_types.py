"""What a file's name tells: the media type by its ending, and a title that people can read."""

import re
from mimetypes import MimeTypes
from pathlib import PurePosixPath

_MEDIA_TYPES = {
    ".csv": "text/csv",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".eml": "message/rfc822",
    ".epub": "application/epub+zip",
    ".htm": "text/html",
    ".html": "text/html",
    ".jsonl": "application/x-ndjson",
    ".log": "text/plain",
    ".markdown": "text/markdown",
    ".md": "text/markdown",
    ".msg": "application/vnd.ms-outlook",
    ".odt": "application/vnd.oasis.opendocument.text",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ".rst": "text/x-rst",
    ".rtf": "application/rtf",
    ".toml": "application/toml",
    ".tsv": "text/tab-separated-values",
    ".txt": "text/plain",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".xml": "application/xml",
    ".yaml": "application/yaml",
    ".yml": "application/yaml",
}
# Python's own list: the system's differs from machine to machine.
_KNOWN_TYPES = MimeTypes()


def media_type_of(name: str) -> str:
    """Return the media type that a file name's ending stands for, `application/octet-stream` if it says nothing."""
    suffix = PurePosixPath(name).suffix.lower()
    guess, packed = _KNOWN_TYPES.guess_type("x" + suffix)
    return _MEDIA_TYPES.get(suffix) or (f"application/{packed}" if packed else guess) or "application/octet-stream"


def readable_title(stem: str) -> str:
    """Return a file's stem as a line to show: no underscores, no control or direction marks. Never empty."""
    spaced = re.sub(r"_|(?<=[^\W\d_])-(?=[^\W\d_])", " ", stem)
    return " ".join("".join(c if c.isprintable() else " " for c in spaced).split()) or "untitled"
