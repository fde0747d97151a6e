"""Questions whose answer is known word for word, and whether those words are in what a model reads."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np
from langchain_text_splitters import RecursiveCharacterTextSplitter

from benchmarks.contractnli import Contract, Contracts, read
from ragkit.config import Config, StoreConfig
from ragkit.documents import Hit
from ragkit.evaluation.sets.corpus import RowParser
from ragkit.filters import Equals, Filter, In
from ragkit.models.embedding.sentence_vectors import fitting
from ragkit.prompting.conversation import Shown
from ragkit.prompting.excerpts import excerpts
from ragkit.prompting.nearness import Nearness
from ragkit.samples import sample_cases, sample_data
from ragkit.workspace import Workspace

ASSISTANTS = ("support", "legal", "triage")
# As in `naive`, which loads torch.
_SPLITTER = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200)
_SHOWN = 4


@dataclass(frozen=True, kw_only=True)
class Known:
    """A question, where it is asked, and the texts that answer it: `gold` are spans of evidence, or expected words."""

    question: str
    where: Filter | None
    gold: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Found:
    """What both find for a question: the naive pipeline's four chunks, and ragkit's hits."""

    known: Known
    naive: tuple[str, ...]
    hits: tuple[Hit, ...]

    @property
    def gold(self) -> list[str]:
        """The texts that the naive pipeline shows whole."""
        return [text for text in self.known.gold if _in(text, self.naive)]

    def read(self, budget: int, tokens: int, nearness: Nearness) -> list[str]:
        """Return what a model reads of the hits; all of them, with budget 0. Together they have so many tokens."""
        shown = (
            excerpts(self.known.question, self.hits, budget=budget, count_tokens=lambda _: tokens, nearness=nearness)
            if budget
            else [Shown.whole(hit) for hit in self.hits]
        )
        return ["\n\n".join(part for part in (one.place, one.text) if part) for one in shown]

    def kept(self, read: Sequence[str]) -> int:
        """Return how many of the texts that the naive pipeline shows are there."""
        return sum(_in(text, read) for text in self.gold)


def of_samples(folder: Path) -> Iterator[Found]:
    """Ask the answerable questions of data/cases, each assistant its own documents."""
    with _opened(folder) as opened:
        for name in ASSISTANTS:
            opened.ingest(str(sample_data(name)), name=f"{name}/samples")
            known = [
                Known(question=str(case["question"]), where=In("source", (f"{name}/samples",)), gold=_expected(case))
                for case in sample_cases(name)
                if case["answerable"] and not case.get("emergency")
            ]
            yield from _found(opened, known)


def of_contracts(folder: Path, file: Path, *, most: int) -> Iterator[Found]:
    """Ask the first contracts of ContractNLI, each for every hypothesis that it has evidence on."""
    contracts, hypotheses = read(file)
    contracts = contracts[:most]
    with _opened(folder, parser=RowParser()) as opened:
        opened.ingest(Contracts(contracts))
        for contract in contracts:
            known = [
                Known(
                    question=hypotheses[key],
                    where=Equals("uri", contract.name),
                    gold=tuple(contract.text[start:end] for start, end in spans),
                )
                for key, spans in contract.evidence.items()
            ]
            yield from _found(opened, known)


def of_faq(folder: Path, collection: Path) -> Iterator[Found]:
    """Ask the questions of support-faq, each of the page of the hotel or restaurant that has its answer."""
    rows = [json.loads(line) for line in (collection / "corpus.jsonl").read_text("utf-8").splitlines()]
    pages = {name: list(found) for name, found in groupby(rows, lambda row: row["_id"].rpartition("-faq-")[0])}
    texts = {row["_id"]: row["text"].partition("? ") for row in rows}
    judged: dict[str, list[str]] = {}
    for line in (collection / "qrels" / "test.tsv").read_text("utf-8").splitlines()[1:]:
        judged.setdefault(line.split("\t")[0], []).append(line.split("\t")[1])
    with _opened(folder, parser=RowParser()) as opened:
        opened.ingest(Contracts([_page(name, found) for name, found in pages.items()]))
        for line in (collection / "queries.jsonl").read_text("utf-8").splitlines():
            query = json.loads(line)
            right = judged.get(query["_id"], [])
            if right:
                page = right[0].rpartition("-faq-")[0]
                gold = tuple(texts[one][2] for one in right if one.startswith(f"{page}-faq-"))
                yield from _found(opened, [Known(question=query["text"], where=Equals("uri", page), gold=gold)])


def _page(name: str, rows: Sequence[Mapping[str, str]]) -> Contract:
    text = "\n\n".join("?\n".join(row["text"].split("? ", 1)) for row in rows)
    return Contract(name=name, text=text, evidence={})


@contextmanager
def _opened(folder: Path, *, parser: RowParser | None = None) -> Iterator[Workspace]:
    config = Config(store=StoreConfig(path=folder))
    with Workspace(config, embedding=config.models.embedding, chat="extractive", parser=parser) as opened:
        yield opened


def _found(opened: Workspace, known: Sequence[Known]) -> Iterator[Found]:
    """Search with both; those asked together are asked of the same documents."""
    store, embedder, retriever = opened.store, opened.embedder, opened.retriever()
    if not known:
        return
    stored = store.documents(viewer=store.owner, where=known[0].where)
    documents = [store.document(one.id, viewer=store.owner) for one in stored]
    chunks = [text for document in documents if document for text in _SPLITTER.split_text(document.text)]
    # As much of each chunk as the model reads, as sentence-transformers does.
    vectors = embedder.embed_documents([fitting(text, embedder) for text in chunks])
    for one in known:
        best = np.argsort(-(vectors @ embedder.embed_query(one.question)))[:_SHOWN]
        hits = retriever.retrieve(one.question, where=one.where, viewer=store.owner)
        yield Found(known=one, naive=tuple(chunks[row] for row in best), hits=tuple(hits))


def _expected(case: Mapping[str, object]) -> tuple[str, ...]:
    values = case.get("expect") or case.get("must_say")
    return tuple(str(value) for value in values if isinstance(value, str)) if isinstance(values, list) else ()


def _in(text: str, shown: Sequence[str]) -> bool:
    return any(_plain(text) in _plain(one) for one in shown)


def _plain(text: str) -> str:
    return " ".join(text.split()).lower()
