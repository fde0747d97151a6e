"""Embedding speed: ragkit's default embedder beside sentence-transformers, the same weights, in the same run.

Run `python -m benchmarks.embedding [long|short|queries|same ...] [--json FILE]`; all take about two minutes on two
cores. Milliseconds are of one text. `same` is how far the vectors of both lie apart at most: 1 less their cosine.
"""

import argparse
import random
from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from pathlib import Path

import numpy as np
from sentence_transformers import SentenceTransformer

from benchmarks.measuring import MILLISECONDS, Row, alone, in_turn, paired, parser, run
from ragkit.models.embedding.minilm import MiniLM
from ragkit.models.embedding.weights import MINILM_L6, find_files

QUERIES = ["How long is the notice period for a flat?"] * 50
WORDS = "tenant rent first day month unless lease says notice given in writing before"
Embed = Callable[..., object]


def main(words: Sequence[str] | None = None) -> None:
    """Measure what was asked for, and print it."""
    run(parser(__doc__, PARTS, rounds=5).parse_args(words), PARTS)


def long(_scratch: Path, options: argparse.Namespace) -> Iterator[Row]:
    """Embed documents that fill the window."""
    ours, theirs = models()
    yield compared("a text of 250 tokens", ours.embed_documents, theirs, texts(250, count=64), options.rounds)


def short(_scratch: Path, options: argparse.Namespace) -> Iterator[Row]:
    """Embed short documents."""
    ours, theirs = models()
    yield compared("a text of 30 tokens", ours.embed_documents, theirs, texts(30, count=256), options.rounds)


def queries(_scratch: Path, options: argparse.Namespace) -> Iterator[Row]:
    """Embed questions one after the other."""
    ours, theirs = models()
    yield compared("a query", one_by_one(ours.embed_query), one_by_one(theirs), QUERIES, options.rounds)


def same(_scratch: Path, _options: argparse.Namespace) -> Iterator[Row]:
    """Compare the vectors."""
    ours, theirs = models()
    asked = texts(250, count=64)
    cosines = np.sum(ours.embed_documents(asked) * np.asarray(theirs(asked)), axis=1)
    yield alone("distance of the vectors", [1 - float(cosines.min())], unit="")


@cache
def models() -> tuple[MiniLM, Embed]:
    """Load both."""
    model = SentenceTransformer(str(find_files(MINILM_L6)), device="cpu")
    return MiniLM(), partial(model.encode, batch_size=32, normalize_embeddings=True, show_progress_bar=False)


def texts(tokens: int, *, count: int) -> list[str]:
    """Return texts of random words, each one token of the model, so that two tokens come on top."""
    draw = random.Random(3)
    return [" ".join(draw.choices(WORDS.split(), k=tokens - 2)) for _ in range(count)]


def one_by_one(embed: Embed) -> Embed:
    """Return what embeds texts one after the other."""
    return lambda asked: [embed(text) for text in asked]


def compared(what: str, ours: Embed, theirs: Embed, asked: list[str], rounds: int) -> Row:
    """Time both in turn, and give milliseconds for one of the texts."""
    times = in_turn(partial(ours, asked), partial(theirs, asked), rounds=rounds)
    return paired(what, times, unit="ms", scale=MILLISECONDS / len(asked))


PARTS = {"long": long, "short": short, "queries": queries, "same": same}

if __name__ == "__main__":
    main()
