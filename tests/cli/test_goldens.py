"""How it looks, letter by letter, in a terminal of 80 columns without colours."""

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.cli.running import QUESTION, Ran

GOLDEN = Path(__file__).resolve().parents[1] / "golden"


def typed(*args: str, **variables: str) -> Ran:
    """Run a command in a process of its own."""
    code = "from ragkit.cli.main import main; main()"
    environment = os.environ | {"COLUMNS": "80", "NO_COLOR": "1", "TERM": "dumb", "PYTHONUTF8": "1"} | variables
    done = subprocess.run(
        [sys.executable, "-c", code, *args],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=environment,
        timeout=60,
        check=False,
    )
    return Ran(code=done.returncode, out=done.stdout, err=done.stderr)


def same(ran: Ran, name: str) -> None:
    """Compare with a golden file, but for white space at the ends of lines and the seconds it took."""
    assert (ran.code, ran.err) == (0, "")
    shown = re.sub(r"\d+\.\d s", "0.0 s", "\n".join(line.rstrip() for line in ran.out.splitlines()))
    golden = (GOLDEN / name).read_text(encoding="utf-8")
    assert shown.strip("\n") == golden.strip("\n"), f"if this is meant, write it to tests/golden/{name}:\n{shown}"


def test_the_help() -> None:
    same(typed("--help"), "help.txt")


def test_an_answer(here: Path) -> None:
    same(typed("ask", QUESTION), "ask.txt")


def test_a_pipe_that_closes_early_leaves_no_traceback(here: Path) -> None:
    code = "from ragkit.cli.main import main; main(['search', 'refund'])"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""


def test_a_terminal_of_few_letters_shows_what_it_can(here: Path) -> None:
    ran = typed("ask", QUESTION, "--model", "extractive", PYTHONUTF8="0", PYTHONIOENCODING="ascii")
    assert (ran.code, ran.err) == (0, "")
    assert "A refund takes five working days." in ran.out
