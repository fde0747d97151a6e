"""Rankings as TREC run files, for every tool that reads them."""

import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TextIO
from urllib.parse import quote

from ragkit.evaluation.retrieval.outcomes import HYBRID, RETRIEVERS
from ragkit.evaluation.retrieval.ranking import Ranking


class RunFiles:
    """Writes a file for each retriever: a run has one ranking a question, so three do not fit in one."""

    def __init__(self, files: Mapping[str, TextIO]) -> None:
        self._files = files

    def __call__(self, question: str, rankings: Mapping[str, Ranking]) -> None:
        """Write what each retriever ranked."""
        for name, ranking in rankings.items():
            for rank, (uri, score) in enumerate(ranking.items(), start=1):
                self._files[name].write(f"{_word(question)} Q0 {_word(uri)} {rank} {score:.9g} ragkit-{name}\n")


def run_paths(file: Path) -> dict[str, Path]:
    """Return where each retriever's run goes: hybrid to the file itself, the others beside it with their names."""
    return {name: file if name == HYBRID else file.with_name(f"{file.stem}.{name}{file.suffix}") for name in RETRIEVERS}


@contextmanager
def run_files(file: Path) -> Iterator[RunFiles]:
    """Open the files for the block; what they held before is gone."""
    with ExitStack() as stack:
        opened = {
            name: stack.enter_context(path.open("w", encoding="utf-8", newline="\n"))
            for name, path in run_paths(file).items()
        }
        yield RunFiles(opened)


def _word(identity: str) -> str:
    """Return an id without white space, which parts the columns."""
    return re.sub(r"\s", lambda found: quote(found[0]), identity)
