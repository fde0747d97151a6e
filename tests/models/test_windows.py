"""No text is dropped at embedding: every chunk fits, and its last word counts. Doubles only."""

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from langchain_core.embeddings import Embeddings
from tokenizers import Tokenizer
from tokenizers.models import BPE, WordPiece
from tokenizers.pre_tokenizers import BertPreTokenizer

from ragkit.documents import Chunk, Document, Section, Viewer
from ragkit.ingestion.chunking import chunk_document, embedded_text
from ragkit.ingestion.ingest import Ingest
from ragkit.models.embedding.embedder import Embedder
from ragkit.models.embedding.embedder_tokens import most_tokens
from ragkit.models.embedding.langchain_embedder import LangChainEmbedder
from ragkit.models.embedding.wordpiece import read_long_words
from ragkit.models.served.ollama import OllamaServer
from ragkit.models.served.ollama_embedder import OllamaEmbedder
from ragkit.store.catalog.catalog import Catalog
from ragkit.store.store import Store
from ragkit.testing import MemoryConnector, MemoryIndexes, PlainParser, WordEmbeddings
from ragkit.testing.ollama_server import OllamaDouble
from tests.nasty_texts import KINDS, SENTINELS, consonants, english, german, hexadecimal, packed, unknown

pytestmark = pytest.mark.timeout(60)
HEADINGS = ("", "Duties", "Duties > Of the tenant who pays in time", "押金 > Termination")
# A mark that stands a hundred times in a chunk outweighs a sentence where vectors are sums of words.
WORDY = (english, german, hexadecimal, consonants, unknown, packed)


class Words(Embeddings):
    """A LangChain model that reads so many words, and raises where others cut."""

    def __init__(self, window: int) -> None:
        self._words = WordEmbeddings(window=window, dimension=512)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [[float(number) for number in row] for row in self._words.embed_documents(texts)]

    def embed_query(self, text: str) -> list[float]:
        return [float(number) for number in self._words.embed_query(text)]


@pytest.fixture(params=["words", "langchain", "ollama 64", "ollama 300"])
def embedder(request: pytest.FixtureRequest) -> Iterator[Embedder]:
    kind, _, window = request.param.partition(" ")
    if kind == "words":
        yield WordEmbeddings(dimension=512)
    elif kind == "langchain":
        yield LangChainEmbedder(Words(200), name="words", window=200, document_prefix="passage: ")
    else:
        with OllamaDouble(
            embedder=WordEmbeddings(name="nomic-embed-text", window=int(window), dimension=512)
        ) as double:
            yield OllamaEmbedder(OllamaServer(double.url), "nomic-embed-text")
        sent = [body for body in double.bodies("/api/embed") if body["input"][0].startswith("search_document: ")]
        assert sent
        assert all(body["truncate"] is False for body in sent)


def made(text: str, *, heading: str = "") -> Document:
    sections = (Section(heading=heading, start=0, end=len(text)),)
    return Document(uri="u", text=text, source="s", revision="1", title="Lease", sections=sections)


def covers(document: Document, chunks: list[Chunk]) -> bool:
    """Tell whether the chunks are spans in order that hold all of the text but white space, once."""
    ends = [0, *(chunk.end for chunk in chunks)]
    starts = [*(chunk.start for chunk in chunks), len(document.text)]
    gaps = [document.text[end:start] for end, start in zip(ends, starts, strict=True)]
    exact = all(document.text[chunk.start : chunk.end] == chunk.text for chunk in chunks)
    return exact and not "".join(gaps).strip() and all(end <= start for end, start in zip(ends, starts, strict=True))


def one_to_four(text: str) -> int:
    return 2 + sum(1 + ord(sign) % 4 for sign in text)


# Broken on purpose: `_fits` always true.
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.text(st.characters(codec=None), max_size=300),
    st.integers(1, 20),
    st.integers(16, 512),
    st.sampled_from(HEADINGS),
)
def test_any_text_is_cut_to_any_window(text: str, times: int, window: int, heading: str) -> None:
    document = made(text * times, heading=heading)
    chunks = chunk_document(document, window=window, count_tokens=one_to_four)
    assert covers(document, chunks)
    assert max((one_to_four(embedded_text(chunk)) for chunk in chunks), default=0) <= window


# Broken on purpose: `_pieces` that counts each piece as far as the end of the document.
@pytest.mark.parametrize("text", ["word ", "x", "0123456789abcdef", "- a\n"])
def test_the_tokenizer_reads_a_long_line_a_few_times_whatever_its_length(text: str) -> None:
    def read(size: int) -> int:
        counted: list[int] = []

        def count(part: str) -> int:
            counted.append(len(part))
            return 2 + len(part) // 2

        chunk_document(made(text * (size // len(text))), window=512, count_tokens=count)
        return sum(counted)

    long = read(200_000)
    assert long <= 6 * read(50_000)
    assert long <= 8 * 200_000


# Broken on purpose: `_tokens` without its least number of one.
def test_pieces_without_tokens_do_not_pile_up() -> None:
    chunks = chunk_document(made("\u200b\n\n" * 2000), window=16, count_tokens=lambda _: 2)
    assert max(chunk.text.count("\u200b") for chunk in chunks) <= 16


# Broken on purpose: `most_tokens` that takes three bytes for a token (the double with its window of 64 answered 400).
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_no_chunk_is_over_the_window(embedder: Embedder, kind: Callable[[random.Random, int], str]) -> None:
    document = made(kind(random.Random(5), 4000), heading=HEADINGS[2])
    chunks = chunk_document(document, window=embedder.window, count_tokens=embedder.count_tokens)
    assert covers(document, chunks)
    rows = embedder.embed_documents([embedded_text(chunk) for chunk in chunks])
    assert rows.shape[0] == len(chunks) > 0


# Broken on purpose: an embedder that embeds `text[:-20]`.
def test_the_last_word_of_a_full_chunk_moves_its_vector(embedder: Embedder) -> None:
    text = english(random.Random(8), 4000)
    size = max(size for size in range(1, len(text)) if embedder.count_tokens(text[:size]) < embedder.window)
    text, other = text[:size], text[: size - 4] + " zoo"
    first, again, changed = embedder.embed_documents([text, text, other])
    assert np.array_equal(first, again)
    assert not np.array_equal(first, changed)


def test_the_last_sentence_of_every_document_is_found(tmp_path: Path, embedder: Embedder) -> None:
    draw = random.Random(4)
    texts = {kind.__name__: f"{kind(draw, 2000)} {last}" for kind, last in zip(WORDY, SENTINELS, strict=False)}
    catalog = Catalog.create(tmp_path / "store", fingerprint="w", tenant="local")
    with Store(catalog, MemoryIndexes(), folder=tmp_path / "store") as store:
        report = Ingest(store=store, parser=PlainParser(), embedder=embedder).sync(MemoryConnector(texts))
        assert (report.added, report.failed) == (len(WORDY), 0)
        for uri, sentence in zip(texts, SENTINELS, strict=False):
            (best,) = store.nearest(embedder.embed_query(sentence.rstrip(".")), limit=1, viewer=Viewer.local())
            assert best.chunk.uri == uri
            assert best.chunk.text.endswith(sentence.split()[-1])


def test_words_take_two_letters_a_token_and_the_rest_one() -> None:
    assert most_tokens("The rent is due.") == 2 + 1 + 2 + 1 + 1 + 1
    assert most_tokens("x7Q/9z") == 2 + 6
    assert most_tokens("押金") == 2 + 6
    assert most_tokens("    deep\n\n") == 2 + 3 + 2 + 2


# Broken on purpose: `read_long_words` doing nothing.
def test_a_word_that_a_bert_gives_up_on_is_read_in_parts() -> None:
    tokenizer = Tokenizer(WordPiece({"[UNK]": 0, "x": 1, "##x": 2}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = BertPreTokenizer()
    before = tokenizer.encode("x" * 100).tokens
    assert tokenizer.encode("x" * 101).tokens == ["[UNK]"]
    read_long_words(tokenizer)
    assert tokenizer.encode("x" * 100).tokens == before
    assert len(tokenizer.encode("x" * 1000).tokens) == 1000


def test_a_tokenizer_without_such_a_limit_is_left_alone() -> None:
    tokenizer = Tokenizer(BPE())
    read_long_words(tokenizer)
    assert tokenizer.pre_tokenizer is None
