"""What a process does that has nothing of ragkit but its embedder: `python -m benchmarks.fresh_embedder MODEL`."""

import sys

from benchmarks.told import QUESTION, tell
from ragkit.models.embedding.minilm import MiniLM
from ragkit.models.embedding.weights import MINILM_L6, MINILM_L6_INT8

MODELS = {"minilm": MINILM_L6, "minilm-int8": MINILM_L6_INT8}

if __name__ == "__main__":
    MiniLM(weights=MODELS[sys.argv[1]]).embed_query(QUESTION)
    tell()
