"""Real files of every kind: each is parsed or refused with a reason, and none stops the next."""

import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from ragkit.documents import Document, Resource
from ragkit.errors import ParseError
from ragkit.parsing.parser import Parser

FOLDER = Path(__file__).parents[2].parent / "shared" / "files"
FILES = sorted(path for path in FOLDER.rglob("*") if path.is_file()) if FOLDER.is_dir() else []
TIMEOUT = 30.0
# The child's start is not part of a file's time.
GRACE = 30.0

pytestmark = [
    pytest.mark.real,
    pytest.mark.usefixtures("socket_disabled"),
    pytest.mark.skipif(not FILES, reason="no ../shared/files beside the checkout: put messy files there"),
]


@pytest.fixture(scope="module")
def parser() -> Iterator[Parser]:
    with Parser(timeout=TIMEOUT) as shared:
        yield shared


@pytest.fixture(scope="module")
def tally() -> Counter[tuple[str, str]]:
    return Counter()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(FOLDER).as_posix())
def test_file_is_parsed_or_refused_in_time(path: Path, parser: Parser, tally: Counter[tuple[str, str]]) -> None:
    begin = time.monotonic()
    outcome = parse(parser, path)
    tally[path.suffix, "parsed" if isinstance(outcome, Document) else "refused"] += 1
    assert covers(outcome) if isinstance(outcome, Document) else "\n" not in str(outcome)
    assert time.monotonic() - begin < TIMEOUT + GRACE


def test_no_file_has_cost_a_child(
    parser: Parser, tally: Counter[tuple[str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    with capsys.disabled():
        for suffix in sorted({suffix for suffix, _ in tally}):
            counts = f"{tally[suffix, 'parsed']} parsed, {tally[suffix, 'refused']} refused"
            sys.stdout.write(f"\n{suffix or 'none'}: {counts}")
    assert parser.starts <= 1


def parse(parser: Parser, path: Path) -> Document | ParseError:
    resource = Resource(uri=path.name, body=path.read_bytes(), media_type="", revision="1")
    try:
        return parser.parse(resource, source="messy")
    except ParseError as error:
        return error


def covers(document: Document) -> bool:
    edges = [(section.start, section.end) for section in document.sections]
    starts, ends = [0, *(end for _, end in edges)], [*(start for start, _ in edges), len(document.text)]
    return starts == ends and bool(document.text.strip())
