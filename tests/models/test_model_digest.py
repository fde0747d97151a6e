"""Which weights are behind a name: told by the server as far as it goes, and `unknown` where nobody can say."""

import itertools
from dataclasses import replace
from typing import Any

import httpx
import pytest
from langchain_core.language_models import BaseChatModel, FakeListChatModel

from ragkit.config import Config, ModelsConfig
from ragkit.documents import Viewer
from ragkit.models.chat.engine import UNKNOWN, lately
from ragkit.models.served.openai_chat import OpenAIChat
from ragkit.models.served.openai_server import OpenAIServer
from ragkit.prompting.replies import reply_key
from ragkit.testing import ScriptedChat, WordEmbeddings
from ragkit.testing.ollama_replies import digest
from ragkit.testing.ollama_server import OllamaDouble
from ragkit.testing.openai_server import OpenAIDouble
from ragkit.wiring.chat import chat_engine
from tests.workspaces import NOBODY

pytestmark = pytest.mark.timeout(20)


def served(row: dict[str, Any], **paths: dict[str, Any]) -> OpenAIChat:
    """A chat with a server that tells this of its model `m`, at another time with each question."""
    now = itertools.count(1_795_000_000)

    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v1/models":
            return httpx.Response(200, json={"data": [{"id": "m", "created": next(now)} | row]})
        found = paths.get(request.url.path.strip("/").replace("/", "_"))
        return httpx.Response(404) if found is None else httpx.Response(200, json=found)

    return OpenAIChat(server=OpenAIServer("box", transport=httpx.MockTransport(handle)), model="m")


LLAMA = {"owned_by": "llamacpp", "meta": {"n_params": 134_515_008, "size": 96_576_768, "ftype": "Q4_1", "n_ctx": 512}}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (served(LLAMA), served(LLAMA | {"meta": {"n_params": 134_515_008, "size": 144_000_000, "ftype": "Q8_0"}})),
        (served(LLAMA, props={"model_path": "/a.gguf"}), served(LLAMA, props={"model_path": "/b.gguf"})),
        (served({"root": "/models/one"}), served({"root": "/models/two"})),
        (served({}, api_v0_models_m={"quantization": "4bit"}), served({}, api_v0_models_m={"quantization": "8bit"})),
    ],
)
def test_other_weights_of_a_server_have_another_digest_as_far_as_it_tells(before: Any, after: Any) -> None:
    # Broken on purpose: "created" among `_FACTS`, or "size" not among them.
    assert before.digest() == before.digest()
    assert before.digest().startswith("told-")
    assert before.digest() != after.digest()


@pytest.mark.parametrize("row", [{}, {"root": "m", "owned_by": "vllm", "max_model_len": 4096}, {"id": "other"}])
def test_a_server_that_tells_no_more_than_a_name_leaves_the_digest_unknown(row: dict[str, Any]) -> None:
    assert served(row).digest() == UNKNOWN


def test_a_window_or_a_state_that_changes_is_no_other_model() -> None:
    states = [{"arch": "llama", "state": state, "loaded_context_length": size} for state, size in (("a", 1), ("b", 2))]
    first, second = (served({}, api_v0_models_m=state).digest() for state in states)
    assert first == second


def test_engines_know_the_digest_of_their_model() -> None:
    with OllamaDouble(ScriptedChat("Yes.")) as ollama, OpenAIDouble(ScriptedChat("Yes."), kind="llama-server") as other:
        config = Config(models=ModelsConfig(url=ollama.url, openai_url=other.url))
        models: list[BaseChatModel | str] = [
            "ollama:scripted",
            "openai:scripted",
            "extractive",
            FakeListChatModel(responses=["Yes."]),
        ]
        engines = [chat_engine(model, config, embedder=WordEmbeddings) for model in models]
        digests = [engine.digest() for engine in engines]
        assert digests == [digest("scripted:latest"), UNKNOWN, "", UNKNOWN]
        assert engines[0].digest() == digests[0]
        assert [request.path for request in ollama.requests].count("/api/tags") == 1


def test_a_server_that_is_gone_tells_no_digest() -> None:
    with OllamaDouble(ScriptedChat("Yes.")) as ollama:
        engine = chat_engine("ollama:scripted", Config(models=ModelsConfig(url=ollama.url)), embedder=WordEmbeddings)
    assert engine.digest() == UNKNOWN


def test_other_weights_are_noticed_after_seconds() -> None:
    now, weights = itertools.count(0, 2), itertools.count(1)
    ask = lately(lambda: str(next(weights)), seconds=5, clock=lambda: float(next(now)))
    # Broken on purpose: the time of the last question instead of the last request in `lately`.
    assert [ask() for _ in range(7)] == ["1", "1", "1", "2", "2", "2", "3"]


def test_what_other_weights_wrote_is_not_given_again() -> None:
    # Broken on purpose: `engine.digest()` left out of reply_key.
    engine = chat_engine(ScriptedChat("Yes."), Config(models=ModelsConfig(url=NOBODY)), embedder=WordEmbeddings)
    keys = {
        reply_key("Rent?", [], settings="", history=[], viewer=Viewer.local(), engine=replace(engine, digest=told))
        for told in (lambda: "one", lambda: "one", lambda: "two")
    }
    assert len(keys) == 2
