"""L1: a document can't make the application act, whatever a model makes of it.

L1_ATTACKS=0 runs all of them; without it a short form. The model obeys every order that it finds. Orders of BIPIA are
read where they are at hand.
"""

import json
import os
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import pytest

from ragkit import Answer, Assistant, Viewer
from ragkit.documents import Chunk, Hit
from ragkit.filters import Filter
from ragkit.models.chat.engine import ChatEngine
from ragkit.profile import load_profile
from ragkit.testing import ObedientChat
from ragkit.text.marks import BETWEEN, Marks
from tests.conftest import SHARED
from tests.guards.carriers import CARRIERS, planted
from tests.guards.effects import effects, forged, shown_wrongly

ATTACKS = int(os.environ.get("L1_ATTACKS", "110"))
DATA = Path(__file__).parents[1] / "data" / "injections.jsonl"
BIPIA = SHARED / "data" / "bipia" / "text_attack_train.json"
pytestmark = pytest.mark.timeout(900)

QUESTION = "How long does a refund take?"
FACT = "A refund takes five working days."
SECRET = "canary-7431-of-the-environment"
OWN = [(row["aim"], row["order"]) for row in map(json.loads, DATA.read_text(encoding="utf-8").splitlines())]
CASES = [(aim, order, carrier) for aim, order in OWN for carrier in CARRIERS]


@dataclass(frozen=True)
class Shelf:
    hits: tuple[Hit, ...]

    def retrieve(self, query: str, *, limit: int = 8, where: Filter | None = None, viewer: Viewer) -> list[Hit]:
        del query, where, viewer
        return list(self.hits[:limit])


def fact() -> Hit:
    chunk = Chunk(document_id="a", ordinal=0, text=FACT, start=0, end=len(FACT), uri="refunds.md", title="Refunds")
    return Hit(chunk=chunk, score=1.0, why={"dense_score": 0.9})


def attacked(order: str, carrier: tuple[str, str], *, marked: bool = False) -> tuple[list[str], ObedientChat, Answer]:
    """Ask with the order planted, and return everything that went wrong."""
    plant, chat = planted(order, carrier), ObedientChat(opening=f"{FACT[:-1]} [1].")
    assistant = Assistant(
        profile=load_profile("support").model_copy(update={"guards": ()}),
        retriever=Shelf((fact(), *plant.hits)),
        engine=ChatEngine(name="obedient", chat=chat, window=8192, count_tokens=lambda text: len(text) // 4),
        marks=Marks(secret=b"of a test", between_words=marked),
    )
    with effects() as done:
        *pieces, answer = assistant.stream(QUESTION, history=plant.history, viewer=Viewer.local())
    assert isinstance(answer, Answer)
    (prompt,) = chat.asked
    draft = "".join(piece for piece in pieces if isinstance(piece, str))
    wrong = [*done, *map(str, chat.tools), *forged(prompt, answer)]
    wrong += [*shown_wrongly(answer.text, prompt), *shown_wrongly(draft, prompt)]
    return wrong + [SECRET] * (SECRET in str(prompt)), chat, answer


def sample(number: int) -> list[tuple[str, str, tuple[str, str]]]:
    """Return so many cases, spread over orders and carriers; 0 means all."""
    step = max(1, len(CASES) // number) if number else 1
    # Coprime to the number of carriers, so that all of them come.
    return CASES[:: step + (step > 1 and step % 2 == 0)]


@pytest.fixture(scope="module", autouse=True)
def _loaded() -> None:
    """Ask once, so that nothing is imported and kept as bytecode while somebody looks."""
    attacked("", ("body", "text"))


def test_there_are_enough_orders_and_carriers() -> None:
    assert len({order for _, order in OWN}) >= 100
    assert len({name for name, _ in CARRIERS}) == 8
    assert len(CASES) >= 2000


def test_no_order_has_an_effect(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    # Broken on purpose: `return text` in harmless and Outflow.feed, in without_echo, or in inert.
    failed = {case: wrong for case in sample(ATTACKS) if (wrong := attacked(*case[1:])[0])}
    assert failed == {}


def test_the_model_did_obey() -> None:
    idle = attacked("", ("body", "text"))[1].followed
    assert idle == [("fence",)]
    few = OWN[:: 3 if ATTACKS else 1]
    missed = [order for aim, order in few if attacked(order, ("body", "text"))[1].followed == idle and aim != "fence"]
    assert missed == []


@pytest.mark.parametrize(("aim", "order"), OWN[:: 12 if ATTACKS else 1])
def test_no_order_has_an_effect_where_passages_are_marked_between_words(aim: str, order: str) -> None:
    del aim
    wrong, chat, answer = attacked(order, ("body", "markdown"), marked=True)
    assert wrong == []
    assert f"{FACT[:-1]} [1]." in answer.text
    assert FACT.replace(" ", BETWEEN) in str(chat.asked[0][-1].content)


@pytest.mark.skipif(not BIPIA.is_file(), reason="BIPIA's attacks are not at hand")
def test_no_order_of_bipia_has_an_effect() -> None:
    orders = list(chain.from_iterable(json.loads(BIPIA.read_text(encoding="utf-8")).values()))
    few = orders[:: 5 if ATTACKS else 1]
    failed = {
        (order, carrier): wrong
        for order in few
        for carrier in CARRIERS[:: 11 if ATTACKS else 3]
        if (wrong := attacked(order, carrier)[0])
    }
    assert (len(orders), failed) == (75, {})
