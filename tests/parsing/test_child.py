import os
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import docx
import pytest

from ragkit.parsing.parser import Parser
from tests.parsing.resources import body, parsed, pdf, reason, saved

pytestmark = pytest.mark.usefixtures("socket_disabled")


Install = Callable[[str], Path]


@pytest.fixture
def faulty_csv(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Install:
    """Let the csv module of the child do what the test says before it reads."""

    def install(code: str) -> Path:
        before = "import csv, os, socket, time\nreal = csv.reader\ndef reader(*a, **k):\n"
        after = "    return real(*a, **k)\ncsv.reader = reader\n"
        (tmp_path / "sitecustomize.py").write_text(f"{before}    {code}\n{after}")
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]))
        return tmp_path

    return install


# Broken on purpose: `self._watch.deadline` in `Child._deadline` left out (the file took its 60 s and was parsed).
def test_slow_file_is_given_up_and_the_next_one_parsed(faulty_csv: Install) -> None:
    faulty_csv("time.sleep(60)")
    with Parser(timeout=0.5) as impatient:
        assert reason(impatient, "a.csv", "a,b\n") == "took more than 0.5 s to parse"
        assert parsed(impatient, "a.txt", "Next.").text == "Next."
        assert impatient.starts == 2


@pytest.mark.parametrize(("code", "ending"), [("os._exit(7)", "exit code 7"), ("os.kill(os.getpid(), 11)", "SIGSEGV")])
def test_crash_costs_one_file(faulty_csv: Install, code: str, ending: str) -> None:
    faulty_csv(code)
    with Parser() as fresh:
        assert reason(fresh, "a.csv", "a,b\n") == f"crashed the parser ({ending})"
        assert parsed(fresh, "a.txt", "Next.").text == "Next."
        assert fresh.starts == 2


# Broken on purpose: `os.dup2(2, 1)` in the worker left out (the reply was no longer a frame).
def test_what_a_library_prints_does_not_break_the_answer(faulty_csv: Install) -> None:
    faulty_csv("print('noise', flush=True); os.write(1, b'noise'); os.system('echo noise')")
    with Parser() as fresh:
        assert parsed(fresh, "a.csv", "a,b\n1,2\n").text == "a | b\n1 | 2"


# Broken on purpose: `sys.addaudithook(_refuse_network)` left out (the name was really looked up).
def test_library_that_wants_the_network_is_refused(faulty_csv: Install) -> None:
    faulty_csv("socket.getaddrinfo('example.org', 80)")
    with Parser() as fresh:
        assert "PermissionError" in reason(fresh, "a.csv", "a,b\n")


def test_keys_in_the_environment_do_not_reach_the_child(faulty_csv: Install, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = faulty_csv("open(os.path.join(os.path.dirname(__file__), 'seen'), 'w').write(repr(dict(os.environ)))")
    monkeypatch.setenv("RAGKIT_API_KEY", "hunter2")
    with Parser() as fresh:
        parsed(fresh, "a.csv", "a,b\n")
    assert "hunter2" not in (folder / "seen").read_text()


def test_too_much_memory_costs_one_file(faulty_csv: Install) -> None:
    faulty_csv("bytearray(2 * 1024**3)")
    with Parser(memory=512 * 1024**2) as small:
        assert reason(small, "a.csv", "a,b\n") == "needs more than 512 MiB of memory to parse"
        assert parsed(small, "a.txt", "Next.").text == "Next."


# Broken on purpose: DO_NOT_TRACK and SCARF_NO_ANALYTICS left out of the child's settings (a look-up was recorded).
def test_nothing_is_looked_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    hook = f"lambda event, args: event.startswith('socket.') and open({str(seen)!r}, 'a').write(event + '\\n')"
    (tmp_path / "sitecustomize.py").write_text(f"import sys\nsys.addaudithook({hook})\n")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]))
    word = docx.Document()
    word.add_paragraph("One sentence stands here.")
    with Parser() as fresh:
        parsed(fresh, "a.md", "# One\n\nTwo sentences. Are here.")
        parsed(fresh, "a.docx", saved(word))
    lookups = {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"}
    assert not lookups & set(seen.read_text().split() if seen.exists() else ())


def test_parent_imports_no_parser_and_starts_no_child_before_the_first_file() -> None:
    code = """
import sys
from ragkit.documents import Resource
from ragkit.parsing.parser import Parser
with Parser() as parser:
    assert parser.starts == 0
    parser.parse(Resource(uri="a.pdf", body=open(0, "rb").read(), media_type="", revision="1"), source="s")
    assert parser.starts == 1
heavy = {"unstructured", "pypdfium2", "spacy", "lxml", "openpyxl", "numpy"} & set(sys.modules)
assert not heavy, heavy
"""
    run = subprocess.run([sys.executable, "-c", code], input=pdf(body("Some text.")), capture_output=True, check=False)
    assert run.returncode == 0, run.stderr.decode()


# Each waits until the other one has begun. Broken on purpose: `children` of 1 (both took their 20 s, one by one).
def test_two_threads_have_their_files_parsed_at_once(faulty_csv: Install) -> None:
    folder = faulty_csv(
        "begun = lambda: os.listdir(os.path.dirname(__file__)); "
        "open(os.path.join(os.path.dirname(__file__), f'begun-{os.getpid()}'), 'w').close(); "
        "[time.sleep(0.01) for _ in range(2000) if sum(name.startswith('begun') for name in begun()) < 2]"
    )
    with Parser(timeout=10) as shared, ThreadPoolExecutor(2) as pool:
        texts = list(pool.map(lambda name: parsed(shared, name, "a,b\n1,2\n").text, ("a.csv", "b.csv")))
    assert texts == ["a | b\n1 | 2"] * 2
    assert (shared.starts, len(list(folder.glob("begun-*")))) == (2, 2)


# Broken on purpose: the first `wait_for` in `Parser._lent` left out (two were started).
def test_short_files_of_two_threads_share_a_child(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ragkit.parsing.parser._PATIENCE", 60.0)
    with Parser() as shared, ThreadPoolExecutor(2) as pool:
        texts = list(pool.map(lambda name: parsed(shared, f"{name}.txt", name).text, "abcdef"))
    assert ("".join(texts), shared.starts) == ("abcdef", 1)


# Broken on purpose: `self._waiting > _QUEUE` left out (only one was started).
def test_two_children_read_where_three_threads_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ragkit.parsing.parser._PATIENCE", 60.0)
    with Parser() as shared, ThreadPoolExecutor(4) as pool:
        texts = list(pool.map(lambda name: parsed(shared, f"{name}.txt", name).text, "abcdef"))
    assert ("".join(texts), shared.starts) == ("abcdef", 2)


def test_one_thread_needs_one_child() -> None:
    with Parser() as fresh:
        assert [parsed(fresh, f"{name}.txt", name).text for name in "abc"] == ["a", "b", "c"]
        assert fresh.starts == 1


def test_closed_parser_starts_again_and_closing_twice_is_fine() -> None:
    parser = Parser()
    parsed(parser, "a.txt", "One.")
    parser.close()
    parser.close()
    assert parsed(parser, "a.txt", "Two.").text == "Two."
    parser.close()


# Broken on purpose: `child.kill()` in `Parser.close` left out (it waited until the file had taken its 60 s).
def test_closing_ends_what_is_being_parsed(faulty_csv: Install) -> None:
    folder = faulty_csv("open(os.path.join(os.path.dirname(__file__), 'begun'), 'w').close(); time.sleep(60)")
    parser = Parser()
    with ThreadPoolExecutor(1) as pool:
        told = pool.submit(reason, parser, "a.csv", "a,b\n")
        while not (folder / "begun").exists():
            time.sleep(0.01)
        parser.close()
        assert told.result(timeout=10) == "crashed the parser (SIGKILL)"
    assert parsed(parser, "a.txt", "Next.").text == "Next."
    parser.close()
