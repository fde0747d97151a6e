"""Bad input: one line that names the value and what helps, exit code 2, and nothing lost."""

import os
import shutil
from pathlib import Path

import pytest
from reportlab.lib.pdfencrypt import StandardEncryption  # type: ignore[import-untyped] # ships no types
from reportlab.pdfgen.canvas import Canvas  # type: ignore[import-untyped] # ships no types

from ragkit.store.catalog.lock import WriterLock
from tests.cli.running import QUESTION, Run

LONG = "refund " * 15_000
# A variable of the shell that is not set, and a rating that says nothing.
WITHOUT = [["search", "x", "--store", ""], ["sources", "--config", ""], ["records", "rate", "last"]]
TABLE = '[sources.s]\nconnector = "{connector}"\n{options}\n'


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["ingest", "nowhere"], "'nowhere' does not exist. Give a file, a folder, an http address"),
        (["ingest"], "there is nothing to ingest: the settings have no source. Run: ragkit ingest PATH"),
        (["ingest", "empty"], "has no file to read. Check the folder and the patterns."),
        (["ingest", "ftp://example.org"], "'ftp://example.org' has a scheme that is not read: 'ftp'."),
        (["ask", QUESTION, "--model", "gpt"], "'gpt' is no chat model. Use auto, extractive, ollama:NAME, openai"),
        (["ask", QUESTION, "--model", "qwen3:4b"], "If Ollama has it: ollama:qwen3:4b"),
        (["ask", QUESTION, "--model", "openai:x"], "models.openai_url is not set: there is no address of the server."),
        (["ask", QUESTION, "--model", "ollama:gone"], "'gone' is not on"),
        (["ask", QUESTION, "--model", "llamacpp:no.gguf"], "no.gguf' can't be read"),
        (["ask", QUESTION, "--store", "new"], "there is no store in 'new'. Run: ragkit ingest PATH --store new"),
        (["search", "x", "--store", "new"], "there is no store in 'new'. Run: ragkit ingest PATH --store new"),
        (["chat", "--store", "new"], "there is no store in 'new'. Run: ragkit ingest PATH --store new"),
        (["store", "stats", "--store", "new"], "there is no store in 'new'. Run: ragkit ingest PATH --store new"),
        (["store", "repair", "--store", "new"], "there is no store in 'new'. Run: ragkit ingest PATH --store new"),
        (["ask", ""], "the question is empty. Write one."),
        (["search", "  "], "the question is empty. Write one."),
        (["ask", LONG], "the question has 104999 characters; limits.question allows 4000."),
        (["search", LONG], "the question has 104999 characters; limits.question allows 4000."),
        (["ask", QUESTION, "--where", "page"], "'page' is not a filter. Write it as key=value."),
        (["search", "x", "--where", "=1"], "'=1' is not a filter. Write it as key=value."),
        (["ask", QUESTION, "--assistant", "suport"], "there is no assistant 'suport'. Did you mean 'support'?"),
        (["ask", QUESTION, "--assistant", "legal"], "nothing to read in 'ragkit-store', where the sources are"),
        (["demo", "--assistant", "nope"], "there is no assistant 'nope'."),
        (["sources", "--config", "no.toml"], "there is no file 'no.toml'. Check the path, or write"),
        (["init"], "'ragkit.toml' exists already. Delete it first, or edit it."),
        (["models", "pull", "no-such-model"], "no-such-model"),
        (["ingest", "file.txt", "--store", "file.txt"], "'file.txt' can't be a folder: File exists."),
        (["ui", "--host", "0.0.0.0"], "Add --expose if you mean it."),
        (["search", "x", "--store", "file.txt"], "'file.txt' is a file, and a store is a folder."),
        (["ingest", ""], "'' does not exist. Give a file, a folder, an http address."),
        (["ingest", "caf\udce9"], "'caf\\udce9' is in a place whose name is not UTF-8. Rename it."),
    ],
)  # fmt: skip
def test_bad_input_is_refused_in_one_line(run: Run, here: Path, command: list[str], said: str) -> None:
    (here / "empty").mkdir()
    (here / "file.txt").write_text("One.", encoding="utf-8")
    (here / "caf\udce9").touch()
    assert said in run(*command).error
    assert not (here / "new").exists()


@pytest.mark.parametrize(
    "command", [["ask", ""], ["search", ""], ["ingest", "nowhere"], ["store", "stats", "--store", "new"]]
)
def test_json_of_a_refusal_is_the_same_line_and_nothing_on_standard_output(run: Run, command: list[str]) -> None:
    assert run(*command, "--json").error


@pytest.mark.parametrize(
    "command",
    [
        ["ask"],
        ["nosuch"],
        ["ask", "x", "--limit", "0"],
        ["search", "x", "--limit", "a"],
        ["ask", "x", "--jsn"],
        *WITHOUT,
    ],
)
def test_wrong_use_leaves_with_2_and_the_usage(run: Run, command: list[str]) -> None:
    ran = run(*command)
    assert (ran.code, ran.out) == (2, "")
    assert "Usage: ragkit" in ran.err


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["search", "x", "--limit", "0"], "'0' is no whole number from 1 to 100."),
        (["search", "x", "--limit", "a"], "'a' is no whole number from 1 to 100."),
        (["ui", "--port", "70000"], "'70000' is no whole number from 1 to 65535."),
        (["tune", "--cases", "x", "--refused", "nan"], "'nan' is no number from 0 to 50."),
        (["records", "list", "--limit", "-1"], "'-1' is no whole number from 1 on."),
    ],
)
def test_a_number_out_of_bounds_is_named(run: Run, command: list[str], said: str) -> None:
    ran = run(*command)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[models]\nchatt = "x"', "unknown setting 'models.chatt'. Did you mean 'chat'?"),
        ("[models]\nnum_ctx = 1", "models.num_ctx = 1 is refused."),
        ("[models", "is not valid TOML"),
        ('[models]\nembedding = "glove"', "'glove' is no embedding model. Use minilm"),
        ('[models]\nembedding = "ollama:x"\nurl = "http://127.0.0.1:9"', "no Ollama answers on"),
        ('[store]\nchroma = "nonsense"\n', "'nonsense' is no address of a Chroma server"),
    ],
)  # fmt: skip
def test_wrong_settings_are_refused_in_one_line(run: Run, here: Path, text: str, said: str) -> None:
    before = (here / "ragkit.toml").read_text(encoding="utf-8") if "[store]" in text else ""
    (here / "ragkit.toml").write_text(before + text, encoding="utf-8")
    assert said in run("search", "refund").error


def test_a_chroma_server_that_is_down_stops_the_writer_alone(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAGKIT_STORE__CHROMA", "http://127.0.0.1:9")
    assert run("store", "repair").error.endswith("Run: chroma run --port 9")
    assert "refund" in run("search", "refund").out


@pytest.mark.parametrize(
    ("connector", "options", "said"),
    [
        ("filez", "", "there is no connector 'filez'. Did you mean 'files'?"),
        ("files", 'pth = "x"', "sources.s: the connector 'files' has no option 'pth'. Did you mean 'path'?"),
        ("files", 'path = "gone"', "gone' does not exist. Give a folder or a file that is there."),
        ("web", "", "sources.s: the connector 'web' needs the option 'url'."),
    ],
)
def test_a_wrong_source_is_refused_in_one_line(run: Run, here: Path, connector: str, options: str, said: str) -> None:
    with (here / "ragkit.toml").open("a", encoding="utf-8") as file:
        file.write(TABLE.format(connector=connector, options=options))
    assert said in run("ingest", "s").error


def test_an_unknown_variable_is_refused_in_one_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAGKIT_MODLES__CHAT", "extractive")
    assert "unknown variable 'RAGKIT_MODLES__CHAT'. Did you mean 'RAGKIT_MODELS__CHAT'?" in run("sources").error


def test_a_store_of_another_embedder_is_refused_and_stays_as_it_is(run: Run, here: Path) -> None:
    settings = (here / "ragkit.toml").read_text(encoding="utf-8")
    (here / "ragkit.toml").write_text(settings.replace("ollama:words", "ollama:words:latest"), encoding="utf-8")
    refused = run("search", "refund").error
    assert "built with the embedder 'words' and can't be used with 'words:latest'" in refused
    (here / "ragkit.toml").write_text(settings, encoding="utf-8")
    assert run("search", "refund").code == 0


def test_a_second_writer_is_told_who_writes(run: Run, here: Path) -> None:
    (here / "a.txt").write_text("One.", encoding="utf-8")
    with WriterLock(here / "ragkit-store").held():
        assert f"is being written by process {os.getpid()} on" in run("ingest", "a.txt").error
        assert "is being written by" in run("store", "repair").error
        assert run("search", "refund").code == 0
    assert run("ingest", "a.txt").code == 0


def test_a_broken_index_can_be_repaired(run: Run, here: Path) -> None:
    (database,) = (here / "ragkit-store" / "index").glob("*/chroma.sqlite3")
    database.write_bytes(b"x" * 1000)
    told = run("search", "refund")
    assert told.code == 0 or "Run: ragkit store repair" in told.error
    assert run("store", "repair").code == 0
    assert run("search", "refund").code == 0


def test_an_empty_store_is_told_with_the_command_that_fills_it(run: Run, here: Path) -> None:
    (here / "b.txt").write_text("", encoding="utf-8")
    assert run("ingest", "b.txt", "--store", "other").code == 1
    refused = run("ask", QUESTION, "--store", "other").error
    assert refused == "the store 'other' is empty. Run: ragkit ingest PATH --store other"


def test_bad_files_are_listed_and_the_good_ones_are_stored(run: Run, here: Path) -> None:
    docs = here / "docs"
    docs.mkdir()
    (docs / "good.txt").write_text("Invoices are sent monthly.", encoding="utf-8")
    (docs / "broken.pdf").write_bytes(b"%PDF-1.7\nnothing more")
    (docs / "empty.txt").write_bytes(b"")
    canvas = Canvas(str(docs / "locked.pdf"), encrypt=StandardEncryption("secret"))
    canvas.drawString(72, 700, "Nobody reads this.")
    canvas.save()
    ran = run("ingest", "docs")
    assert (ran.code, ran.err) == (1, "")
    assert "1 added, 0 updated, 0 unchanged, 0 deleted, 3 failed" in ran.out
    assert all(f"  '{name}'" in ran.out for name in ("broken.pdf", "empty.txt", "locked.pdf"))
    assert "Invoices are sent monthly." in run("search", "invoices monthly").out


def test_a_file_that_may_not_be_read_is_listed(run: Run, here: Path) -> None:
    (here / "docs").mkdir()
    (here / "docs" / "good.txt").write_text("Invoices are sent monthly.", encoding="utf-8")
    (here / "docs" / "secret.txt").write_text("x", encoding="utf-8")
    (here / "docs" / "secret.txt").chmod(0)
    if os.access(here / "docs" / "secret.txt", os.R_OK):
        pytest.skip("root reads every file: run the tests as another user")
    ran = run("ingest", "docs")
    assert ran.code == 1
    assert "'secret.txt' can't be read: Permission denied" in ran.out
    shutil.copytree(here / "ragkit-store", here / "locked")
    (here / "locked" / "catalog.db").chmod(0)
    (here / "ragkit-store").chmod(0o500)
    assert "Permission denied" in run("ingest", "docs", "--store", "ragkit-store/sub").error
    assert "Check that you may" in run("search", "refund", "--store", "locked").error


def test_an_address_inside_the_network_is_listed_as_refused(run: Run) -> None:
    ran = run("ingest", "http://127.0.0.1:9/")
    assert (ran.code, ran.err) == (1, "")
    assert "Add '127.0.0.1:9' to allow_hosts if you trust it." in ran.out


def test_a_target_that_is_nothing_does_not_stop_the_others(run: Run, here: Path) -> None:
    (here / "a.txt").write_text("One.", encoding="utf-8")
    (here / "b.txt").write_text("Two.", encoding="utf-8")
    ran = run("ingest", "a.txt", "nowhere", "b.txt")
    assert (ran.code, ran.out.count("1 added")) == (1, 2)
    assert ran.err == "error: 'nowhere' does not exist. Give a file, a folder, an http address.\n"


def test_the_report_of_a_job_that_failed_in_part_has_all_of_it(run: Run, here: Path) -> None:
    (here / "a.txt").write_text("One.", encoding="utf-8")
    ran = run("ingest", "nowhere", "a.txt", "--json")
    assert ran.code == 1
    assert '"error": "ConfigError"' in ran.out
    assert '"added": 1' in ran.out


def test_an_error_is_one_line_whatever_the_value_holds(run: Run) -> None:
    refused = run("ingest", "no\nsuch \x1b[31mfile" + "x" * 5000).error
    assert len(refused) < 1100
    assert "\x1b" not in refused
