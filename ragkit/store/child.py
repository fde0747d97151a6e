"""The child process in which a doubtful Chroma is opened: a broken index can end the process that reads it."""

import json
import sys
from dataclasses import asdict
from pathlib import Path

from ragkit.store.chroma import ChromaIndex
from ragkit.store.probe import examine


def main(location: str, collection: str, folder: str, most: str) -> None:
    """Print what `examine` finds, as JSON."""
    finding = examine(ChromaIndex(Path(location), collection=collection), Path(folder), most=int(most))
    sys.stdout.write(json.dumps(asdict(finding)))


if __name__ == "__main__":
    main(*sys.argv[1:])
