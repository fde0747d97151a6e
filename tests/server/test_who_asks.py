"""Who may ask the server, and that nobody gets anything of what others may read."""

import json
import socket
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from ragkit.config import Config, ServerConfig
from ragkit.documents import Viewer
from ragkit.errors import ConfigError
from ragkit.server.app import application
from ragkit.server.assistants import Turns
from ragkit.server.callers import Caller, Keys, Rates, add_key, read_keys
from ragkit.server.faults import Fault
from ragkit.server.serving import require_keys
from ragkit.workspace import Workspace
from tests.server.served import QUESTION, answered, client, keys, server

pytestmark = pytest.mark.timeout(60)
SALARY = "What is the salary of the director?"
PATHS = [("GET", "/v1/models"), ("GET", "/openapi.json"), ("POST", "/v1/ask"), ("POST", "/v1/search"),
         ("POST", "/v1/chat/completions"), ("POST", "/v1/records/0123456789abcdef/rating"), ("GET", "/")]  # fmt: skip


def code(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()["error"]["code"]


# Broken on purpose: each of the four conditions of `_refuse_strangers` left out, one after the other.
@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example"},
        {"host": "127.0.0.1.evil.example:8502"},
        {"host": "[::1"},
        {"host": "192.168.1.5:8502"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"x-forwarded-for": "203.0.113.9"},
        {"forwarded": "for=203.0.113.9"},
        {"via": "1.1 proxy.example"},
    ],
)
def test_without_keys_no_page_and_no_proxy_gets_in(local: TestClient, headers: dict[str, str]) -> None:
    assert local.get("/v1/models").status_code == 200
    for method, path in (*PATHS, ("GET", "/health")):
        assert code(local.request(method, path, json={"question": "a"}, headers=headers)) == (403, "not_local")


def test_without_keys_no_proxy_gets_in_that_is_known_by_its_protocol_alone(opened: Workspace) -> None:
    # Broken on purpose: `http_version` left out of `_refuse_strangers`.
    with server(application(opened)) as url:
        said = [spoken(url, version) for version in ("1.0", "1.1")]
    assert [int(line.split()[1]) for line in said] == [403, 200]


def spoken(url: str, version: str) -> str:
    """Return the first line of what a client gets that speaks this version of HTTP."""
    host, _, port = url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(f"GET /v1/models HTTP/{version}\r\nhost: {host}\r\nconnection: close\r\n\r\n".encode())
        return connection.makefile().readline()


def test_without_keys_no_other_machine_gets_in(opened: Workspace) -> None:
    with client(opened, address="192.168.1.5") as other:
        assert code(other.get("/v1/models")) == (403, "not_local")
    with client(opened, address="::1") as local:
        assert local.get("/v1/models", headers={"host": "[::1]:8502", "origin": "http://localhost:3000"}).is_success


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer wrong", "Basic {key}", "Bearer {key}x", "{key}", "Bearer %c3%a9"]
)
def test_with_keys_nobody_gets_in_without_one(opened: Workspace, header: str) -> None:
    key = keys(opened, web=["customers"])["web"]
    with client(opened) as anyone:
        for method, path in PATHS:
            refused = anyone.request(method, path, headers=[("authorization", header.format(key=key))])
            assert code(refused) == (401, "invalid_api_key")
            assert refused.headers["www-authenticate"] == "Bearer"
        assert anyone.get("/health").json() == {"status": "ok", "server": "ragkit"}


def test_no_host_but_loopback_without_keys() -> None:
    for host in ("0.0.0.0", "::", "192.168.1.5", "example.org"):
        with pytest.raises(ConfigError, match=r"has no keys\. Make one: ragkit serve --new-key NAME"):
            require_keys(host, has_keys=False)
        require_keys(host, has_keys=True)
    require_keys("127.0.0.1", has_keys=False)


def test_a_key_reads_what_its_groups_may_and_no_more(opened: Workspace) -> None:
    # Broken on purpose: `Viewer.local()` in place of the viewer of the key, in `ask`, in `search`, in `complete`.
    held = keys(opened, web=["customers"], hr=["staff"], boss=[])
    texts = {}
    for name, key in held.items():
        with client(opened, key=key) as caller:
            body = {"model": "support", "messages": [{"role": "user", "content": SALARY}]}
            said = [caller.post("/v1/chat/completions", json=body | {"stream": stream}).text for stream in (0, 1)]
            found = caller.post("/v1/search", json={"query": SALARY, "limit": 100}).text
            count = answered(caller, "How many documents are there?")["text"]
            texts[name] = (*said, found, json.dumps(answered(caller, SALARY)), count)
    assert not any(word in text for text in texts["web"][:4] for word in ("ninety", "pay.md", "Salaries"))
    assert all("ninety" in text for name in ("hr", "boss") for text in texts[name][:4])
    assert [texts[name][4].split()[0] for name in ("web", "hr", "boss")] == ["1", "2", "2"]


def test_a_filter_only_narrows(opened: Workspace) -> None:
    key = keys(opened, web=["customers"])["web"]
    with client(opened, key=key) as caller:
        for where in (["uri=pay.md"], ["uri!=refunds.md"], ["source=support/hr"], ["title=Salaries,Refunds"]):
            found = caller.post("/v1/search", json={"query": "salary refund", "where": where}).json()["hits"]
            assert not [hit for hit in found if hit["uri"] == "pay.md"]


def test_what_another_was_answered_does_not_come_by_telling_it_back(opened: Workspace) -> None:
    # Broken on purpose: the viewer left out of `_key`, so that the other's passages stand in the history.
    staff, customers = (Viewer(groups=frozenset({group})) for group in ("staff", "customers"))
    answer = opened.assistant("support").ask(SALARY, viewer=staff)
    turns = Turns()
    turns.keep(answer, seen=answer.text, viewer=staff)
    assert turns.turn(SALARY, seen=answer.text, viewer=staff)
    assert turns.turn(SALARY, seen=answer.text, viewer=customers) is None


def test_a_key_of_another_tenant_reads_nothing(opened: Workspace) -> None:
    key = add_key(opened.config.server.keys, "globex", tenant="globex", owner=True)
    with client(opened, key=key) as caller:
        assert caller.post("/v1/search", json={"query": "refund"}).json()["hits"] == []
        assert answered(caller, QUESTION)["refusal"] == "no_evidence"


def test_an_answer_is_rated_by_those_who_could_get_it(opened: Workspace) -> None:
    # Broken on purpose: `_may_rate` returning True, and `last` being let through.
    held = keys(opened, web=["customers"], hr=["staff"], boss=[])
    with client(opened, key=held["web"]) as caller:
        record = answered(caller, QUESTION)["record"]
        assert caller.post(f"/v1/records/{record}/rating", json={"good": False}).status_code == 204
    for name, status in (("hr", 404), ("boss", 204)):
        with client(opened, key=held[name]) as caller:
            assert caller.post(f"/v1/records/{record}/rating", json={"good": True}).status_code == status
            for other in ("last", "ffffffffffffffff", "%2e%2e"):
                assert caller.post(f"/v1/records/{other}/rating", json={"good": True}).status_code == 404


def test_a_key_that_is_taken_out_of_the_file_is_refused_at_once(opened: Workspace) -> None:
    key = keys(opened, web=["customers"])["web"]
    file = opened.config.server.keys
    with client(opened, key=key) as caller:
        assert caller.get("/v1/models").is_success
        for content in ("", "this is [no toml"):
            file.write_text(content, "utf-8")
            assert caller.get("/v1/models").status_code == 401
        file.unlink()
        assert caller.get("/v1/models").status_code == 401


def test_the_file_of_keys_has_no_key_in_it(tmp_path: Path) -> None:
    file = tmp_path / "keys.toml"
    made = {name: add_key(file, name, tenant="local", groups=['a"b', "ä"]) for name in ("one", "two")}
    assert file.stat().st_mode & 0o777 == 0o600
    assert not [key for key in made.values() if key in file.read_text("utf-8")]
    assert read_keys(file)["two"].groups == {'a"b', "ä"}
    found = Keys(file).caller(made["two"])
    assert found is not None
    assert (found.name, found.viewer) == ("two", Viewer(groups=frozenset({'a"b', "ä"})))


@pytest.mark.parametrize(
    ("name", "groups", "owner", "said"),
    [
        ("web", ["a"], False, "has a key 'web' already"),
        ("a b", ["a"], False, "'a b' can't name a key"),
        ("other", [], False, "what may 'other' read?"),
        ("other", ["a"], True, "what may 'other' read?"),
    ],
)
def test_a_key_that_would_mean_nothing_is_not_made(
    tmp_path: Path, name: str, groups: list[str], owner: bool, said: str
) -> None:
    file = tmp_path / "keys.toml"
    add_key(file, "web", tenant="local", groups=["a"])
    before = file.read_bytes()
    with pytest.raises(ConfigError, match=said.replace("?", r"\?")):
        add_key(file, name, tenant="local", groups=groups, owner=owner)
    assert file.read_bytes() == before


def test_one_more_than_a_key_may_ask_is_refused_until_a_minute_has_passed() -> None:
    # Broken on purpose: `>` in place of `>=`.
    now = [0.0]
    rates, caller = Rates(clock=lambda: now[0]), Caller(name="web", viewer=Viewer(), per_minute=3)
    for now[0] in (0.0, 10.0, 20.0):
        rates.count(caller)
    for now[0] in (30.0, 59.9):
        with pytest.raises(Fault) as refused:
            rates.count(caller)
    assert (refused.value.status, refused.value.response().headers["retry-after"]) == (429, "1")
    rates.count(Caller(name="other", viewer=Viewer(), per_minute=1))
    now[0] = 60.0
    rates.count(caller)


def test_a_key_that_asks_too_often_is_told_when_to_come_again(opened: Workspace) -> None:
    key = keys(opened, web=["customers"])["web"]
    file = opened.config.server.keys
    file.write_text(file.read_text("utf-8").replace("per_minute = 60", "per_minute = 2"), "utf-8")
    with client(opened, key=key) as caller:
        got = [caller.post("/v1/search", json={"query": "refund"}) for _ in range(4)]
        assert [each.status_code for each in got] == [200, 200, 429, 429]
        assert 58 <= int(got[-1].headers["retry-after"]) <= 60
        assert caller.get("/v1/models").is_success


def test_settings_of_the_server_name_their_own_assistants(tmp_path: Path) -> None:
    assert ServerConfig(assistants=["support", "hr.toml"]).assistants == "support, hr.toml"
    assert Config().server.keys == Path("ragkit-keys.toml")
