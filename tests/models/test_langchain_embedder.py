"""Models of LangChain as embedders, the double for tests, and the table of prefixes."""

import httpx
import numpy as np
import pytest
from langchain_core.embeddings import DeterministicFakeEmbedding, Embeddings

from ragkit.errors import ModelFailed, ModelUnavailable, PromptTooLong
from ragkit.models.chat.tokens import estimate_tokens
from ragkit.models.embedding.catalogue import prefixes
from ragkit.models.embedding.embedder import Embedder
from ragkit.models.embedding.langchain_embedder import LangChainEmbedder
from ragkit.testing import WordEmbeddings
from ragkit.testing.embedder_contract import EmbedderContract

ENGLISH_BGE = "Represent this sentence for searching relevant passages: "


class Recording(Embeddings):
    """Keeps what it is asked, and answers with what it was given or with vectors of a length and a last letter."""

    def __init__(self, *answer: list[float], error: Exception | None = None) -> None:
        self.asked: list[str] = []
        self.answer = list(answer)
        self._error = error

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        self.asked += texts
        if self._error:
            raise self._error
        return self.answer or [[float(len(text)), 7.0, float(ord(text[-1]))] for text in texts]

    def embed_query(self, text: str) -> list[float]:
        return self.embed_documents([text])[0]


class Lots(Embeddings):
    """Draws a vector by lot for every text: another model for another suffix, with noise as another processor adds."""

    def __init__(self, *, suffix: str = "", noise: float = 0) -> None:
        self._lots = DeterministicFakeEmbedding(size=384)
        self._suffix = suffix
        self._noise = noise

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        rows = np.array([self._lots.embed_query(text + self._suffix) for text in texts])
        noisy = rows + np.random.default_rng(1).normal(0, self._noise, rows.shape)
        return [[float(number) for number in row] for row in noisy]

    def embed_query(self, text: str) -> list[float]:
        return self.embed_documents([text])[0]


class TestWordEmbeddings(EmbedderContract):
    @pytest.fixture
    def embedder(self) -> Embedder:
        return WordEmbeddings()


class TestLangChainEmbedder(EmbedderContract):
    @pytest.fixture
    def embedder(self) -> Embedder:
        return LangChainEmbedder(Lots(), name="lots", query_prefix="query: ")


class TestLangChainEmbedderWithBothPrefixes(EmbedderContract):
    @pytest.fixture
    def embedder(self) -> Embedder:
        return LangChainEmbedder(Lots(), name="lots", window=100, query_prefix="query: ", document_prefix="passage: ")


def test_prefixes_reach_the_model() -> None:
    model = Recording()
    embedder = LangChainEmbedder(model, name="m", query_prefix="query: ", document_prefix="passage: ")
    embedder.embed_documents(["rent"])
    embedder.embed_query("when?")
    assert model.asked[-2:] == ["passage: rent", "query: when?"]


def test_a_long_text_is_not_sent() -> None:
    model = Recording()
    embedder = LangChainEmbedder(model, name="m", window=20)
    asked = len(model.asked)
    with pytest.raises(PromptTooLong, match="Text 2 of 2"):
        embedder.embed_documents(["rent", "rent " * 20])
    assert len(model.asked) == asked


def test_a_long_query_fills_the_window_and_no_more() -> None:
    model = Recording()
    embedder = LangChainEmbedder(model, name="m", window=20, query_prefix="query: ", count_tokens=estimate_tokens)
    embedder.embed_query("押金" * 50)
    assert model.asked[-1].startswith("query: 押金")
    assert estimate_tokens(model.asked[-1]) <= 20 < estimate_tokens(f"{model.asked[-1]}押金")


# Broken on purpose: `dimension` left out of the calls of `_embed`.
def test_a_vector_of_another_length_than_at_first_is_refused() -> None:
    model = Recording()
    embedder = LangChainEmbedder(model, name="m")
    model.answer = [[1.0, 2.0]]
    with pytest.raises(ModelFailed, match="did not return 1 vectors of one length"):
        embedder.embed_documents(["rent"])


@pytest.mark.parametrize("error", [ConnectionRefusedError(), httpx.ConnectError("refused"), TimeoutError()])
def test_a_server_that_is_down_is_unavailable(error: Exception) -> None:
    with pytest.raises(ModelUnavailable, match='"m" did not answer'):
        LangChainEmbedder(Recording(error=error), name="m")


@pytest.mark.parametrize(
    "answer", [[[1.0]], [*[[1.0]] * 3, [1.0, 2.0]], [[0.0, 0.0]] * 4, [[float("nan"), 1.0]] * 4], ids=str
)
def test_an_answer_that_is_no_vectors_is_refused(answer: list[list[float]]) -> None:
    with pytest.raises(ModelFailed, match='"m"'):
        LangChainEmbedder(Recording(*answer), name="m")


def test_another_model_under_the_same_name_has_another_fingerprint() -> None:
    one, other = (LangChainEmbedder(Lots(suffix=suffix), name="m").fingerprint for suffix in ("", "!"))
    assert one.dimension == other.dimension
    assert one.revision != other.revision


def test_the_last_bits_make_no_other_fingerprint() -> None:
    marks = {LangChainEmbedder(Lots(noise=1e-4 * n), name="m").fingerprint.revision for n in range(10)}
    assert len(marks) == 1


@pytest.mark.parametrize(
    ("model", "query", "document"),
    [
        ("intfloat/multilingual-e5-small", "query: ", "passage: "),
        ("BAAI/bge-small-en-v1.5", ENGLISH_BGE, ""),
        ("bge-m3:latest", "", ""),
        ("nomic-embed-text:v1.5", "search_query: ", "search_document: "),
        ("mxbai-embed-large", ENGLISH_BGE, ""),
        ("snowflake-arctic-embed2", "query: ", ""),
        ("Snowflake/snowflake-arctic-embed-m-v2.0", "query: ", ""),
        ("Snowflake/snowflake-arctic-embed-m-v1.5", ENGLISH_BGE, ""),
        ("thenlper/gte-small", "", ""),
        ("sentence-transformers/all-MiniLM-L6-v2", "", ""),
        ("models/my-own", "", ""),
    ],
)
def test_known_models_get_their_prefixes(model: str, query: str, document: str) -> None:
    assert prefixes(model) == (query, document)


@pytest.mark.parametrize("model", ["intfloat/multilingual-e5-large-instruct", "Qwen/Qwen3-Embedding-0.6B"])
def test_instruct_models_get_an_instruction_for_the_query_alone(model: str) -> None:
    query, document = prefixes(model)
    assert query.startswith("Instruct: ")
    assert document == ""
