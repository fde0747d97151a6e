"""Ctrl-C, and readers that leave: a command ends quietly, with the status that shells know."""

import os
import shlex
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest
from langchain_core.messages import BaseMessage
from pydantic import PrivateAttr

from ragkit.testing import ScriptedChat, WordEmbeddings
from ragkit.testing.ollama_server import OllamaDouble
from tests.cli.running import QUESTION, WRITTEN, Run

pytestmark = pytest.mark.timeout(120)
# So many moments within the first second and a half.
MOMENTS = int(os.environ.get("INTERRUPTS", "3"))
# Tells when the first of the heavy modules begins to be imported: Ctrl-C is heard from then on.
MAIN = """
import sys
from ragkit.cli.main import main
first = ("import", "typer")
sys.addaudithook(lambda event, found: (event, *found[:1]) == first and print("begun", flush=True))
main()
"""


@contextmanager
def begun(*args: str, code: str = MAIN) -> Iterator["subprocess.Popen[str]"]:
    """Start a command as a terminal does, in a group of its own, and wait until it is about to be imported."""
    pipe = subprocess.PIPE
    command = [sys.executable, "-c", code, *args]
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, start_new_session=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def interrupted(process: "subprocess.Popen[str]") -> tuple[int, str]:
    """Type Ctrl-C, and return the status and what standard error got."""
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=60)
    return process.returncode, err


def until(done: Callable[[], bool]) -> None:
    while not done():
        time.sleep(0.02)


class Silent(ScriptedChat):
    """Hears a question and says nothing until it is let go."""

    _go: threading.Event = PrivateAttr(default_factory=threading.Event)

    def __init__(self) -> None:
        super().__init__(WRITTEN)

    def let_go(self) -> None:
        self._go.set()

    def _next(self, messages: list[BaseMessage]) -> str:
        written = super()._next(messages)
        self._go.wait(60)
        return written


def stored(catalog: Path) -> int:
    with suppress(sqlite3.Error), closing(sqlite3.connect(f"file:{catalog}?mode=ro", uri=True)) as connection:
        return int(connection.execute("SELECT COUNT(*) FROM documents").fetchone()[0])
    return 0


# Broken on purpose: without `signal.signal` in main.py the first moments end in a traceback, with -2.
@pytest.mark.parametrize("moment", [number * 1.5 / MOMENTS for number in range(MOMENTS)])
def test_ctrl_c_ends_a_command_quietly_at_every_moment(here: Path, moment: float) -> None:
    with begun("chat", "--model", "extractive") as process:
        time.sleep(moment)
        assert interrupted(process) == (130, "")


def test_an_interrupted_ingest_keeps_what_is_stored_and_the_next_one_goes_on(run: Run, here: Path) -> None:
    (here / "docs").mkdir()
    for number in range(300):
        (here / "docs" / f"{number}.txt").write_text(f"Invoice {number} is sent monthly.", encoding="utf-8")
    with begun("ingest", "docs", "--store", "new") as process:
        until(lambda: stored(here / "new" / "catalog.db") > 0)
        kept = "Stopped. What is stored stays stored; the same command goes on from there.\n"
        assert interrupted(process) == (130, kept)
    before = stored(here / "new" / "catalog.db")
    assert f"{300 - before} added, 0 updated, {before} unchanged" in run("ingest", "docs", "--store", "new").out


# Broken on purpose: `wait=False` in `_Run._read`, or `child.kill()` in `Parser.close`, left out (it took the 60 s).
def test_a_file_that_takes_long_holds_no_interrupt_up_and_counts_as_never_read(
    run: Run, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = f"import csv, pathlib, time\ndef reader(*a, **k):\n    pathlib.Path({str(here / 'begun')!r}).touch()\n"
    (here / "sitecustomize.py").write_text(f"{slow}    time.sleep(60)\ncsv.reader = reader\n", encoding="utf-8")
    (here / "slow.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    with monkeypatch.context() as slowly:
        slowly.setenv("PYTHONPATH", os.pathsep.join([str(here), os.environ.get("PYTHONPATH", "")]))
        with begun("ingest", "slow.csv", "--store", "new") as process:
            until((here / "begun").exists)
            asked = time.monotonic()
            assert interrupted(process)[0] == 130
            assert time.monotonic() - asked < 30
    assert "1 added, 0 updated, 0 unchanged, 0 deleted, 0 failed" in run("ingest", "slow.csv", "--store", "new").out


# Broken on purpose: `hear_again()` in chat.py left out (the second Ctrl-C ended the process within the prompt).
def test_ctrl_c_stops_an_answer_and_the_conversation_goes_on(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    silent = Silent()
    with OllamaDouble(silent, WordEmbeddings()) as served:
        monkeypatch.setenv("RAGKIT_MODELS__URL", served.url)
        with begun("chat") as process:
            assert process.stdin is not None
            for times in (1, 2):
                process.stdin.write(f"{QUESTION}\n")
                process.stdin.flush()
                until(lambda: len(silent.asked) == times)  # noqa: B023 - waited for before the next one
                process.send_signal(signal.SIGINT)
            _, err = process.communicate("/bye\n", timeout=60)
        silent.let_go()
    assert (process.returncode, err) == (0, "Stopped before it was answered.\n" * 2)


def test_what_was_started_to_ignore_ctrl_c_goes_on(here: Path) -> None:
    code = f"import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\n{MAIN}"
    with begun("search", "refund", code=code) as process:
        assert interrupted(process) == (0, "")


@pytest.mark.real
@pytest.mark.parametrize(("sign", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_the_pages_leave_no_server_behind(here: Path, sign: signal.Signals, status: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = int(taken.getsockname()[1])

    def listens() -> bool:
        with socket.socket() as asked:
            return asked.connect_ex(("127.0.0.1", port)) == 0

    with begun("ui", "--port", str(port)) as process:
        until(listens)
        process.send_signal(sign)
        process.communicate(timeout=60)
        assert (process.returncode, listens()) == (status, False)


# Broken on purpose: `isinstance(left.__context__, BrokenPipeError)` in commands.py left out (the help left with 1).
@pytest.mark.parametrize("command", ["search refund", "store stats --json", "--help", "ask -h", "--version"])
def test_when_nobody_reads_on_a_command_ends_as_cat_does(here: Path, command: str) -> None:
    with begun(*shlex.split(command)) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        assert (process.stderr.read(), process.wait()) == ("", 141)
