"""Ctrl-C, and readers that leave: a command ends quietly, with the status that shells know."""

import os
import shlex
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from tests.cli.running import Run

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


@pytest.mark.parametrize("command", ["search refund", "store stats --json"])
def test_when_nobody_reads_on_a_command_ends_as_cat_does(here: Path, command: str) -> None:
    with begun(*shlex.split(command)) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        assert (process.stderr.read(), process.wait()) == ("", 141)
