"""Embedding speed: ragkit's default embedder beside sentence-transformers on the same weights, in the same run.

Run: python benchmarks/embedding.py [--json]. Takes about two minutes on two cores.
"""

import argparse
import json
import os
import random
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np
from sentence_transformers import SentenceTransformer

from ragkit.models.minilm import MiniLM
from ragkit.models.weights import MINILM_L6, find_files

ROUNDS = 5
QUERY = "How long is the notice period for a flat?"
WORDS = ("the tenant pays rent on first day of each month unless lease says other "
         "notice must be given in writing three months before end by either party").split()  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Row:
    """One measurement. Ratios are medians of the rounds' own, so that a busy moment spoils one round and not all."""

    what: str
    unit: str
    ragkit: float
    sentence_transformers: float
    ratio_wall: float
    ratio_cpu: float


def main() -> None:
    """Measure, check that the vectors are the same, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print JSON")
    as_json = parser.parse_args().json
    ours, theirs = MiniLM(), SentenceTransformer(str(find_files(MINILM_L6)), device="cpu")
    load = os.getloadavg()[0]
    rows = []
    cosines = []
    for what, tokens, count in (("64 texts of 250 tokens", 250, 64), ("256 texts of 30 tokens", 30, 256)):
        texts = make_texts(tokens, count)
        expected = theirs.encode(texts, normalize_embeddings=True, show_progress_bar=False)
        cosines.append(float(np.min(np.sum(ours.embed_documents(texts) * expected, axis=1))))
        pairs = interleave(
            lambda texts=texts: ours.embed_documents(texts),  # type: ignore[misc]  # mypy can't infer the default
            lambda texts=texts: theirs.encode(texts, normalize_embeddings=True, show_progress_bar=False),  # type: ignore[misc]  # as above
        )
        rows.append(row(what, "texts/s", pairs, lambda seconds, count=count: count / seconds))  # type: ignore[misc]  # as above
    pairs = interleave(
        lambda: [ours.embed_query(QUERY) for _ in range(50)],
        lambda: [theirs.encode(QUERY, normalize_embeddings=True, show_progress_bar=False) for _ in range(50)],
    )
    rows.append(row("one query of 11 tokens", "ms", pairs, lambda seconds: seconds / 50 * 1000))
    print_rows(rows, load=load, cosine=min(cosines), as_json=as_json)
