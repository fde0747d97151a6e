"""A folder in BEIR's layout: corpus.jsonl, queries.jsonl and qrels/test.tsv."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ragkit.errors import ConfigError
from ragkit.evaluation.sets.cases import turns
from ragkit.evaluation.sets.corpus import Corpus
from ragkit.evaluation.sets.questions import LeftOut, Question, QuestionSet
from ragkit.evaluation.sets.rows import read_rows, require_file

_LAYOUT = "The folder needs corpus.jsonl, queries.jsonl and qrels/test.tsv."
_COLUMNS = (3, 4)

Judgements = dict[str, dict[str, int]]


@dataclass(frozen=True, kw_only=True)
class Collection:
    """Documents, and questions about them."""

    corpus: Corpus
    questions: QuestionSet


def read_collection(folder: Path, *, split: str = "test") -> Collection:
    """Read a folder; of the corpus nothing but that it is there.

    Raises:
        ConfigError: a file is missing, a line is broken, or no question has a relevant document.
    """
    corpus, queries, qrels = (folder / name for name in ("corpus.jsonl", "queries.jsonl", f"qrels/{split}.tsv"))
    for file in (corpus, queries):
        require_file(file, _LAYOUT)
    others = sorted(file.stem for file in qrels.parent.glob("*.tsv"))
    require_file(qrels, f"Add: --split {' or '.join(others)}" if others else _LAYOUT)
    return Collection(
        corpus=Corpus(corpus, name=folder.resolve().name or "collection"),
        questions=_questions(folder, queries, read_judgements(qrels)),
    )


def read_judgements(file: Path) -> Judgements:
    """Return the relevant documents of each query with their grades; grades of 0 and less are left aside.

    Three columns are query, document, grade; of four the second is passed over, as in TREC's files. A first line
    whose last column is no number is a head.

    Raises:
        ConfigError: a line has other columns, or a grade that is no whole number.
    """
    found: Judgements = {}
    for place, columns, is_first in _lines(file):
        grade = _grade(columns[-1])
        if grade is None and is_first:
            continue
        if len(columns) not in _COLUMNS or grade is None:
            message = f"{place} is no judgement. Write query, document and a whole number, with tabs between."
            raise ConfigError(message, setting="qrels")
        if grade > 0:
            relevant = found.setdefault(columns[0], {})
            relevant[columns[-2]] = max(grade, relevant.get(columns[-2], 0))
    return found


def _lines(file: Path) -> Iterator[tuple[str, list[str], bool]]:
    is_first = True
    with file.open(encoding="utf-8-sig", errors="replace") as lines:
        for number, line in enumerate(lines, start=1):
            if text := line.strip():
                columns = [column.strip() for column in text.split("\t")] if "\t" in text else text.split()
                yield f"{str(file)!r}, line {number}", columns, is_first
                is_first = False


def _grade(text: str) -> int | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return int(value) if value.is_integer() else None


def _questions(folder: Path, file: Path, judged: Mapping[str, Mapping[str, int]]) -> QuestionSet:
    questions: dict[str, Question] = {}
    unjudged, empty = 0, 0
    for row in read_rows(file):
        identity = row.identity("_id", "id")
        text, earlier = row.text("text").strip(), turns(row)
        if identity not in judged:
            unjudged += 1
        elif not text:
            empty += 1
        else:
            question = Question(id=identity, text=text, relevant=judged[identity], turns=earlier)
            if questions.setdefault(identity, question) != question:
                message = f"{row.place}: another question has the id {identity!r}. Give each its own."
                raise ConfigError(message, setting="_id", value=identity)
    missing = len(judged) - len(questions) - empty
    return QuestionSet(
        name=str(folder),
        questions=tuple(questions.values()),
        left_out=LeftOut(without_judgement=unjudged, without_question=missing, without_text=empty),
    )
