"""A BERT of two layers and random numbers, in the files that the transformers library would write."""

import json
import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file
from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.pre_tokenizers import BertPreTokenizer
from tokenizers.processors import TemplateProcessing

Floats = NDArray[np.float32]
LAYERS, HEADS, WIDTH, PLACES = 2, 4, 32, 64
WORDS = sorted({*"abcdefghijklmnopqrstuvwxyzäöüDNT.押金", "the", "rent", "is", "tenant", "landlord", "notice", "days"})


def write_model(folder: Path) -> None:
    """Write a BERT of random weights, its tokenizer and its config, as the transformers library would."""
    vocabulary = {token: number for number, token in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", *WORDS])}
    rng = np.random.default_rng(7)
    shapes: dict[str, tuple[int, ...]] = {
        "embeddings.word_embeddings.weight": (len(vocabulary), WIDTH),
        "embeddings.position_embeddings.weight": (PLACES, WIDTH),
        "embeddings.token_type_embeddings.weight": (2, WIDTH),
        "embeddings.LayerNorm.weight": (WIDTH,),
        "embeddings.LayerNorm.bias": (WIDTH,),
    }
    for layer in range(LAYERS):
        for name, (out, width) in {
            "attention.self.query": (WIDTH, WIDTH),
            "attention.self.key": (WIDTH, WIDTH),
            "attention.self.value": (WIDTH, WIDTH),
            "attention.output.dense": (WIDTH, WIDTH),
            "intermediate.dense": (2 * WIDTH, WIDTH),
            "output.dense": (WIDTH, 2 * WIDTH),
        }.items():
            shapes[f"encoder.layer.{layer}.{name}.weight"] = (out, width)
            shapes[f"encoder.layer.{layer}.{name}.bias"] = (out,)
        for name in ("attention.output.LayerNorm", "output.LayerNorm"):
            shapes |= {f"encoder.layer.{layer}.{name}.{part}": (WIDTH,) for part in ("weight", "bias")}
    save_file(
        {name: rng.normal(0, 0.5, shape).astype(np.float32) for name, shape in shapes.items()},
        folder / "model.safetensors",
    )
    config = {"model_type": "bert", "hidden_act": "gelu", "num_hidden_layers": LAYERS, "num_attention_heads": HEADS}
    config |= {"hidden_size": WIDTH, "layer_norm_eps": 1e-12}
    (folder / "config.json").write_text(json.dumps(config))
    tokenizer = Tokenizer(WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = BertPreTokenizer()
    tokenizer.post_processor = TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    # As the published file does, so that a loader that forgets to turn it off cuts and pads.
    tokenizer.enable_truncation(8)
    tokenizer.enable_padding(length=8)
    tokenizer.save(str(folder / "tokenizer.json"))


def reference(folder: Path, ids: NDArray[np.int64]) -> Floats:
    """Return the vector of one text by plain numpy, written from the paper and not from the graph."""
    weights = load_file(folder / "model.safetensors")

    def norm(state: Floats, name: str) -> Floats:
        centred = state - state.mean(-1, keepdims=True)
        scaled = centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-12)
        return np.asarray(scaled * weights[f"{name}.weight"] + weights[f"{name}.bias"], np.float32)

    def dense(state: Floats, name: str) -> Floats:
        return np.asarray(state @ weights[f"{name}.weight"].T + weights[f"{name}.bias"], np.float32)

    def gelu(state: Floats) -> Floats:
        erf = np.vectorize(math.erf)
        return np.asarray(state * 0.5 * (1 + erf(state / np.sqrt(2))), np.float32)

    words = weights["embeddings.word_embeddings.weight"][ids]
    places = weights["embeddings.position_embeddings.weight"][: len(ids)]
    state = norm(words + places + weights["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
    for layer in range(LAYERS):
        prefix = f"encoder.layer.{layer}."
        query, key, value = (
            dense(state, f"{prefix}attention.self.{name}").reshape(len(ids), HEADS, -1).transpose(1, 0, 2)
            for name in ("query", "key", "value")
        )
        scores = np.exp(query @ key.transpose(0, 2, 1) / np.sqrt(WIDTH / HEADS))
        seen = (scores / scores.sum(-1, keepdims=True) @ value).transpose(1, 0, 2).reshape(len(ids), WIDTH)
        state = norm(state + dense(seen, f"{prefix}attention.output.dense"), f"{prefix}attention.output.LayerNorm")
        wide = gelu(dense(state, f"{prefix}intermediate.dense"))
        state = norm(state + dense(wide, f"{prefix}output.dense"), f"{prefix}output.LayerNorm")
    mean = state.mean(0)
    return np.asarray(mean / np.linalg.norm(mean), np.float32)
