import httpx
import numpy as np
import pytest

from ragkit.config import Config, ModelsConfig
from ragkit.errors import ModelFailed, ModelUnavailable, PromptTooLong
from ragkit.models.served.ollama import OllamaServer
from ragkit.models.served.ollama_embedder import OllamaEmbedder
from ragkit.testing import ScriptedChat, WordEmbeddings
from ragkit.testing.ollama_server import OllamaDouble
from ragkit.wiring import embedder

pytestmark = pytest.mark.timeout(20)


def served(*row: object, length: int | None = None) -> OllamaServer:
    """A server whose embedding of anything is this row."""

    def handle(request: httpx.Request) -> httpx.Response:
        info = {"bert.context_length": length} if length else {}
        return httpx.Response(
            200,
            json={
                "/api/show": {"model_info": info},
                "/api/tags": {"models": [{"name": "nomic-embed-text:latest", "digest": "abc"}]},
                "/api/embed": {"embeddings": [list(row)]},
            }[request.url.path],
        )

    return OllamaServer(transport=httpx.MockTransport(handle))


def test_fingerprint_is_what_the_server_tells() -> None:
    with OllamaDouble(embedder=WordEmbeddings(dimension=32, name="nomic-embed-text")) as double:
        embedder = OllamaEmbedder(OllamaServer(double.url), "nomic-embed-text")
        assert embedder.window == 256
        assert embedder.fingerprint.dimension == 32
        assert len(embedder.fingerprint.revision) == 64
        assert embedder.fingerprint.query_prefix == "search_query: "
        assert embedder.fingerprint.document_prefix == "search_document: "


def test_prefixes_are_sent_and_nothing_may_be_cut() -> None:
    with OllamaDouble(embedder=WordEmbeddings(name="nomic-embed-text")) as double:
        embedder = OllamaEmbedder(OllamaServer(double.url), "nomic-embed-text")
        embedder.embed_documents(["Rent is due."])
        embedder.embed_query("Rent?")
        _probe, document, query = double.bodies("/api/embed")
    assert document["input"] == ["search_document: Rent is due."]
    assert document["truncate"] is False
    assert document["options"] == {"num_ctx": 256}
    assert query["input"] == ["search_query: Rent?"]


def test_the_model_stays_loaded_as_long_as_the_settings_say() -> None:
    # Broken on purpose: the embedder made in `wiring` without its keep_alive, and `_rows` not passing it on.
    with OllamaDouble(embedder=WordEmbeddings(name="nomic-embed-text")) as double:
        made = embedder("ollama:nomic-embed-text", Config(models=ModelsConfig(url=double.url, keep_alive="-1")))
        made.embed_documents(["Rent is due."])
        made.embed_query("Rent?")
        assert [body["keep_alive"] for body in double.bodies("/api/embed")] == [-1, -1, -1]


def test_rows_are_in_order_and_of_unit_length() -> None:
    with OllamaDouble(embedder=WordEmbeddings(dimension=16)) as double:
        embedder = OllamaEmbedder(OllamaServer(double.url), "words")
        rows = embedder.embed_documents([f"text {number}" for number in range(70)])
        assert rows.shape == (70, 16)
        assert rows.dtype == np.float32
        assert np.allclose(np.linalg.norm(rows, axis=1), 1)
        assert np.allclose(rows[69], embedder.embed_query("text 69"), atol=1e-6)
        assert embedder.embed_documents([]).shape == (0, 16)


def test_row_of_another_length_is_made_a_unit() -> None:
    embedder = OllamaEmbedder(served(3.0, 4.0), "nomic-embed-text")
    assert np.allclose(embedder.embed_documents(["Rent is due."]), [[0.6, 0.8]])
    assert np.allclose(embedder.embed_query("Rent?"), [0.6, 0.8])


def test_document_over_the_window_is_refused_and_a_question_is_cut() -> None:
    with OllamaDouble(embedder=WordEmbeddings(window=64)) as double:
        embedder = OllamaEmbedder(OllamaServer(double.url), "words")
        with pytest.raises(PromptTooLong, match="Make chunks smaller"):
            embedder.embed_documents(["short", "word " * 65])
        assert embedder.embed_query("word " * 500).shape == (64,)


def test_figures_and_marks_count_one_each() -> None:
    embedder = OllamaEmbedder(served(1.0), "nomic-embed-text")
    assert embedder.count_tokens("1234567890" * 10) > 100
    assert embedder.window == 512


def test_window_is_bounded_by_a_batch_of_the_server() -> None:
    assert OllamaEmbedder(served(1.0, length=32768), "nomic-embed-text").window == 2048


@pytest.mark.parametrize("row", [(0.0, 0.0), ("a", "b"), (None, 1.0)])
def test_vector_without_direction_is_refused(row: tuple[object, ...]) -> None:
    embedder = OllamaEmbedder(served(*row), "nomic-embed-text")
    with pytest.raises(ModelFailed, match="Check that it is an embedding model"):
        embedder.embed_documents(["Rent is due."])


def test_missing_model_names_the_command() -> None:
    with OllamaDouble(ScriptedChat()) as double, pytest.raises(ModelUnavailable, match="ragkit models pull bge-m3"):
        OllamaEmbedder(OllamaServer(double.url), "bge-m3")
