"""The process that parses: started, asked, timed, killed."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from typing import BinaryIO

from ragkit.parsing.process.frames import READY, read_frame, write_frame
from ragkit.parsing.process.limits import LOAD_SECONDS
from ragkit.parsing.process.watch import Watch

_GOODBYE_SECONDS = 2.0

# A parser of strangers' files gets no keys from the environment.
_PASSED_ON = (
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "TESSDATA_PREFIX",
    "SYSTEMROOT",
    "USERPROFILE",
    "PYTHONPATH",
    "LD_LIBRARY_PATH",
)
_SETTINGS = {
    "DO_NOT_TRACK": "1",
    "SCARF_NO_ANALYTICS": "true",
    "UNSTRUCTURED_DISABLE_NOTICE": "1",
    # No paragraph is short enough to be guessed a title: headings come from the format alone.
    "UNSTRUCTURED_TITLE_MAX_WORD_LENGTH": "0",
    # Every thread of a numeric library maps memory that counts against the limit, and none is needed.
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "OMP_THREAD_LIMIT": "1",
    "MALLOC_ARENA_MAX": "2",
    "PYTHONIOENCODING": "utf-8",
}


class ChildFailed(Exception):
    """The child gave no answer. The message continues a sentence that begins with the file's name."""


class Child:
    """One process, started at once. After `ChildFailed` it is of no more use."""

    def __init__(self, *, memory: int, reply_limit: int) -> None:
        self._reply_limit = reply_limit
        self._expired = False
        self._watch = Watch(self._expire)
        self._folder = tempfile.TemporaryDirectory(prefix="ragkit-parse-", ignore_cleanup_errors=True)
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "ragkit.parsing.process.worker", str(memory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=self._folder.name,
            env=_environment(self._folder.name),
            start_new_session=True,  # so that what the child starts, such as pandoc, is killed with it
        )

    @property
    def usable(self) -> bool:
        """Whether the process still runs and was never killed."""
        return not self._expired and self._process.poll() is None

    def ask(self, header: Mapping[str, object], body: bytes, *, timeout: float) -> bytes:
        """Return the answer to one file; `timeout` seconds run from when the reader is loaded, anew for each picture.

        Raises:
            ChildFailed: the child took too long, or ended.
        """
        with self._deadline(LOAD_SECONDS):
            # Both at once: what waits for the first answer waits for its turn among the threads of this process, too.
            write_frame(self._stdin, json.dumps(header).encode())
            write_frame(self._stdin, body)
            read_frame(self._stdout, limit=self._reply_limit)
        answer = READY
        while answer == READY:
            with self._deadline(timeout):
                answer = read_frame(self._stdout, limit=self._reply_limit)
        return answer

    def close(self) -> None:
        """End the process, kindly first, and remove its folder."""
        self._watch.close()
        with contextlib.suppress(OSError):
            self._stdin.close()
        try:
            self._process.wait(_GOODBYE_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            self._process.wait()
        self._stdout.close()
        self._folder.cleanup()

    @property
    def _stdin(self) -> BinaryIO:
        return self._process.stdin  # type: ignore[return-value] # always a pipe here

    @property
    def _stdout(self) -> BinaryIO:
        return self._process.stdout  # type: ignore[return-value] # always a pipe here

    @contextlib.contextmanager
    def _deadline(self, seconds: float) -> Iterator[None]:
        try:
            with self._watch.deadline(seconds):
                yield
        except (OSError, EOFError, ValueError) as error:
            raise ChildFailed(self._reason(seconds)) from error

    def _expire(self) -> None:
        self._expired = True
        self.kill()

    def kill(self) -> None:
        """End the process at once, from any thread; whoever waits for its answer gets `ChildFailed`."""
        if self._process.returncode is not None:
            return  # its number may be another's by now
        with contextlib.suppress(OSError):
            if hasattr(os, "killpg"):
                os.killpg(self._process.pid, signal.SIGKILL)
            else:
                self._process.kill()

    def _reason(self, seconds: float) -> str:
        if self._expired:
            return f"took more than {seconds:g} s to parse"
        try:
            return f"crashed the parser ({_ending(self._process.wait(_GOODBYE_SECONDS))})"
        except subprocess.TimeoutExpired:
            self.kill()
            return "broke the parser, which sent nonsense"


def _environment(folder: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name in _PASSED_ON or name.startswith("COVERAGE_")}
    return kept | _SETTINGS | {"TMPDIR": folder, "TEMP": folder, "TMP": folder}


def _ending(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    with contextlib.suppress(ValueError):
        return signal.Signals(-code).name
    return f"signal {-code}"
