"""Adds documents to a store until it is killed: `python -m benchmarks.writer FOLDER`."""

import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from benchmarks.filling import opened, put
from benchmarks.made_up import PER_DOCUMENT, document, queries, vectors_of
from ragkit.ingestion.indexing import BATCH
from ragkit.store.catalog.records import Entry

_DOCUMENTS = BATCH // PER_DOCUMENT


def batches() -> Iterator[list[Entry]]:
    """Yield new documents, in batches of an ingest."""
    texts = queries(BATCH)
    for number in count():
        yield [
            document(f"new-{number}-{place}", [f"{number} {text}" for text in texts[place::_DOCUMENTS]])
            for place in range(_DOCUMENTS)
        ]


def main() -> None:
    """Write, and say so after the first batch."""
    with opened(Path(sys.argv[1])) as store, store.writing():
        for number, batch in enumerate(batches()):
            put(store, batch, vectors=vectors_of(batch, seed=number + 2))
            if not number:
                print("writing", flush=True)


if __name__ == "__main__":
    main()
