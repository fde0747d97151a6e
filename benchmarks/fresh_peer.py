"""What one framework does in a process of its own: `python -m benchmarks.fresh_peer NAME WEIGHTS STORE add|search ...`.

Nothing of ragkit is imported here: what a process takes is the framework's own.
"""

import json
import sys
import time
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path

import numpy as np

from benchmarks.measuring import Asked
from benchmarks.peers.peer import Peer
from benchmarks.told import tell

# The class of each framework, in the module of its name.
CLASSES = {"ragkit": "Ragkit", "haystack": "Haystack", "llama_index": "LlamaIndex", "txtai": "Txtai"}


def opened(name: str, weights: str, store: Path) -> Peer:
    """Import a framework and open its store."""
    store.mkdir(parents=True, exist_ok=True)
    peer: Peer = getattr(import_module(f"benchmarks.peers.{name}"), CLASSES[name])(store, weights)
    return peer


def add(peer: Peer, rows: str) -> None:
    """Take in the rows of a file."""
    peer.add([(identity, text) for identity, text in json.loads(Path(rows).read_text("utf-8"))])
    tell()


def search(peer: Peer, questions: str, answers: str) -> None:
    """Ask every question of a file, and write what each found to another; tell when the first answer was there."""
    asked: list[str] = json.loads(Path(questions).read_text("utf-8"))
    found: dict[str, Sequence[str]] = {}
    peer.search(asked[0])
    first = time.monotonic()

    def keep(text: str) -> None:
        found[text] = peer.search(text)

    ask = Asked(keep)
    ask(asked)
    Path(answers).write_text(json.dumps([list(found[text]) for text in asked]), "utf-8")
    p50, p95 = np.percentile(ask.milliseconds, (50, 95)).tolist()
    tell(first=first, p50=p50, p95=p95)


ACTIONS: dict[str, Callable[..., None]] = {"add": add, "search": search}

if __name__ == "__main__":
    _name, _weights, _store, _action, *_words = sys.argv[1:]
    ACTIONS[_action](opened(_name, _weights, Path(_store)), *_words)
