"""Clients of OpenAI's protocol: their own library talks to the server, over a socket."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest
from fastapi.testclient import TestClient

from ragkit.server.app import application
from ragkit.testing import MemoryConnector, ScriptedChat
from ragkit.workspace import Workspace
from tests.server.served import QUESTION, client, filled, keys, server

pytestmark = pytest.mark.timeout(60)
DISCLAIMER = "Answer by an AI system from the documents shown. A person can help: ask for one."
SOURCE = "[1] Refunds > How long it takes (refunds.md)"
TITLE = """### Task:
Generate a concise, 3-5 word title with an emoji summarizing the chat history.
### Output:
JSON format: { "title": "your concise title here" }
### Chat History:
<chat_history>
USER: How long does a refund take?
ASSISTANT: A refund takes five working days. [1]
</chat_history>"""


@pytest.fixture
def chat() -> ScriptedChat:
    return ScriptedChat("A refund takes five working days [1].")


@pytest.fixture
def asked(tmp_path: Path, chat: ScriptedChat) -> Iterator[openai.OpenAI]:
    with filled(tmp_path / "store", chat=chat) as made, server(application(made)) as url:
        yield openai.OpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0)


def user(text: str = QUESTION) -> Any:
    return {"role": "user", "content": text}


def test_the_assistants_are_the_models(asked: openai.OpenAI) -> None:
    assert [model.id for model in asked.models.list()] == ["support", "legal", "triage"]
    assert asked.models.retrieve("legal").id == "legal"


def test_an_answer_comes_with_its_sources_the_disclaimer_and_the_whole_of_it(asked: openai.OpenAI) -> None:
    system: Any = {"role": "system", "content": "Answer like a pirate."}
    done = asked.chat.completions.create(model="support", messages=[system, user()], temperature=1.5, n=1)
    text = done.choices[0].message.content or ""
    assert text.split("\n\n") == ["A refund takes five working days [1].", "---", SOURCE, DISCLAIMER]
    assert (done.choices[0].finish_reason, done.model) == ("stop", "support")
    assert done.usage is not None
    assert done.usage.total_tokens == done.usage.prompt_tokens + done.usage.completion_tokens
    assert done.model_extra is not None
    assert done.model_extra["ragkit"]["citations"][0]["verdict"] == "verbatim"


def test_sources_can_be_left_out(asked: openai.OpenAI) -> None:
    extra = {"ragkit": {"sources": False}}
    done = asked.chat.completions.create(model="support", messages=[user()], extra_body=extra)
    assert SOURCE not in (done.choices[0].message.content or "")


def test_a_stream_brings_the_checked_text_and_then_what_it_cost(asked: openai.OpenAI) -> None:
    options: Any = {"include_usage": True}
    stream = asked.chat.completions.create(model="support", messages=[user()], stream=True, stream_options=options)
    chunks = list(stream)
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text.split("\n\n")[0::2] == ["A refund takes five working days [1].", SOURCE]
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1] == "stop"
    assert chunks[-1].usage is not None


def test_nothing_unchecked_is_sent(tmp_path: Path) -> None:
    # Broken on purpose: the drafts sent as deltas, in place of comments.
    with filled(tmp_path / "store", chat=ScriptedChat("Gold is sent by pigeon.")) as made, client(made) as local:
        body = {"model": "support", "messages": [user()], "stream": True}
        lines = local.post("/v1/chat/completions", json=body).text.splitlines()
    before = lines[: next(number for number, line in enumerate(lines) if line.startswith("data: "))]
    assert set(before) == {": being written", ""}


def test_a_conversation_that_comes_back_goes_on_where_the_prompt_stood(
    asked: openai.OpenAI, chat: ScriptedChat
) -> None:
    # Broken on purpose: `turns.keep` left out, or the sources of an earlier answer left in the history.
    first = asked.chat.completions.create(model="support", messages=[user()]).choices[0].message.content
    said: Any = {"role": "assistant", "content": first}
    asked.chat.completions.create(model="support", messages=[user(), said, user("Who may ask for a refund?")])
    before, after = chat.asked[0], chat.asked[-1]
    assert [message.text for message in after[: len(before)]] == [message.text for message in before]
    assert SOURCE not in str(after)


def test_a_conversation_of_another_server_is_read_as_text(asked: openai.OpenAI, chat: ScriptedChat) -> None:
    said: Any = {"role": "assistant", "content": f"Five working days. [1]\n\n---\n\n{SOURCE}"}
    asked.chat.completions.create(model="support", messages=[user(), said, user("Who may ask for a refund?")])
    told = [message.text for message in chat.asked[-1]]
    assert "Five working days." in told[2]
    assert SOURCE not in str(told)


def test_two_messages_in_a_row_are_one_question(local: TestClient) -> None:
    body = {"model": "triage", "messages": [user("I have taken thirty tablets of paracetamol."), user("What now?")]}
    done = local.post("/v1/chat/completions", json=body).json()
    assert done["ragkit"]["refusal"] == "emergency"
    assert "call" in done["choices"][0]["message"]["content"].lower()


def test_parts_of_a_message_are_read_and_pictures_refused(local: TestClient) -> None:
    texts = [{"type": "text", "text": "How long does"}, {"type": "text", "text": "a refund take?"}]
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,x"}}
    contents = (texts, [*texts, picture])
    bodies = [{"model": "support", "messages": [{"role": "user", "content": content}]} for content in contents]
    read, refused = (local.post("/v1/chat/completions", json=body) for body in bodies)
    assert "five working days" in read.json()["choices"][0]["message"]["content"]
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "unsupported_content")


def test_what_a_chat_client_asks_on_its_own_costs_no_search(asked: openai.OpenAI, chat: ScriptedChat) -> None:
    tags = TITLE.replace('"title": "your concise title here"', '"tags": ["tag1", "tag2"]')
    done = [asked.chat.completions.create(model="support", messages=[user(text)]) for text in (TITLE, tags)]
    titles = [json.loads(each.choices[0].message.content or "") for each in done]
    assert (titles, chat.asked) == ([{"title": QUESTION}, {"tags": []}], [])


def test_follow_ups_are_those_that_the_answer_has_and_for_its_reader_alone(opened: Workspace) -> None:
    # Broken on purpose: the viewer left out of `_key` of `Turns`.
    reader, other = ({"authorization": f"Bearer {key}"} for key in keys(opened, web=["customers"], boss=[]).values())
    with client(opened) as local:

        def said(text: str, headers: dict[str, str]) -> Any:
            body = {"model": "support", "messages": [user(text)]}
            return local.post("/v1/chat/completions", json=body, headers=headers).json()

        done = said(QUESTION, reader)
        chore = TITLE.replace('"title": "your concise title here"', '"follow_ups": ["Suggested next message 1"]')
        chore = chore.replace("A refund takes five working days. [1]", done["choices"][0]["message"]["content"])
        wanted = [said(chore, headers)["choices"][0]["message"]["content"] for headers in (reader, other)]
    assert done["ragkit"]["suggestions"]
    assert [json.loads(each)["follow_ups"] for each in wanted] == [done["ragkit"]["suggestions"], []]


def test_a_question_behind_passages_of_the_client_is_asked_alone(asked: openai.OpenAI, chat: ScriptedChat) -> None:
    # Broken on purpose: `question_in` left out of `complete`.
    text = f"### Task:\nRespond, with <source> tags.\n\n<context>\n{'Gold. ' * 900}</context>\n\n{QUESTION}"
    done = asked.chat.completions.create(model="support", messages=[user(text)])
    assert "five working days" in (done.choices[0].message.content or "")
    assert "Gold" not in str(chat.asked)


def test_what_is_not_text_stops_no_later_question(local: TestClient) -> None:
    # Broken on purpose: `require_text` asked of all messages.
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,x"}}
    refused = {"role": "assistant", "content": [{"type": "refusal", "refusal": "I can't see pictures."}]}
    messages = [{"role": "user", "content": [picture]}, refused, user()]
    read = local.post("/v1/chat/completions", json={"model": "support", "messages": messages})
    assert "five working days" in read.json()["choices"][0]["message"]["content"]


def test_an_error_is_one_that_the_library_knows(asked: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError, match="no assistant 'gpt-4o' here"):
        asked.chat.completions.create(model="gpt-4o", messages=[user()])
    with pytest.raises(openai.BadRequestError, match="allows 4000"):
        asked.chat.completions.create(model="support", messages=[user("x" * 4001)])
    with pytest.raises(openai.APIError, match="allows 4000"):
        list(asked.chat.completions.create(model="support", messages=[user("x" * 4001)], stream=True))


def test_what_a_document_is_called_acts_in_no_client(opened: Workspace) -> None:
    # Broken on purpose: `harmless` left out of `spoken`.
    page = "# ![x](https://evil.example/a.png)\n\nParcels arrive within three days.\n"
    opened.ingest(MemoryConnector({"<img src=x>.md": page}, name="support/post"))
    with client(opened) as local:
        body = {"model": "support", "messages": [user("When do parcels arrive?")]}
        text = local.post("/v1/chat/completions", json=body).json()["choices"][0]["message"]["content"]
    assert "evil.example" in text
    assert not any(acting in text for acting in ("![", "](", "<img", "https://"))
