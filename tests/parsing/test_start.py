"""What a child loads before it reads: a small file must not wait for what only Word needs."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path
from typing import BinaryIO, cast

import docx
import openpyxl  # type: ignore[import-untyped] # ships no types
import pytest

from ragkit.parsing.parser import Parser
from ragkit.parsing.process.frames import read_frame, write_frame
from ragkit.parsing.process.limits import LOAD_SECONDS
from tests.parsing.resources import parsed, saved

pytestmark = pytest.mark.usefixtures("socket_disabled")

HEAVY = frozenset({"unstructured", "spacy", "numpy", "pandas", "torch", "openpyxl"})
GIBIBYTE = 1024**3


@pytest.fixture
def child_code(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], None]:
    """Let the child run some code before its own."""

    def install(code: str) -> None:
        (tmp_path / "sitecustomize.py").write_text(code)
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]))

    return install


@pytest.fixture
def loaded(child_code: Callable[[str], None], tmp_path: Path) -> Callable[[str, bytes], set[str]]:
    """Return the packages that a child has loaded when it has read one file."""

    def read(uri: str, content: bytes) -> set[str]:
        seen = tmp_path / "seen"
        names = "'\\n'.join(name for name, module in sys.modules.items() if module)"
        child_code(f"import atexit, sys\natexit.register(lambda: open({str(seen)!r}, 'w').write({names}))\n")
        with Parser() as fresh:
            parsed(fresh, uri, content)
        return {name.partition(".")[0] for name in seen.read_text().split()}

    return read


def mail() -> bytes:
    written = EmailMessage()
    written["Subject"] = "Notice"
    written.set_content("<p>I give <b>notice</b>.</p>", subtype="html")
    return written.as_bytes()


# Broken on purpose: `import ragkit.parsing.readers.elements` added to `readers/markup.py` (unstructured was loaded for
# every case but txt, json and csv), and `import numpy` to `process/worker.py` (numpy was, for all).
@pytest.mark.parametrize(
    ("uri", "content"),
    [
        ("a.txt", b"One."),
        ("a.json", b'{"a": 1}'),
        ("a.csv", b"a,b\n1,2\n"),
        ("a.md", b"# One\n\n| a |\n|---|\n| b |\n"),
        ("a.html", b"<h1>One</h1><p>Two"),
        ("a.xml", b"<a>One</a>"),
        ("a.eml", mail()),
    ],
)
def test_light_file_loads_nothing_heavy(loaded: Callable[[str, bytes], set[str]], uri: str, content: bytes) -> None:
    modules = loaded(uri, content)
    assert "ragkit" in modules
    assert not HEAVY & modules


# Broken on purpose: "xlsx" in `readers/registry.py` read by a module that imports `office` (unstructured was loaded).
def test_workbook_does_not_load_what_word_needs(loaded: Callable[[str, bytes], set[str]]) -> None:
    book = openpyxl.Workbook()
    book.active.append(["a"])
    assert not {"unstructured", "spacy"} & loaded("a.xlsx", saved(book))


# Broken on purpose: `sys.modules.update(...)` in `worker.main` left out (spaCy loaded torch, where it is installed).
def test_word_document_does_not_load_torch(loaded: Callable[[str, bytes], set[str]]) -> None:
    word = docx.Document()
    word.add_paragraph("One.")
    modules = loaded("a.docx", saved(word))
    assert "unstructured" in modules
    assert "torch" not in modules


# Broken on purpose: `allow_seconds(LOAD_SECONDS)` in the worker left out (SIGXCPU while the second reader was loading).
def test_reader_that_loads_slowly_has_more_time_than_the_file_before(child_code: Callable[[str], None]) -> None:
    child_code("""
import importlib, time
load = importlib.import_module
def slowly(name):
    while name.endswith("tables") and time.process_time() < 1.2:
        pass
    return load(name)
importlib.import_module = slowly
""")
    assert LOAD_SECONDS > 1.2
    command = [sys.executable, "-P", "-m", "ragkit.parsing.process.worker", str(2 * GIBIBYTE)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        requests, replies = cast(BinaryIO, child.stdin), cast(BinaryIO, child.stdout)
        for kind in ("text", "csv"):
            write_frame(requests, json.dumps({"kind": kind, "seconds": 0.01, "max_text": 100}).encode())
            write_frame(requests, b"a")
            assert read_frame(replies, limit=100) == b"ready"
            assert json.loads(read_frame(replies, limit=1000))["text"] == "a"


def test_same_bytes_make_the_same_document_in_every_process() -> None:
    documents = []
    for _ in range(2):
        with Parser() as fresh:
            documents.append(parsed(fresh, "a.md", "# One\n\n- two\n\n  three\n\n<dl><dt>a<dd>b</dl>\n"))
    assert documents[0] == documents[1]
