"""Embedding speed: ragkit's default embedder beside sentence-transformers, the same weights, in the same run.

Run `python -m benchmarks.embedding [--json]`; it takes about two minutes on two cores.
"""

import argparse
import json
import os
import random
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial

import numpy as np
from sentence_transformers import SentenceTransformer

from benchmarks.measuring import in_turn, middle
from ragkit.models.embedding.minilm import MiniLM
from ragkit.models.embedding.weights import MINILM_L6, find_files

ROUNDS = 5
QUERIES = ["How long is the notice period for a flat?"] * 50
WORDS = (
    "tenant",
    "rent",
    "first",
    "day",
    "month",
    "unless",
    "lease",
    "says",
    "notice",
    "given",
    "in",
    "writing",
    "before",
)


@dataclass(frozen=True, kw_only=True)
class Row:
    """One measurement. A ratio is the median of the rounds' own, so a busy moment spoils one round and not all.

    `ratio_cpu` compares the seconds of all cores: it says the same on a busy machine.
    """

    what: str
    ragkit_ms: float
    sentence_transformers_ms: float
    ratio: float
    ratio_cpu: float


def main() -> None:
    """Measure, check that the vectors are the same, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print JSON")
    as_json = parser.parse_args().json
    load = os.getloadavg()[0]
    ours, model = MiniLM(), SentenceTransformer(str(find_files(MINILM_L6)), device="cpu")
    theirs = partial(model.encode, batch_size=32, normalize_embeddings=True, show_progress_bar=False)
    long, short = make_texts(words=248, count=64), make_texts(words=28, count=256)
    rows = [
        compare("a text of 250 tokens", partial(ours.embed_documents, long), partial(theirs, long), len(long)),
        compare("a text of 30 tokens", partial(ours.embed_documents, short), partial(theirs, short), len(short)),
        compare("a query", partial(each, ours.embed_query), partial(each, theirs), len(QUERIES)),
    ]
    cosine = float(np.min(np.sum(ours.embed_documents(long) * theirs(long), axis=1)))
    if as_json:
        print(json.dumps({"load": load, "cosine_min": cosine, "rows": [asdict(row) for row in rows]}, indent=2))
        return
    print(f"{'':24}{'ragkit ms':>11}{'s-t ms':>9}{'ratio':>8}{'of CPU':>8}")
    for row in rows:
        times = f"{row.ragkit_ms:11.2f}{row.sentence_transformers_ms:9.2f}"
        print(f"{row.what:24}{times}{row.ratio:7.2f}x{row.ratio_cpu:7.2f}x")
    print(f"median of {ROUNDS} interleaved rounds; least cosine {cosine:.6f}; {os.cpu_count()} cores, load {load:.1f}")


def make_texts(*, words: int, count: int) -> list[str]:
    """Return texts of random words, each one token of the model, so that two tokens come on top."""
    draw = random.Random(3)
    return [" ".join(draw.choices(WORDS, k=words)) for _ in range(count)]


def each(embed: Callable[[str], object]) -> None:
    """Embed the queries one after the other."""
    for query in QUERIES:
        embed(query)


def compare(what: str, ours: Callable[[], object], theirs: Callable[[], object], count: int) -> Row:
    """Time both in turn, `ROUNDS` times after a warm-up, and give milliseconds for one of `count` texts."""
    pairs = in_turn(ours, theirs, rounds=ROUNDS)
    return Row(
        what=what,
        ragkit_ms=middle(pairs[:, 0, 0]) / count * 1000,
        sentence_transformers_ms=middle(pairs[:, 1, 0]) / count * 1000,
        ratio=middle(pairs[:, 1, 0] / pairs[:, 0, 0]),
        ratio_cpu=middle(pairs[:, 1, 1] / pairs[:, 0, 1]),
    )


if __name__ == "__main__":
    main()
