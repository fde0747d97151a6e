"""The last stage of a search, alone and behind the settings."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ragkit import Workspace
from ragkit.config import Config, ModelsConfig, RetrievalConfig, StoreConfig
from ragkit.documents import Viewer
from ragkit.retrieval.base import Retriever
from ragkit.retrieval.stages.distinct import DistinctRetriever
from ragkit.retrieval.stages.rerank import JudgeReranker, RerankedRetriever
from ragkit.retrieval.stages.shaped import SPARE, ShapedRetriever
from ragkit.testing import MemoryConnector, WordJudge
from ragkit.testing.retriever_contract import DOCUMENTS, RetrieverContract
from tests.found import Finding, document, hit, texts
from tests.workspaces import NOBODY, workspace

OWNER = Viewer.local()
RULES = "# Rules\n\n" + "\n\n".join(f"Rule {number}: the {word} rests." for number, word in enumerate("abcdefgh"))
TEXTS = {"rules.md": RULES, "more.md": "# More\n\nRule nine: the cat rests.", "copy/rules.md": RULES}


def opened(folder: Path, held: dict[str, str], settings: RetrievalConfig) -> Workspace:
    config = Config(store=StoreConfig(path=folder), models=ModelsConfig(url=NOBODY), retrieval=settings)
    made = workspace(folder, config=config)
    made.ingest(MemoryConnector(held))
    return made


class TestShapedRetriever(RetrieverContract):
    @pytest.fixture
    def retriever(self, tmp_path: Path) -> Iterator[Retriever]:
        settings = RetrievalConfig(per_document=1, mmr=0.5, section_characters=1000)
        with opened(tmp_path / "store", DOCUMENTS, settings) as made:
            yield made.retriever()


def test_a_bound_holds_behind_a_reranker_and_the_limit_is_filled() -> None:
    crowd = document("a", Facts=" ".join(f"fact {number}." for number in range(50)))
    others = [document(name, Facts="one fact.") for name in "bcdefghijk"]
    hits = [hit(crowd, f"fact {number}.", score=2) for number in range(50)]
    hits += [hit(one, "one fact.") for one in others]
    # Broken on purpose: `per_document=0` in the DistinctRetriever; the reranker then sees one document alone.
    before = DistinctRetriever(Finding(hits), per_document=SPARE * 2)
    shaped = ShapedRetriever(
        RerankedRetriever(before, JudgeReranker(WordJudge)), Finding([]), per_document=2, relevance=0.5
    )
    found = shaped.retrieve("fact", limit=8, viewer=OWNER)
    assert (len(found), sum(one.chunk.uri == "a" for one in found)) == (8, 2)


def test_sections_are_read_as_the_viewer_may() -> None:
    lease = document("lease", Rent="Rent is due. Pay it.")
    finding = Finding([hit(lease, "Pay it.")], lease)
    stranger = Viewer(groups=frozenset({"staff"}))
    shaped = ShapedRetriever(finding, finding, section_characters=50)
    assert texts(shaped.retrieve("rent", viewer=stranger)) == ["Rent is due. Pay it."]
    assert finding.read == [(lease.id, stranger)]


def test_the_settings_shape_what_is_searched_and_what_is_asked(tmp_path: Path) -> None:
    rules = {**TEXTS, "rules.md": f"{RULES}\n\n# Other\n\n{'Nothing here. ' * 300}"}
    settings = RetrievalConfig(per_document=1, section_characters=1000)
    with opened(tmp_path / "store", rules, settings) as made:
        hits = made.search("which rule: does the a rest", limit=8, viewer=OWNER)
        asked = made.assistant("support").ask("Which rule: does the a rest?", viewer=OWNER)
    assert sorted(one.chunk.uri for one in hits) == sorted({one.chunk.uri for one in hits})
    # The whole rules, and a quote that opens at its own words.
    assert RULES in [one.chunk.text for one in hits]
    assert all(rules[one.chunk.uri][one.start : one.end] == one.quote for one in asked.citations)


def test_copies_are_shown_once_by_default_and_told_of(tmp_path: Path) -> None:
    with opened(tmp_path / "store", TEXTS, RetrievalConfig()) as made:
        hits = made.search("rule a rests", limit=8, viewer=OWNER)
    told = {one.chunk.uri: [chunk.uri for chunk in one.repeats] for one in hits}
    assert set(told) | {uri for uris in told.values() for uri in uris} == set(TEXTS)
    assert len(hits) == 2


def test_what_several_searches_found_is_still_shown_once() -> None:
    lease = document("lease", Rent="Rent is due. RENT is due.")
    first, second = hit(lease, "Rent is due."), hit(lease, "RENT is due.")
    finding = Finding([replace(first, repeats=(second.chunk,)), replace(second, repeats=(first.chunk,))])
    (found,) = ShapedRetriever(finding, finding).retrieve("rent", viewer=OWNER)
    assert found.repeats == (second.chunk,)
