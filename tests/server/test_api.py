"""ragkit's own words over HTTP: what there is to ask, what is refused, and what an error tells."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from ragkit.documents import Viewer
from ragkit.errors import ModelBusy, ModelFailed, ModelTimeout, ModelUnavailable, PromptTooLong, StoreDamaged
from ragkit.server.faults import fault_of, unexpected
from ragkit.server.gate import MOST_BYTES, Gate
from ragkit.testing import MemoryConnector
from ragkit.workspace import Workspace
from tests.server.served import QUESTION, answered, client, filled
from tests.server.slow import Slow

pytestmark = pytest.mark.timeout(60)
HR = 'name = "hr"\ntitle = "HR"\ninstructions = "Be kind."\nnotice = "Hello."\nnot_found = "No."\n'
SECRET = "no server at http://user:pw@10.0.0.7:11434, see /srv/secret"


def events(text: str) -> list[tuple[str, Any]]:
    parts = [part.split("\ndata: ") for part in text.split("\n\n") if part and not part.startswith(":")]
    return [(name.removeprefix("event: "), json.loads(data)) for name, data in parts]


def test_an_answer_is_what_the_command_line_prints(local: TestClient, opened: Workspace) -> None:
    same = opened.assistant("support").ask(QUESTION, viewer=Viewer.local()).to_dict()
    ours = answered(local, QUESTION)
    varying = ("trace", "record", "usage")
    assert {key: ours[key] for key in same if key not in varying} == {
        key: value for key, value in json.loads(json.dumps(same)).items() if key not in varying
    }
    assert ours["disclaimer"].startswith("Answer by an AI system")


def test_a_stream_has_drafts_and_then_the_answer(local: TestClient) -> None:
    got = events(local.post("/v1/ask", json={"question": QUESTION, "stream": True}).text)
    assert {name for name, _ in got[:-1]} == {"piece"}
    assert (got[-1][0], got[-1][1]["citations"][0]["verdict"]) == ("answer", "verbatim")


def test_a_search_is_what_the_command_line_prints(local: TestClient) -> None:
    found = local.post("/v1/search", json={"query": "refund", "limit": 1, "where": ["uri=refunds.md"]}).json()
    assert set(found) == {"query", "spelled", "absent", "unembedded", "hits"}
    assert [hit["uri"] for hit in found["hits"]] == ["refunds.md"]
    within = local.post("/v1/search", json={"query": "lease notice", "assistant": "support"}).json()
    assert "lease.md" not in [hit["uri"] for hit in within["hits"]]


def test_what_is_ingested_meanwhile_is_found_at_once(local: TestClient, opened: Workspace) -> None:
    opened.ingest(MemoryConnector({"post.md": "Parcels arrive within three days."}, name="support/post"))
    assert "three days" in answered(local, "When do parcels arrive?")["text"]


def test_an_assistant_of_ones_own_is_served_and_no_other(tmp_path: Path) -> None:
    # Broken on purpose: the name of a request given to `load_profile`.
    (tmp_path / "hr.toml").write_text(HR, "utf-8")
    (tmp_path / "other.toml").write_text(HR, "utf-8")
    named = f"{tmp_path / 'hr.toml'}, support"
    with filled(tmp_path / "store", assistants=named) as made, client(made) as local:
        assert [model["id"] for model in local.get("/v1/models").json()["data"]] == ["hr", "support"]
        assert answered(local, QUESTION, assistant="hr")["text"] == "No."
        for name in ("legal", str(tmp_path / "hr.toml"), str(tmp_path / "other.toml"), "../hr.toml"):
            assert local.post("/v1/ask", json={"question": "a", "assistant": name}).status_code == 404


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "question: Field required."),
        ({"question": ""}, "the question is empty"),
        ({"question": "x" * 4001}, "limits.question allows 4000"),
        ({"question": "a", "where": ["page"]}, "'page' is not a filter"),
        ({"question": "a", "temprature": 1}, "temprature: Extra inputs are not permitted."),
        ({"question": ["a"]}, "question: Input should be a valid string."),
    ],
)
def test_what_is_asked_wrongly_is_told(local: TestClient, body: dict[str, Any], said: str) -> None:
    refused = local.post("/v1/ask", json=body)
    assert refused.status_code == 400
    assert said in refused.json()["error"]["message"]


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/nothing", "/v1/ask/"])
def test_there_is_nothing_else(local: TestClient, path: str) -> None:
    assert local.get(path, follow_redirects=False).json()["error"]["code"] == "no_such_path"


def test_a_body_that_is_too_long_is_refused(local: TestClient) -> None:
    refused = local.post("/v1/ask", content=b" " * (MOST_BYTES + 1), headers={"content-type": "application/json"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (413, "too_large")


@pytest.mark.timeout(20)
def test_a_body_that_does_not_end_is_read_no_further_than_allowed(local: TestClient) -> None:
    # Broken on purpose: the length of the body left out of the loop in `_body`.
    read: list[int] = []
    sent: list[Any] = []

    async def receive() -> Any:
        read.append(MOST_BYTES // 10)
        return {"type": "http.request", "body": b" " * read[-1], "more_body": True}

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"host", b"127.0.0.1")]
    scope = {"type": "http", "method": "POST", "path": "/v1/ask", "headers": headers, "client": ("127.0.0.1", 1)}
    asyncio.run(Gate(local.app, keys=None)(scope, receive, send))
    assert (sent[0]["status"], sum(read)) == (413, MOST_BYTES // 10 * 11)


def test_one_question_more_than_there_are_places_is_refused(tmp_path: Path) -> None:
    # Broken on purpose: `_free` never counted down; counted up when the client goes and not when the thread ends.
    chat = Slow()
    with filled(tmp_path / "store", chat=chat, questions=1) as made, client(made) as local:
        with ThreadPoolExecutor(1) as threads:
            first = threads.submit(answered, local, QUESTION)
            assert chat._begun.wait(20)
            refused = [local.post("/v1/search", json={"query": "refund"}) for _ in range(3)]
            chat._go.set()
            assert first.result(20)["citations"]
        assert {(each.status_code, each.headers["retry-after"]) for each in refused} == {(503, "2")}
        assert local.post("/v1/search", json={"query": "refund"}).is_success


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (ModelBusy(SECRET, model="x", retry_after=7), 503),
        (ModelUnavailable(SECRET, model="x"), 503),
        (ModelFailed(SECRET, model="x"), 503),
        (ModelTimeout(SECRET, model="x"), 504),
        (PromptTooLong(SECRET, tokens=1, window=1), 400),
        (StoreDamaged(SECRET), 503),
    ],
)
def test_an_error_names_neither_servers_nor_paths(error: Any, status: int) -> None:
    # Broken on purpose: `str(error)` told.
    fault = fault_of(error)
    assert fault.status == status
    assert not [part for part in ("10.0.0.7", "pw", "/srv") if part in json.dumps(fault.to_dict())]


def test_a_busy_model_says_when_to_come_again() -> None:
    assert fault_of(ModelBusy("busy", model="x", retry_after=7)).response().headers["retry-after"] == "7"


def test_a_broken_store_is_told_without_its_path_and_an_emergency_is_answered_all_the_same(
    opened: Workspace, local: TestClient
) -> None:
    # Broken on purpose: `decided_by_rules` left out of `Assistants._pieces`.
    opened.close()
    catalog = opened.config.store.path / "catalog.db"
    catalog.write_bytes(b"no database at all" * 100)
    refused = local.post("/v1/ask", json={"question": QUESTION})
    assert refused.status_code == 503
    assert str(opened.config.store.path) not in refused.text
    streamed = events(local.post("/v1/ask", json={"question": QUESTION, "stream": True}).text)
    assert (streamed[0][0], streamed[0][1]["error"]["code"]) == ("error", "store_unavailable")
    pain = "My father has crushing chest pain and can't breathe"
    assert answered(local, pain, assistant="triage")["refusal"] == "emergency"


def test_what_nobody_foresaw_tells_nothing(caplog: pytest.LogCaptureFixture) -> None:
    fault = unexpected(ZeroDivisionError(SECRET))
    assert (fault.status, "10.0.0.7" in str(fault), "10.0.0.7" in caplog.text) == (500, False, False)
    assert "ZeroDivisionError" in caplog.text
