"""`ragkit eval answers` and `ragkit cases add` as they are typed."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ragkit.cli.main import main
from ragkit.config import StoreConfig
from ragkit.config_file import load_config
from ragkit.recording.record import RECORD, Record
from ragkit.testing import MemoryConnector, PlainParser, ScriptedChat, WordEmbeddings
from ragkit.testing.ollama_server import OllamaDouble
from ragkit.workspace import Workspace
from tests.cli.running import SETTINGS, Ran
from tests.evaluation.beir_folder import lines
from tests.workspaces import HELP

ROWS: list[dict[str, object]] = [
    {"question": "How long does a refund take?", "documents": ["refunds.md"], "must_say": [["five working days"]]},
    {"question": "Who can ask for a refund?", "documents": ["refunds.md"], "must_say": ["the postman"]},
    {"question": "Who won the cup in Wimbledon?", "answerable": False},
]
JUDGED = '{"verdict": "right"}'
Type = Callable[[str], Ran]


@pytest.fixture(scope="module")
def ollama() -> Iterator[OllamaDouble]:
    with OllamaDouble(ScriptedChat(JUDGED), WordEmbeddings()) as double:
        yield double


@pytest.fixture
def typed(
    ollama: OllamaDouble, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Type:
    """Run a command in a folder with settings, a store and a file of cases."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    Path("ragkit.toml").write_text(SETTINGS.format(url=ollama.url), encoding="utf-8")
    Path("cases.jsonl").write_text(lines(ROWS), encoding="utf-8")

    def ran(line: str) -> Ran:
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main(line.split())
        out, err = capsys.readouterr()
        return Ran(code=int(left.value.code or 0), out=out, err=err)

    return ran


@pytest.fixture
def stored(typed: Type) -> Type:
    config = load_config().model_copy(update={"store": StoreConfig(path=Path("ragkit-store"))})
    with Workspace(config, embedding="ollama:words", chat="extractive", parser=PlainParser()) as own:
        for source, documents in HELP.items():
            own.ingest(MemoryConnector(documents, name=source))
    return typed


ASK = "eval answers --cases cases.jsonl --assistant support --model extractive"


def test_figures_come_first_and_then_what_is_not_right(stored: Type) -> None:
    ran = stored(ASK)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("cases.jsonl: 3 cases, support, extractive\n\nmean                        n\nright   ")
    assert "expected answer, came answer: 2\nexpected any refusal, came no_evidence: 1\n" in ran.out
    assert ran.out.count("\n2: Who can ask for a refund?\n   does not say 'the postman'\n   Only the owner") == 1


def test_what_is_not_shown_is_counted(stored: Type) -> None:
    assert "1 more case not right. Add: --failing 1" in stored(f"{ASK} --failing 0").out


def test_json_tells_the_judge_and_the_other_model(stored: Type) -> None:
    told = stored(f"{ASK} --judge ollama:scripted --compare ollama:scripted --json").json
    assert (told["asked"], told["model"], told["compared"]) == (3, "extractive", "ollama:scripted")
    assert (told["judge"]["n"], told["judge"]["agreed"]) == (3, pytest.approx(2 / 3))
    assert [wrong["id"] for wrong in told["wrong"]] == ["2"]
    assert next(one for one in told["differences"] if one["metric"] == "said")["won"] == 1


def test_the_judge_and_the_other_model_are_told_in_words(stored: Type) -> None:
    out = stored(f"{ASK} --judge ollama:scripted --compare ollama:scripted").out
    told = "ollama:scripted says what the rules say of 67% of 3 answers (Cohen's kappa 0.00)."
    assert told in " ".join(out.split())
    assert "\nless ollama:scripted\nright " in out


def test_a_report_is_written_where_it_was_asked_for(stored: Type) -> None:
    assert stored(f"{ASK} --html report.html --sample 2").out.startswith("cases.jsonl: 2 cases")
    assert Path("report.html").read_text(encoding="utf-8").startswith("<!doctype html>")


def test_a_measure_below_its_floor_makes_the_exit_code_1(stored: Type) -> None:
    assert stored(f"{ASK} --fail-under refusal=1").code == 0
    ran = stored(f"{ASK} --fail-under refusal=1 --fail-under right=0.9 --fail-under unsaid=0")
    assert ran.code == 1
    assert "right is 0.667, and has to be 0.9 at least." in ran.out
    assert "unsaid is told by no case, and has to be 0 at least." in ran.out
    assert stored(f"{ASK} --fail-under right=0.9 --json").json["below"] == ["right"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("--fail-under rihgt=1", "there is no measure 'rihgt'. Did you mean 'right'? Known: right, said"),
        ("--fail-under right=2", "'right=2' has no number from 0 to 1. Write it like this: --fail-under right=0.8"),
        ("--fail-under right", "'right' has no number from 0 to 1"),
        ("--judge extractive", "'extractive' can only quote, so that it is no judge"),
        ("--store nowhere", "there is no store in 'nowhere'"),
        ("--html no/where.html", "'no/where.html' can't be used"),
        ("--cases none.jsonl", "there is no file 'none.jsonl'"),
    ],
)
def test_answers_that_can_not_be_measured_are_refused(stored: Type, more: str, said: str) -> None:
    assert said in stored(f"{ASK} {more}").error


def test_a_case_is_added_and_asked(typed: Type) -> None:
    ran = typed("cases add new.jsonl --question Rent? --must-say first|1st --must-say month --document lease.md")
    assert (ran.code, ran.out) == (0, "added to new.jsonl\n")
    assert json.loads(Path("new.jsonl").read_text("utf-8")) == {
        "question": "Rent?",
        "answerable": True,
        "documents": ["lease.md"],
        "must_say": [["first", "1st"], "month"],
    }
    assert typed("cases add new.jsonl --question Rent?").out.endswith("nothing was added\n")


def test_rated_answers_are_added_and_what_is_missing_is_told(typed: Type) -> None:
    made = [
        Record(id=str(rating), question=f"Rent {rating}?", text="", text_sha256="", rating=rating, note=note)
        for rating, note in ((1, ""), (-1, "It is the 1st."))
    ]
    Path("answers.jsonl").write_bytes(b"\n".join(map(RECORD.dump_json, made)))
    out = typed("cases add new.jsonl --from-records answers.jsonl").out
    assert out.startswith("2 rated answers in answers.jsonl: 2 cases added to new.jsonl\n")
    assert out.endswith("add documents and must_say:\n  Rent 1?\n  Rent -1? (It is the 1st.)\n")
    assert json.loads(Path("new.jsonl").read_text("utf-8").splitlines()[1])["note"] == "It is the 1st."
    assert typed("cases add new.jsonl --from-records answers.jsonl").out.startswith(
        "2 rated answers in answers.jsonl: 0 "
    )


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("--must-say 30", "the case asks nothing. Add: --question TEXT"),
        ("--question Rent? --not-answerable --document lease.md", "'Rent?' has no answer, and yet documents or facts"),
        ("--question Rent? --refusal emergncy", "--refusal: there is no refusal 'emergncy'. Did you mean 'emergency'?"),
        ("--question Rent? --id 2", "two lines of 'cases.jsonl' have the id '2'"),
        ("--from-records a.jsonl --must-say 30 --id 2", "Leave --must-say, --id out, or add a case by itself"),
        ("--from-records .", "'.' is a folder, and no file"),
    ],
)
def test_a_case_that_is_wrong_is_not_added(typed: Type, more: str, said: str) -> None:
    assert said in typed(f"cases add cases.jsonl {more}").error
    assert Path("cases.jsonl").read_text("utf-8") == lines(ROWS)
