"""The child process that opens a Chroma which its parent should not.

A broken index can end the process that reads it. And hnswlib writes what lies in its memory unused into its files: a
child that has only ever read the catalog has nothing in it that was forgotten.
"""

import json
import sys
from dataclasses import asdict
from pathlib import Path

from ragkit.errors import StoreFull
from ragkit.store.index.chroma import ChromaIndex
from ragkit.store.index.filling import fill_from
from ragkit.store.index.probe import examine


def main(work: str, location: str, collection: str, folder: str, most: str = "") -> None:
    """Print as JSON what `examine` finds, or how many vectors `fill` wrote and whether there was room for them."""
    index = ChromaIndex(Path(location), collection=collection)
    if work == "examine":
        found = asdict(examine(index, Path(folder), most=int(most)))
    else:
        try:
            found = {"vectors": fill_from(Path(folder), index), "full": False}
        except StoreFull:
            found = {"vectors": 0, "full": True}
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
