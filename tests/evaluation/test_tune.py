"""`ragkit tune` as it is typed."""

import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ragkit.cli.main import main
from ragkit.cli.settings_file import change, changed
from ragkit.config_file import load_config
from ragkit.errors import ConfigError
from ragkit.testing import MemoryConnector, PlainParser, ScriptedChat
from ragkit.testing.ollama_server import OllamaDouble
from ragkit.workspace import Workspace
from tests.cli.running import SETTINGS, Ran, Run
from tests.evaluation.beir_folder import lines
from tests.evaluation.drawers import DRAWERS, THINGS, Beside

pytestmark = pytest.mark.timeout(90)
COMMENTED = '# Ours.\n{settings}\n[retrieval]\n# passages\nlimit = 8   # as ever\n\n[assistant]\ndefault = "legal"\n'


@pytest.fixture(scope="module")
def ollama() -> Iterator[OllamaDouble]:
    with OllamaDouble(ScriptedChat(""), Beside()) as double:
        yield double


@pytest.fixture(scope="module")
def folder(ollama: OllamaDouble, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a store, and questions for which the words alone are right."""
    made = tmp_path_factory.mktemp("tuned")
    (made / "ragkit.toml").write_text(COMMENTED.format(settings=SETTINGS.format(url=ollama.url)), encoding="utf-8")
    rows: list[dict[str, object]] = [
        {"question": f"Where is the {thing}?", "documents": [f"{thing}.md"]} for thing in THINGS
    ]
    (made / "few.jsonl").write_text(lines(rows[:4]), encoding="utf-8")
    rows += [{"question": f"Who is {name}?", "documents": [], "answerable": False} for name in ("Ada", "Bo", "Cy")]
    (made / "cases.jsonl").write_text(lines(rows), encoding="utf-8")
    config = load_config(made / "ragkit.toml")
    with Workspace(config, embedding="ollama:words", chat="extractive", parser=PlainParser()) as opened:
        opened.ingest(MemoryConnector(DRAWERS))
    return made


@pytest.fixture
def run(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Run]:
    """Run `ragkit tune` in the folder; its settings are put back at the end."""
    monkeypatch.chdir(folder)
    before = Path("ragkit.toml").read_bytes()

    def ran(*args: str) -> Ran:
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main(["tune", *args])
        out, err = capsys.readouterr()
        return Ran(code=int(left.value.code or 0), out=out, err=err)

    yield ran
    Path("ragkit.toml").write_bytes(before)


def test_what_is_better_is_told_and_nothing_is_written(run: Run) -> None:
    before = Path("ragkit.toml").read_bytes()
    ran = run("--cases", "cases.jsonl")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("cases.jsonl: 20 questions with documents, 3 without an answer, 5 folds\n")
    assert "retrieval.meaning: 0.6 -> 0." in ran.out
    assert "(10 unanswerable questions are needed, there are 3)" in ran.out
    assert "Nothing was written. To have these changes written, add: --write" in ran.out
    # Broken on purpose: `change` without `if write`.
    assert Path("ragkit.toml").read_bytes() == before


def test_what_is_better_is_written_and_every_comment_stays(run: Run) -> None:
    before = Path("ragkit.toml").read_text(encoding="utf-8").splitlines()
    told = run("--cases", "cases.jsonl", "--write", "--json").json
    after = Path("ragkit.toml").read_text(encoding="utf-8").splitlines()
    settings = load_config().retrieval
    assert {"retrieval.meaning": settings.meaning, "retrieval.limit": settings.limit} == told["changes"]
    assert [line for line in after if line not in before] == ["limit = 3   # as ever", f"meaning = {settings.meaning}"]
    assert [line for line in before if line not in after] == ["limit = 8   # as ever"]
    assert "\n-limit = 8   # as ever\n+limit = 3   # as ever\n" in told["diff"]


def test_json_has_its_keys_and_is_the_same_every_time(run: Run) -> None:
    first = run("--cases", "few.jsonl", "--json").json
    assert list(first) == ["questions", "unanswerable", "folds", "choices", "limits", "changes", "diff"]
    assert [one["setting"] for one in first["choices"]] == [
        "retrieval.meaning",
        "retrieval.limit",
        "retrieval.evidence",
    ]
    assert run("--cases", "few.jsonl", "--json").json == first


def test_too_few_questions_are_shown_and_never_written(run: Run) -> None:
    before = Path("ragkit.toml").read_bytes()
    ran = run("--cases", "few.jsonl", "--write")
    assert ran.code == 1
    assert "Too few questions to change anything: 20 with documents are needed." in ran.out
    assert "nDCG@10" in ran.out
    assert Path("ragkit.toml").read_bytes() == before


def test_chunks_of_other_sizes_say_first_what_they_cost(run: Run) -> None:
    ran = run("--cases", "few.jsonl", "--chunking")
    assert ran.err.startswith("Cutting and embedding the documents to 64, 128")
    assert "store.chunk_tokens: keep 0" in ran.out


def test_a_variable_that_goes_over_the_file_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAGKIT_RETRIEVAL__LIMIT", "8")
    assert "The variable RAGKIT_RETRIEVAL__LIMIT goes over" in run("--cases", "cases.jsonl", "--write").out


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (["--cases", "none.jsonl"], "there is no file 'none.jsonl'. Check the path."),
        (["--cases", "cases.jsonl", "--store", "nowhere"], "there is no store in 'nowhere'."),
        (["--cases", "cases.jsonl", "--config", "no.toml"], "there is no file 'no.toml'. Check the path"),
    ],
)
def test_what_can_not_be_tuned_is_refused(run: Run, typed: list[str], said: str) -> None:
    assert said in run(*typed).error


def test_without_its_part_the_command_says_how_to_get_it() -> None:
    code = "import sys; sys.modules['tomlkit'] = None\nfrom ragkit.cli.main import main; main(['tune', '--cases', 'x'])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == 'error: tomlkit is not installed. Run: pip install "ragkit[eval]"\n'


VALUES: dict[str, float] = {"retrieval.limit": 5, "retrieval.meaning": 0.4, "store.chunk_tokens": 128}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# nothing yet",
        "[retrieval]\nlimit = 3   # few\n# end\n\n[models]\nchat = 'x'",
        "retrieval.limit = 3 # dotted\n",
        "retrieval = { limit = 3 } # inline\n",
        "# Windows\r\n[retrieval]\r\nlimit = 3\r\n\r\n[store]\r\npath = 'a'\r\n",
    ],
)
def test_only_the_settings_named_change(text: str) -> None:
    after = changed(text, VALUES)
    read: dict[str, Any] = tomllib.loads(after)
    assert {f"{table}.{key}": read[table][key] for table, key in (name.split(".") for name in VALUES)} == VALUES
    assert all(comment in after for comment in [line[line.index("#") :] for line in text.split("\n") if "#" in line])
    assert ("\r\n" in text) == ("\r\n" in after)
    assert "\n" not in after.replace("\r\n", "") or "\r\n" not in text


def test_a_file_that_is_not_there_is_made(tmp_path: Path) -> None:
    diff = change(tmp_path / "ragkit.toml", {"retrieval.limit": 5})
    assert (tmp_path / "ragkit.toml").read_text(encoding="utf-8") == "[retrieval]\nlimit = 5\n"
    assert diff.endswith("+[retrieval]\n+limit = 5")


def test_a_section_that_is_no_table_is_refused() -> None:
    with pytest.raises(ConfigError, match="'retrieval' is no table"):
        changed("retrieval = 3\n", VALUES)
