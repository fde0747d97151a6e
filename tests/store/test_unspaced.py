"""Chinese, Japanese, Thai and their like set no space between words: they are found by pairs of their letters."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ragkit import Workspace
from ragkit.documents import Viewer
from ragkit.store.catalog.lexical import parts_of, telling_words
from ragkit.store.catalog.schema import FILE
from ragkit.testing import MemoryConnector
from ragkit.text.sentences import telling
from tests.workspaces import workspace

# The notice is thirty days; the rent is due on the first; use the AB-1234 system; and, in Thai,
# Burmese and Khmer: deposits are given back in thirty days.
TEXTS = {
    "notice": "解約の通知期間は三十日です。",
    "rent": "家賃は毎月一日に支払います。",
    "system": "请使用Windows系统\uff0c型号AB-1234。",
    "thai": "เงินมัดจำจะได้รับคืนภายในสามสิบวัน",
    "burmese": "စပေါ်ငွေကို ရက်သုံးဆယ်အတွင်း ပြန်ပေးမည်။",
    "khmer": "ប្រាក់កក់នឹងត្រូវបានប្រគល់ជូនវិញក្នុងរយៈពេលសាមសិបថ្ងៃ។",
}
# Within; thirty days; to be given back.
SPOKEN = [("ภายใน", "thai"), ("สามสิบวัน", "thai"), ("ပြန်ပေး", "burmese"), ("ប្រគល់ជូនវិញ", "khmer")]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    with workspace(tmp_path_factory.mktemp("unspaced") / "store") as made:
        made.ingest(MemoryConnector(TEXTS))
        yield made


def found(workspace: Workspace, query: str) -> list[str]:
    return [hit.chunk.uri for hit in workspace.store.matching(query, limit=9, viewer=Viewer.local())]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("通知期間。の", "通知 知期 期間 の"),
        ("请使用Windows系统 2.0", "请使 使用 Windows 系统"),
        ("押金は3か月", "押金 金は 3 か月"),
        # Broken on purpose: `_WORD.findall(token)`, the marks left in ("ทน", "ว").
        ("ที่นี่ 30 วัน", "ทน วน"),
        ("한국어 문장 and Русский текст, École", ""),
    ],
)
def test_what_unspaced_words_are_made_of(text: str, parts: str) -> None:
    assert parts_of("", text) == parts


@pytest.mark.parametrize(
    ("query", "uri"),
    [("通知期間は?", "notice"), ("毎月の家賃", "rent"), ("Windows", "system"), ("系统的型号", "system"), *SPOKEN],
)
def test_a_text_is_found_by_a_part_of_it(filled: Workspace, query: str, uri: str) -> None:
    # Broken on purpose: `or pairs(word)` left out of `parts_of`, and of `telling_words`; no Thai in `_RUN`.
    assert found(filled, query)[:1] == [uri]


def test_a_store_of_an_older_ragkit_is_mended(tmp_path: Path) -> None:
    with workspace(tmp_path / "store") as made:
        made.ingest(MemoryConnector(TEXTS))
    with closing(sqlite3.connect(tmp_path / "store" / FILE)) as connection, connection:
        connection.execute("UPDATE chunks SET parts = ''")
        connection.execute("INSERT INTO words (words) VALUES ('rebuild')")
    with workspace(tmp_path / "store") as opened:
        assert found(opened, "通知期間は?") == []
        # Broken on purpose: `rebuild` of the store without `make_parts_anew`.
        opened.repair()
    with workspace(tmp_path / "store") as again:
        assert found(again, "通知期間は?") == ["notice"]


def test_a_query_has_the_words_that_a_text_has() -> None:
    # Broken on purpose: `telling_words` without `bare`.
    assert telling_words("ที่นี่ 30 วัน") == ["ทน", "30", "วน"]


def test_words_between_spaces_are_searched_as_before() -> None:
    assert telling_words("Die Kündigung, 통지 기간") == ["die", "kündigung", "통지", "기간"]


@pytest.mark.parametrize("question", ["型号AB-1234使用什么系统?", '"通知期間"は何日ですか?'])
def test_nothing_without_spaces_is_asked_for_word_for_word(filled: Workspace, question: str) -> None:
    # Broken on purpose: `needles` without `is_unspaced` misses "型号AB-1234使用什么系统", and what is quoted.
    answer = filled.assistant("support").ask(question, viewer=Viewer.local())
    assert (answer.missing, answer.absent) == ((), ())


def test_a_whole_question_is_no_word_that_leans_on_the_one_before() -> None:
    # Broken on purpose: `telling` without pairs.
    assert len(telling("解約の通知期間は")) == 7
