"""R13: any filter and any question is answered, or refused by name; SQLite's limits and its JSON never show through."""

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings

from ragkit.documents import Value, Viewer
from ragkit.errors import ConfigError
from ragkit.filters import And, Equals, Filter, In, Not, Or, Range, parse_filter
from ragkit.store.store import Store
from tests.reliability.keeping import ANY_TEXT, ANY_VALUE, HALF, MANY, NOTE, OWNER, WORDS, having, keep, made

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with made(tmp_path) as opened:
        yield opened


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with made(tmp_path_factory.mktemp("any")) as opened:
        yield opened


@settings(max_examples=80, deadline=None)
@given(query=ANY_TEXT, key=ANY_TEXT, value=ANY_VALUE)
def test_any_question_and_any_filter_is_answered_or_refused(shared: Store, query: str, key: str, value: Value) -> None:
    shared.matching(query, limit=5, viewer=OWNER)
    shared.nearest(WORDS.embed_query(query), limit=5, viewer=OWNER)
    for where in (Equals(key, value), Not(In(key, (value, value))), parse_filter([f"k{key}={value}"])):
        try:
            shared.matching("kettle", limit=5, where=where, viewer=OWNER)
        except ConfigError as refused:
            assert "can't be searched for" in str(refused)  # noqa: PT017  # a refusal is one of the two ways


def test_truth_is_not_one_and_a_number_is_not_its_digits(store: Store) -> None:
    values: dict[str, Value] = {"true": True, "false": False, "one": 1, "float": 1.0, "five": 5, "digits": "5"}
    keep(store, *(replace(NOTE, uri=uri, metadata={"v": value}) for uri, value in values.items()), NOTE)
    assert having(store, Equals("v", True)) == ["true"]
    # Broken on purpose: without its kind, true is 1 here.
    assert having(store, Equals("v", 1)) == ["float", "one"]
    assert having(store, Equals("v", "1")) == []
    assert having(store, In("v", (0, False, "5"))) == ["digits", "false"]
    assert having(store, Not(In("v", (True, 1)))) == ["digits", "false", "five"]
    assert having(store, Range(field="v", low=0, high=4)) == ["float", "one"]
    assert having(store, Range(field="v", low="4")) == ["digits"]
    assert having(store, Not(In("v", ()))) == having(store, Range(field="v")) == sorted(values)
    assert having(store, Not(Range(field="v"))) == []
    assert having(store, parse_filter(["v=true,5"])) == ["five", "true"]
    assert having(store, parse_filter(["page=true"])) == []
    assert parse_filter("v=true,5") == parse_filter(["v=true,5"])


@pytest.mark.parametrize("title", ["2024", "-0.5", "true"])
def test_a_title_is_found_by_the_value_that_the_command_line_makes_of_it(store: Store, title: str) -> None:
    keep(store, replace(NOTE, title=title))
    for where in (f"title={title}", f"title=1,{title}"):
        assert having(store, parse_filter([where])) == ["a.md"]
    assert having(store, Range(field="title", low=title, high=title)) == ["a.md"]
    assert having(store, parse_filter(["title=1"])) == []


@pytest.mark.parametrize("word", ["nan", "-inf", "infinity", "1e999", "9" * 25, "9" * 5000])
def test_a_word_that_is_no_number_to_the_store_is_looked_for_as_a_text(store: Store, word: str) -> None:
    keep(store, replace(NOTE, metadata={"v": word}))
    assert having(store, parse_filter([f"v={word}"])) == ["a.md"]


HOSTILE = [HALF, "a\0b", math.nan, math.inf, 2**63, -(2**63) - 1, 10**9999, None, [1], {"a": 1}]


@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: "endless" if value == 10**9999 else ascii(value))
def test_values_that_no_document_can_have_are_refused_in_filters(store: Store, value: Value) -> None:
    keep(store, replace(NOTE, uri="a", metadata={"k": 1}, access=frozenset({"a"})))
    for where in (Equals("k", value), In("uri", ("a", value)), Not(Equals("k", value)), Or((Equals("uri", value),))):
        with pytest.raises(ConfigError, match="can't be searched for"):
            having(store, where)
    if isinstance(value, str):
        with pytest.raises(ConfigError, match="can't be searched for"):
            having(store, Equals(value, 1))
        # Broken on purpose: SQLite's JSON ends "a\0b" at the NUL, and gives such a viewer what group "a" may read.
        with pytest.raises(ConfigError, match="can't be searched for"):
            having(store, None, Viewer(groups=frozenset({value})))


NEVER = Equals("k", 0)


def nested(levels: int) -> Filter:
    where: Filter = Equals("k", 1)
    for level in range(levels):
        where = (Not(Not(where)), And((Equals("k", 1), where)), Or((Equals("k", 2), where)))[level % 3]
    return where


def test_filters_are_as_large_as_sqlite_takes_and_no_larger(store: Store) -> None:
    keep(store, replace(NOTE, metadata={"größe": 5, "k": 1}))
    wide = Or(tuple(Equals("größe", number) for number in range(399)))
    assert having(store, wide) == ["a.md"]
    assert having(store, nested(11)) == ["a.md"]
    for too_large in (Or((*wide.parts, NEVER, NEVER)), nested(20), nested(50_000)):
        with pytest.raises(ConfigError, match=r"more than 400 conditions.*single In"):
            having(store, too_large)


def test_a_filter_takes_a_hundred_thousand_values(store: Store) -> None:
    keep(store, *(replace(NOTE, uri=f"d{number}", metadata={"n": number}) for number in range(-2, 3)))
    assert having(store, In("uri", tuple(f"d{number}" for number in range(MANY)))) == ["d0", "d1", "d2"]
    assert having(store, Not(In("n", tuple(range(MANY))))) == ["d-1", "d-2"]
    assert having(store, In("n", tuple(str(number) for number in range(MANY)))) == []
