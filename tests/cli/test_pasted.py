"""What is pasted at the prompt of `ragkit chat`."""

import os
import pty
import select
import sys
import time

import pytest

pytestmark = pytest.mark.timeout(120)
PROMPT = "import ragkit.cli.chat; print(ascii(input('? ')))"


def shown(terminal: int, until: bytes) -> bytes:
    """Return what the terminal shows until then; it is all there is after half a minute."""
    found, end = b"", time.monotonic() + 30
    while until not in found and time.monotonic() < end:
        if select.select([terminal], [], [], 0.2)[0]:
            found += os.read(terminal, 4096)
    return found


def test_lines_that_are_pasted_together_are_one_question() -> None:
    # Broken on purpose: `parse_and_bind` left out, with which each line was a question of its own.
    process, terminal = pty.fork()
    if not process:
        os.execve(sys.executable, [sys.executable, "-c", PROMPT], os.environ | {"TERM": "xterm"})
    try:
        # A terminal marks what is pasted where it was asked to.
        assert b"\x1b[?2004h" in shown(terminal, b"? ")
        os.write(terminal, b"\x1b[200~How long does\na refund take?\x1b[201~")
        shown(terminal, b"take?")
        os.write(terminal, b"\n")
        assert b"'How long does\\na refund take?'" in shown(terminal, b"take?'")
    finally:
        os.close(terminal)
        os.waitpid(process, 0)
