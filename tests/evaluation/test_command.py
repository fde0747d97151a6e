"""`ragkit eval retrieval` as it is typed."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ragkit.cli.main import main
from ragkit.config import StoreConfig
from ragkit.config_file import load_config
from ragkit.testing import MemoryConnector, PlainParser, ScriptedChat, WordEmbeddings
from ragkit.testing.ollama_server import OllamaDouble
from ragkit.workspace import Workspace
from tests.cli.running import SETTINGS, Ran, Run
from tests.evaluation.beir_folder import lines, written

KEYS = [
    "collection", "embedder", "reranker", "documents", "chunks", "failed", "repeated", "questions", "unanswerable",
    "left_out", "missing_documents", "means", "differences", "thresholds", "calibration", "losers",
]  # fmt: skip


@pytest.fixture(scope="module")
def ollama() -> Iterator[OllamaDouble]:
    with OllamaDouble(ScriptedChat(""), WordEmbeddings()) as double:
        yield double


@pytest.fixture
def run(
    ollama: OllamaDouble, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """Run a command in a folder with settings and a collection."""
    monkeypatch.chdir(tmp_path)
    Path("ragkit.toml").write_text(SETTINGS.format(url=ollama.url), encoding="utf-8")
    written(Path("animals"))

    def ran(*args: str) -> Ran:
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main(["eval", "retrieval", *args])
        out, err = capsys.readouterr()
        return Ran(code=int(left.value.code or 0), out=out, err=err)

    return ran


def test_a_collection_is_measured_and_leaves_nothing_behind(run: Run) -> None:
    ran = run("animals")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("animals: 3 questions, 4 documents in 4 chunks, words\n")
    assert "mean             n  lexical               dense                 hybrid\nnDCG@10          3  0." in ran.out
    assert "hybrid less      n  lexical                   dense\nnDCG@10          3  " in ran.out
    assert sorted(path.name for path in Path().iterdir()) == ["animals", "ragkit.toml"]


def test_json_has_its_keys(run: Run) -> None:
    told = run("animals", "--json", "--losers", "3").json
    assert list(told) == KEYS
    assert (told["questions"], told["documents"], len(told["means"]), len(told["differences"])) == (3, 4, 15, 10)


def test_a_kept_store_gives_the_same_figures_again(run: Run) -> None:
    first = run("animals", "--keep", "kept", "--json").json
    assert (Path("kept") / "catalog.db").exists()
    assert run("animals", "--keep", "kept", "--json").json == first


def test_runs_and_report_are_written_where_they_were_asked_for(run: Run) -> None:
    assert run("animals", "--run-file", "out.trec", "--html", "report.html").code == 0
    assert {path.name for path in Path().glob("out*.trec")} == {"out.trec", "out.lexical.trec", "out.dense.trec"}
    assert Path("report.html").read_text(encoding="utf-8").startswith("<!doctype html>")


def test_losers_are_shown_with_the_ranks_of_what_answers_them(run: Run) -> None:
    queries = [{"_id": "q1", "text": "whale owl bee"}, {"_id": "q2", "text": "what carries its weight at night"}]
    qrels = "q1\tant\t1\nq1\tbee\t1\nq1\twhale\t2\nq2\towl\t1\nq2\tgone\t1\n"
    written(Path("hard"), queries=queries, qrels=qrels)
    ran = run("hard", "--losers", "20")
    told = run("hard", "--losers", "20", "--json").json["losers"]
    assert ran.out.count("with hybrid, ") == sum(1 + len(loser["relevant"]) for loser in told)
    assert "1 relevant document not in the store, taken as not found, as 'gone'." in ran.out


def test_what_is_left_out_is_said(run: Run) -> None:
    with Path("animals/queries.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"_id": "more", "text": "Who?"}\n')
    with Path("animals/corpus.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"_id": "owl", "text": "Again."}\n')
    out = run("animals").out
    assert "1 question without a relevant document, left out." in out
    assert "1 line of the corpus with an id that came before, left out." in out


def test_a_document_that_can_not_be_stored_is_named_and_the_exit_code_is_1(run: Run) -> None:
    with Path("animals/corpus.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"_id": "nul\\u0000", "text": "A NUL."}\n')
    ran = run("animals")
    assert ran.code == 1
    assert "has a NUL character in it" in ran.err
    assert "1 document that could not be stored." in ran.out


def test_cases_are_asked_of_ones_own_store(run: Run) -> None:
    config = load_config().model_copy(update={"store": StoreConfig(path=Path("own"))})
    with Workspace(config, embedding="ollama:words", chat="extractive", parser=PlainParser()) as own:
        own.ingest(MemoryConnector({"lease.md": "The rent is due on the first day of the month."}))
    rows: list[dict[str, object]] = [
        {"question": "When is the rent due?", "documents": ["lease.md"]},
        {"question": "Who is the king?", "documents": [], "answerable": False},
    ]
    Path("cases.jsonl").write_text(lines(rows), encoding="utf-8")
    told = run("--cases", "cases.jsonl", "--store", "own", "--json").json
    assert (told["collection"], told["questions"], told["unanswerable"]) == ("cases.jsonl", 1, 1)
    assert {mean["mean"] for mean in told["means"]} == {1.0}
    assert "1 question without an answer on purpose" in run("--cases", "cases.jsonl", "--store", "own").out


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ([], "give the folder of a collection"),
        (["animals", "--cases", "cases.jsonl"], "give the folder of a collection"),
        (["animals", "--store", "own"], "give the folder of a collection"),
        (["nowhere"], "there is no file 'nowhere/corpus.jsonl'. The folder needs corpus.jsonl"),
        (["animals", "--split", "dev"], "there is no file 'animals/qrels/dev.tsv'. Add: --split test"),
        (["--cases", "none.jsonl"], "there is no file 'none.jsonl'. Check the path."),
        (["animals", "--html", "no/where.html"], "'no/where.html' can't be used"),
        (["animals", "--run-file", "no/where.trec"], "can't be used"),
    ],
)
def test_what_can_not_be_measured_is_refused(run: Run, typed: list[str], said: str) -> None:
    assert said in run(*typed).error


def test_without_its_part_the_command_says_how_to_get_it() -> None:
    code = (
        "import sys; sys.modules['ir_measures'] = None\n"
        "from ragkit.cli.main import main; main(['eval', 'retrieval', 'x'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == 'error: ir-measures is not installed. Run: pip install "ragkit[eval]"\n'
