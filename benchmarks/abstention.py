"""Whether the extractive assistants say so when the documents do not say, and still answer when they do.

Run `python benchmarks/abstention.py near|contracts FILE|faq FOLDER|pages FOLDER|pairs FOLDER [--limit N]
[--keep FOLDER]`.

`near` asks the near misses of tests/data, made from the sample documents, and as many questions like them that have an
answer; the held-out pairs are about other documents than the tuned ones. `contracts` reads ContractNLI's JSON: each
hypothesis is asked of its contract alone. `faq` reads support-faq in BEIR's layout: each question is asked with its
history, once of all answers and once without those that are judged right. `pages` reads medquad so, and takes away all
answers of the page, and of others with its title. `pairs` asks questions of your own: a row of pairs.jsonl has
`question`, `answerable`, if you like a `class`, and a `field`: the folder beside it with the documents of which alone
it is asked.
"""

import argparse
import json
import re
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from ragkit.answer import Answer
from ragkit.config import Config
from ragkit.documents import Viewer
from ragkit.evaluation.sets.beir import read_collection
from ragkit.evaluation.sets.collection_store import collection_store
from ragkit.evaluation.sets.rows import read_rows
from ragkit.filters import Equals, In, Not
from ragkit.prompting.conversation import Turn
from ragkit.samples import sample_data
from ragkit.workspace import Workspace, open_workspace

DATA = Path(__file__).resolve().parents[1] / "tests" / "data"
NEAR = {
    "near misses": DATA / "near_misses.jsonl",
    "pairs": DATA / "near_pairs.jsonl",
    "tuned pairs": DATA / "near_pairs_tuned.jsonl",
    "held-out pairs": DATA / "near_pairs_held.jsonl",
}
OWNER = Viewer.local()


def main() -> None:
    """Ask everything, and print the counts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["near", "contracts", "faq", "pages", "pairs"])
    parser.add_argument("data", nargs="?", type=Path)
    parser.add_argument("--limit", type=int, default=100_000, help="of contracts, or of questions")
    parser.add_argument("--keep", type=Path, help="where the store stays")
    options = parser.parse_args()
    if options.what != "near" and (options.data is None or not options.data.exists()):
        print(f"skipped: there is no {options.data}. Name ContractNLI's dev.json, or a folder (see --help).")
        return
    with tempfile.TemporaryDirectory() as scratch:
        keep = options.keep or Path(scratch) / "store"
        if options.what == "near":
            counts = near_misses(keep)
        elif options.what == "pairs":
            counts = pairs(options.data, keep)
        elif options.what == "contracts":
            counts = contracts(options.data, keep, options.limit)
        else:
            beside = pages(options.data) if options.what == "pages" else {}
            counts = questions(options.data, keep, options.limit, beside)
    print(json.dumps(counts, indent=2))


def near_misses(keep: Path) -> Mapping[str, int]:
    """Return how many questions there are of each set and kind, and how many of them were refused."""
    counts: Counter[str] = Counter()
    with open_workspace(keep, config=Config(), chat="extractive") as opened:
        cases = [(name, json.loads(line)) for name in NEAR for line in NEAR[name].read_text("utf-8").splitlines()]
        names = dict.fromkeys(str(case["assistant"]) for _, case in cases)
        for name in names:
            opened.ingest(str(sample_data(name)), name=f"{name}/samples")
        assistants = {name: opened.assistant(name) for name in names}
        for name, case in cases:
            answer = assistants[case["assistant"]].ask(case["question"], viewer=OWNER)
            kind = f"{'blind ' * ('blind' in case['id'])}{name}, {case['kind']}"
            counts.update({kind: 1, f"{kind}, refused": answer.refusal is not None})
    return dict(sorted(counts.items()))


def pairs(folder: Path, keep: Path) -> Mapping[str, int]:
    """Return how many questions of each class there are with an answer and without, and how many were refused."""
    counts: Counter[str] = Counter()
    rows = [json.loads(line) for line in (folder / "pairs.jsonl").read_text("utf-8").splitlines()]
    for field in dict.fromkeys(row["field"] for row in rows):
        with open_workspace(keep / field, config=Config(), chat="extractive") as opened:
            opened.ingest(str(folder / field), name="documents")
            assistant = opened.assistant("support")
            for row in [row for row in rows if row["field"] == field]:
                refused = assistant.ask(row["question"], viewer=OWNER).refusal is not None
                for kind in dict.fromkeys((row.get("class", "all"), "all")):
                    name = f"{kind}, {'with' if row['answerable'] else 'without'} an answer"
                    counts.update({name: 1, f"{name}, refused": refused})
    return dict(sorted(counts.items()))


def contracts(file: Path, keep: Path, most: int) -> Mapping[str, int]:
    """Return counts of hypotheses, quotes and spans; a span is found if it holds a quote or a quote holds it."""
    read = json.loads(file.read_text(encoding="utf-8"))
    labels, documents = read["labels"], read["documents"][:most]
    counts: Counter[str] = Counter()
    with _folder(documents) as folder, open_workspace(keep, config=Config(), chat="extractive") as opened:
        opened.ingest(str(folder), name="contracts")
        assistant = opened.assistant("legal")
        for document in documents:
            for key, judged in document["annotation_sets"][0]["annotations"].items():
                where = Equals("uri", f"{document['id']}.txt")
                answer = assistant.ask(labels[key]["hypothesis"], where=where, viewer=OWNER)
                spans = [document["text"][slice(*document["spans"][place])] for place in judged["spans"]]
                counts.update(_judged(answer, spans))
    return dict(sorted(counts.items()))


@contextmanager
def _folder(documents: Sequence[Mapping[str, str]]) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as scratch:
        for document in documents:
            (Path(scratch) / f"{document['id']}.txt").write_text(document["text"], encoding="utf-8")
        yield Path(scratch)


def _judged(answer: Answer, spans: Sequence[str]) -> dict[str, int]:
    if not spans:
        return {"not mentioned": 1, "not mentioned, refused": answer.refusal is not None}
    if answer.refusal is not None:
        return {"mentioned": 1, "mentioned, refused": 1, "spans": len(spans)}
    quotes = [_plain(citation.quote) for citation in answer.citations if citation.verified]
    texts = [_plain(span) for span in spans]
    return {
        "mentioned": 1,
        "spans": len(texts),
        "spans found": sum(any(text in quote or quote in text for quote in quotes) for text in texts),
        "quotes": len(quotes),
        "quotes in a span": sum(any(text in quote or quote in text for text in texts) for quote in quotes),
        "one span found": any(text in quote or quote in text for quote in quotes for text in texts),
    }


def _plain(text: str) -> str:
    return re.sub(r"\W+", " ", text).strip().lower()


def questions(folder: Path, keep: Path, most: int, beside: Mapping[str, Sequence[str]]) -> Mapping[str, int]:
    """Return counts of questions: with their answers in the store, and without them and what is `beside` them."""
    counts: Counter[str] = Counter()
    judged = {one.id: tuple(one.relevant) for one in read_collection(folder).questions.questions}
    rows = [row.values for row in read_rows(folder / "queries.jsonl") if str(row.values["_id"]) in judged][:most]
    with collection_store(read_collection(folder).corpus, Config(), keep=keep) as (opened, _):
        for row in rows:
            right = judged[str(row["_id"])]
            counts.update(
                _asked(opened, row, right, {*right, *(each for one in right for each in beside.get(one, ()))})
            )
    return dict(sorted(counts.items()))


def pages(folder: Path) -> Mapping[str, Sequence[str]]:
    """Return for each answer the others that are about the same: of its page, or of pages with the same title."""
    rows = [row.values for row in read_rows(folder / "corpus.jsonl")]
    about: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        for key in _page(row):
            about[key].append(str(row["_id"]))
    return {str(row["_id"]): [each for key in _page(row) for each in about[key]] for row in rows}


def _page(row: Mapping[str, object]) -> tuple[str, str]:
    return str(row["_id"]).rpartition("-")[0], f"title {row['title']}"


def _asked(opened: Workspace, row: Mapping[str, object], right: tuple[str, ...], gone: Iterable[str]) -> dict[str, int]:
    assistant = opened.assistant("support")
    history = list(_turns(row.get("history")))
    with_it = assistant.ask(str(row["text"]), history=history, viewer=OWNER)
    without = assistant.ask(str(row["text"]), history=history, where=Not(In("uri", tuple(gone))), viewer=OWNER)
    found = any(hit.chunk.uri in right for hit in (*with_it.hits, *with_it.omitted))
    quoted = any(citation.chunk.uri in right for citation in with_it.citations if citation.verified)
    return {
        "asked": 1,
        "found": found,
        "found, refused": found and with_it.refusal is not None,
        "found, right": quoted,
        "without the answer": found,
        "without the answer, refused": found and without.refusal is not None,
    }


def _turns(history: object) -> Iterator[Turn]:
    said = history if isinstance(history, list) else []
    for first, second in zip(said[::2], said[1::2], strict=False):
        yield Turn(question=first["content"], answer=second["content"])


if __name__ == "__main__":
    main()
