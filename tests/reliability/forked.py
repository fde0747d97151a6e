"""Chroma in a child process that is forked: a new interpreter needs two seconds of a core to import chromadb."""

import json
import multiprocessing
import os
import signal
import subprocess
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any, ClassVar

from ragkit.store.index import child
from ragkit.store.index.base import VectorIndex
from ragkit.store.index.chroma_folders import FolderIndexes


class ForkedIndexes(FolderIndexes):
    """Chroma's indexes. Their child is forked, in a process of `growing.run` that has opened none of them yet."""

    _is_opened: ClassVar[bool] = False

    def open(self, name: str) -> VectorIndex:
        # From here on there are Chroma's threads, which a fork would not have.
        ForkedIndexes._is_opened = True
        return super().open(name)

    def _in_a_child(self, work: str, name: str, folder: Path, *rest: str) -> dict[str, Any]:
        if self._is_opened or not multiprocessing.parent_process():
            return super()._in_a_child(work, name, folder, *rest)
        read, written = os.pipe()
        pid = os.fork()
        if not pid:
            _do(written, work, str(self._folder / name), name, str(folder), *rest)
        os.close(written)
        with os.fdopen(read, encoding="utf-8") as said:
            told = said.read()
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        if code:
            raise subprocess.CalledProcessError(code, work, stderr="")
        return dict(json.loads(told))


def _do(written: int, *work: str) -> None:
    """Do the child's work and end, without what the parent holds: its lock would outlive it."""
    try:
        signal.alarm(60)
        os.dup2(written, 1)
        os.closerange(3, os.sysconf("SC_OPEN_MAX"))
        with os.fdopen(1, "w", encoding="utf-8") as told, redirect_stdout(told):
            child.main(*work)
        os._exit(0)
    finally:
        os._exit(1)
