"""A workspace in a program of one's own: kept for long, asked by many threads, closed while somebody asks."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ragkit import Config, Viewer, Workspace, load_profile, wiring
from ragkit.config import ModelsConfig, RecordsConfig, StoreConfig
from ragkit.errors import ConfigError, StoreError
from ragkit.pipeline import recording
from ragkit.recording.recorder import find
from ragkit.testing import MemoryConnector
from tests.workspaces import NOBODY, filled, workspace

OWNER = Viewer.local()
HR = 'name = "hr"\ntitle = "HR"\ninstructions = "Be kind."\nnotice = "Hello."\nnot_found = "No."\n'
NOTICE = "What is the notice period of the lease?"


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Workspace]:
    with filled(tmp_path / "store", texts={"help": {"refunds.md": "A refund takes five working days."}}) as made:
        yield made


# Broken on purpose: the scope of an assistant computed when it is made.
def test_an_assistant_that_is_kept_follows_the_sources_that_come_later(opened: Workspace) -> None:
    support, legal = opened.assistant("support"), opened.assistant("legal")
    opened.ingest(MemoryConnector({"lease.md": "The notice period of the lease is one month."}, name="legal/leases"))
    opened.ingest(MemoryConnector({"parcels.md": "Parcels arrive within three days."}, name="shipping"))
    assert support.ask(NOTICE, viewer=OWNER).refusal == "no_evidence"
    assert legal.ask(NOTICE, viewer=OWNER).refusal is None
    assert support.ask("When do parcels arrive?", viewer=OWNER).refusal is None


def test_an_assistant_is_made_of_a_profile_or_of_its_path(opened: Workspace, tmp_path: Path) -> None:
    (tmp_path / "hr.toml").write_text(HR, "utf-8")
    profile = load_profile(tmp_path / "hr.toml")
    assert opened.assistant(profile).profile is opened.assistant(profile).profile is profile
    assert opened.assistant(tmp_path / "hr.toml").profile == profile


def test_rules_of_a_profile_lie_beside_it(opened: Workspace, tmp_path: Path) -> None:
    rules = tmp_path / "elsewhere" / "pay.toml"
    rules.parent.mkdir()
    rules.write_text(
        '[[rule]]\ngroup = "pay"\naction = "escalate"\nsource = "HR"\nchecked = 2026-11-22\npatterns = ["salary"]\n'
    )
    (rules.parent / "hr.toml").write_text(f'{HR}guards = ["pay.toml"]\nescalate = "Ask HR."\n', "utf-8")
    answer = opened.assistant(rules.parent / "hr.toml").ask("What is my salary?", viewer=OWNER)
    assert (answer.refusal, answer.text) == ("escalate", "Ask HR.")


def test_a_profile_that_comes_with_ragkit_is_read_once() -> None:
    assert load_profile("support") is load_profile("support")


def test_threads_that_come_first_at_once_share_store_and_models(tmp_path: Path) -> None:
    filled(tmp_path / "store").close()
    # Broken on purpose (Python 3.12 and newer): functools' cached_property instead of `made_once`.
    with workspace(tmp_path / "store") as made, ThreadPoolExecutor(8) as threads:
        ready = threading.Barrier(8)
        found = list(threads.map(lambda _: (ready.wait(), made.store, made.engine)[1:], range(8), timeout=30))
    assert len({id(store) for store, _ in found}) == len({id(engine) for _, engine in found}) == 1


def test_all_workspaces_of_a_process_share_the_default_embedder() -> None:
    first, second, other = (wiring.embedder(name, Config()) for name in ("minilm", "minilm", "minilm-int8"))
    # Broken on purpose: `_minilm` of wiring/embedding.py not asked.
    assert first is second
    assert first is not other


def test_an_assistant_whose_workspace_was_closed_says_so(opened: Workspace) -> None:
    assistant = opened.assistant("support")
    opened.close()
    with pytest.raises(StoreError, match="store' was closed"):
        assistant.ask("How long does a refund take?", viewer=OWNER)


def test_an_answer_on_record_can_be_rated(tmp_path: Path) -> None:
    config = Config(
        store=StoreConfig(path=tmp_path / "rated"), models=ModelsConfig(url=NOBODY), records=RecordsConfig(keep=1)
    )
    with workspace(tmp_path, config=config) as made:
        made.ingest(MemoryConnector({"refunds.md": "A refund takes five working days."}))
        answer = made.assistant("support").ask("How long does a refund take?", viewer=OWNER)
        made.rate(answer.record, good=True)
        made.rate(answer.record, good=False, note="It took a week. Write to ann@example.org.")
        record = find(recording(config).journal, answer.record)
        with pytest.raises(ConfigError, match="there is no record 'x'"):
            made.rate("x", good=True)
    assert (record.rating, record.note) == (-1, "It took a week. Write to <EMAIL>.")


def test_what_is_no_model_of_langchain_is_refused_by_its_class(tmp_path: Path) -> None:
    made = workspace(tmp_path, embedding=Path(), chat=Path())  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match=r"Path' is no embedding model\. Give an Embeddings of LangChain"):
        _ = made.embedder
    with pytest.raises(ConfigError, match=r"Path' is no chat model\. Give a BaseChatModel of LangChain"):
        _ = made.engine
