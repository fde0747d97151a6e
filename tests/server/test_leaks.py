"""Random requests by keys of all kinds: no answer has a word that only others may read."""

import json
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from ragkit.config import Config, ModelsConfig, RecordsConfig, ServerConfig, StoreConfig
from ragkit.server.callers import add_key
from ragkit.testing import MemoryConnector
from ragkit.workspace import Workspace
from tests.server.served import client, keys
from tests.workspaces import NOBODY, workspace

pytestmark = pytest.mark.timeout(240)
CASES = 120
GROUPS = ("customers", "staff", "board", "press")
SOURCES = ("support/help", "support/hr", "legal/help", "triage/help")
THINGS = (
    *("parcel", "invoice", "badge", "locker", "printer", "canteen", "garage", "archive"),
    *("server", "laptop", "phone", "visitor", "alarm", "safe", "meeting", "holiday"),
)
READERS = {"web": ["customers"], "hr": ["staff"], "both": ["customers", "board"], "press": ["press"],
           "nobody": ["strangers"], "boss": []}  # fmt: skip


@dataclass
class Crowd:
    """Callers with their keys, what each of them may read, and the words that give each document away."""

    client: TestClient
    chance: random.Random
    keys: dict[str, str]
    access: dict[str, list[str]]
    told: list[tuple[str, str]] = field(default_factory=lambda: [("Hello?", "Hello.")])
    records: list[tuple[str, str]] = field(default_factory=list)

    def forbidden(self, reader: str) -> Iterator[str]:
        """Yield the words that only others may read."""
        for thing, groups in self.access.items():
            if reader == "foreign" or not (reader == "boss" or {*READERS[reader]} & {*groups}):
                yield from (secret(thing), f"{thing}s9")

    def question(self) -> str:
        thing = self.chance.choice(THINGS)
        misspelled = secret(thing)[:3] + secret(thing)[4:]
        return self.chance.choice(
            [
                f"What is the code of the {thing}?",
                f"What is {misspelled}?",
                f"Tell me about {thing}s9 and {self.chance.choice(THINGS)}s",
                "How many documents are there?",
                "Which documents do you have?",
                f"Who may change the {thing} code, and what about it?",
            ]
        )

    def where(self) -> list[str]:
        thing = self.chance.choice(THINGS)
        filters = [f"uri={thing}s9.md", f"source={self.chance.choice(SOURCES)}", "uri!=none.md", f"title={thing}s9"]
        return self.chance.sample(filters, self.chance.choice([0, 0, 1, 2]))

    def asked(self) -> tuple[str, dict[str, Any]]:
        """Return a path and a body: in either protocol, whole or as a stream, with what another was told."""
        question, where, stream = self.question(), self.where(), self.chance.random() < 0.3
        assistant = self.chance.choice(["support", "legal", "triage"])
        turns = self.chance.sample(self.told, min(len(self.told), self.chance.choice([0, 0, 1, 2])))
        match self.chance.choice(["ask", "complete", "complete", "search", "chore"]):
            case "ask":
                history = [{"question": asked, "answer": said} for asked, said in turns]
                body = {"question": question, "assistant": assistant, "history": history, "where": where}
                return "ask", body | {"stream": stream}
            case "search":
                scope = {"assistant": assistant} if stream else {}
                return "search", {"query": question, "where": where, "limit": 100} | scope
            case "chore":
                chat = "".join(f"USER: {asked}\nASSISTANT: {said}\n" for asked, said in turns)
                question = f'### Task:\n{{ "follow_ups": ["a"] }}\n<chat_history>\n{chat}</chat_history>'
        messages = [
            {"role": role, "content": text}
            for turn in [*turns, (question, "")]
            for role, text in zip(("user", "assistant"), turn, strict=True)
        ][:-1]
        return "chat/completions", {
            "model": assistant, "messages": messages, "stream": stream, "ragkit": {"where": where}
        }  # fmt: skip

    def case(self) -> list[str]:
        """Ask something as somebody, and return the words of others that came back and were not in what was sent."""
        reader = self.chance.choice(list(self.keys))
        path, body = self.asked()
        headers = {"authorization": f"Bearer {self.keys[reader]}"}
        response = self.client.post(f"/v1/{path}", json=body, headers=headers)
        assert response.status_code == 200, response.text
        if path == "ask" and not body["stream"]:
            answer = response.json()
            self.told.append((answer["question"], answer["text"]))
            self.records.append((reader, answer["record"]))
        elif path == "chat/completions" and not body["stream"]:
            self.told.append((body["messages"][-1]["content"], response.json()["choices"][0]["message"]["content"]))
        sent = json.dumps(body)
        return [word for word in self.forbidden(reader) if word in response.text and word not in sent]

    def rated(self) -> list[str]:
        """Rate an answer of another as somebody, and return who could without being allowed to."""
        reader, (owner, record) = self.chance.choice(list(self.keys)), self.chance.choice(self.records)
        headers = {"authorization": f"Bearer {self.keys[reader]}"}
        rated = self.client.post(f"/v1/records/{record}/rating", json={"good": True}, headers=headers)
        assert rated.status_code in (204, 404)
        return [reader] if rated.is_success and reader not in (owner, "boss") else []


def secret(thing: str) -> str:
    return f"zor{thing[::-1]}vex"


def filled(folder: Path, access: dict[str, list[str]]) -> Workspace:
    config = Config(
        store=StoreConfig(path=folder),
        models=ModelsConfig(url=NOBODY),
        records=RecordsConfig(keep=1),
        server=ServerConfig(keys=folder.with_suffix(".toml"), questions=4),
    )
    made = workspace(folder, config=config)
    for number, (thing, groups) in enumerate(access.items()):
        said = f"The code of the {thing} is {secret(thing)}.\n\nOnly its owner may change the {thing} code."
        text, source = f"# {thing}s9\n\n{said}\n", SOURCES[number % len(SOURCES)]
        made.ingest(MemoryConnector({f"{thing}s9.md": text}, name=f"{source}-{number}", access=groups))
    return made


@contextmanager
def crowd(folder: Path, seed: int) -> Iterator[Crowd]:
    chance = random.Random(seed)
    access = {thing: chance.sample(GROUPS, chance.choice([0, 1, 1, 2])) for thing in THINGS}
    with filled(folder, access) as made:
        held = keys(made, **READERS)
        held["foreign"] = add_key(made.config.server.keys, "foreign", tenant="globex", owner=True)
        file = made.config.server.keys
        file.write_text(file.read_text("utf-8").replace("per_minute = 60", "per_minute = 1000000"), "utf-8")
        with client(made) as opened:
            yield Crowd(opened, chance, held, access)


def test_nobody_is_told_what_only_others_may_read(tmp_path: Path) -> None:
    # Broken on purpose: `Viewer.local()` in `ask`, in `complete`, in `search`; `_may_rate` True for all.
    with crowd(tmp_path / "store", seed=1) as asking:
        leaks = [leak for _ in range(CASES) for leak in asking.case()]
        leaks += [leak for _ in range(CASES // 4) for leak in asking.rated()]
    assert leaks == []
