"""Filters as they are typed, and what is said of what is none."""

from pathlib import Path

import pytest

from ragkit.errors import ConfigError
from ragkit.filters import And, Equals, Filter, In, Not, Range, parse_filter
from tests.reliability.keeping import having, made


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("year=2024", Equals("year", 2024)),
        ("year = 2024", Equals("year", 2024)),
        ("year=2023,2024", In("year", (2023, 2024))),
        ("year!=2024", Not(Equals("year", 2024))),
        ("year!=2023,2024", Not(In("year", (2023, 2024)))),
        ("year>=2024", Range(field="year", low=2024)),
        ("year<=2024", Range(field="year", high=2024)),
        ("title=a>=b", Equals("title", "a>=b")),
    ],
)
def test_a_word_is_read_as_the_filter_that_it_looks_like(word: str, meant: Filter) -> None:
    assert parse_filter(word) == And((meant,))


@pytest.mark.parametrize("word", ["", " ", "year", "=2024", " =2024", "year>2020", '{"year": 2024}'])
def test_a_word_that_is_no_filter_is_refused_with_those_that_are(word: str) -> None:
    with pytest.raises(ConfigError, match=r"is not a filter. Write it as key=value. Or: key=a,b, .* key<=high"):
        parse_filter(word)


# Broken on purpose: without the last case of `_parts` these end in a TypeError.
@pytest.mark.parametrize(
    ("value", "instead"),
    [
        ({"year": 2024}, "Write Equals('year', 2024), from ragkit."),
        ({"year": 2024, "kind": "a"}, "Write And((Equals('year', 2024), Equals('kind', 'a'))), from ragkit."),
        ("year=2024", "Write parse_filter('year=2024'), from ragkit."),
        ({}, "Write parse_filter(['key=value']), from ragkit."),
        (And(({"year": 2024},)), "{'year': 2024} is no filter. Write Equals('year', 2024)"),  # type: ignore[arg-type]
    ],
)
def test_what_is_no_filter_is_refused_with_the_one_that_is_meant(tmp_path: Path, value: Filter, instead: str) -> None:
    with made(tmp_path) as store, pytest.raises(ConfigError) as refused:
        having(store, value)
    assert instead in str(refused.value)


def test_one_text_is_not_the_letters_of_it() -> None:
    with pytest.raises(ConfigError, match=r"Write Equals\('year', 'abc'\)"):
        In("year", "abc")  # type: ignore[arg-type] # what users write
