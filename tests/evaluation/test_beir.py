from pathlib import Path

import pytest

from ragkit.errors import ConfigError
from ragkit.evaluation.sets.beir import read_collection, read_judgements
from ragkit.evaluation.sets.questions import LeftOut
from tests.evaluation.beir_folder import written


def judgements(tmp_path: Path, text: str, *, encoding: str = "utf-8") -> dict[str, dict[str, int]]:
    file = tmp_path / "test.tsv"
    file.write_text(text, encoding=encoding)
    return read_judgements(file)


def test_a_collection_has_its_judged_questions(tmp_path: Path) -> None:
    questions = read_collection(written(tmp_path / "animals")).questions
    assert [question.id for question in questions.questions] == ["q1", "q2", "q3"]
    assert questions.questions[0].relevant == {"whale": 2, "bee": 1}
    assert questions.left_out == LeftOut()


def test_what_is_not_measured_is_counted(tmp_path: Path) -> None:
    queries = [{"_id": "q1", "text": "Whale?"}, {"_id": "extra", "text": "Who?"}, {"_id": "q2", "text": "  "}]
    questions = read_collection(written(tmp_path / "animals", queries=queries)).questions
    assert [question.id for question in questions.questions] == ["q1"]
    assert questions.left_out == LeftOut(without_judgement=1, without_question=1, without_text=1)


def test_a_question_that_nothing_answers_is_left_out_and_not_counted_as_0(tmp_path: Path) -> None:
    # Broken on purpose: `if grade > 0` as `if grade >= 0` makes it a question whose every metric is 0.
    questions = read_collection(written(tmp_path / "animals", qrels="q1\twhale\t1\nq2\towl\t0\n")).questions
    assert [question.id for question in questions.questions] == ["q1"]
    assert questions.left_out == LeftOut(without_judgement=2)


def test_ids_may_be_integers_and_lines_blank(tmp_path: Path) -> None:
    folder = written(tmp_path / "animals", queries=[{"_id": 7, "text": "Whale?"}], qrels="\n7\t12\t1\n\n")
    (folder / "corpus.jsonl").write_text('\n{"_id": 12, "text": "A whale."}\n\n', encoding="utf-8")
    collection = read_collection(folder)
    assert [question.relevant for question in collection.questions.questions] == [{"12": 1}]
    assert [listing.uri for listing in collection.corpus.list()] == ["12"]


def test_white_space_around_an_id_is_no_part_of_it(tmp_path: Path) -> None:
    folder = written(
        tmp_path / "animals",
        corpus=[{"_id": " größe/1 a ", "text": "A whale."}],
        queries=[{"_id": "q 1 ", "text": "Whale?"}],
        qrels="q 1\tgröße/1 a\t1\n",
    )
    collection = read_collection(folder)
    # Broken on purpose: `str(value).strip()` in `Row.identity` as `str(value)`.
    assert [question.relevant for question in collection.questions.questions] == [{"größe/1 a": 1}]
    assert [listing.uri for listing in collection.corpus.list()] == ["größe/1 a"]


def test_two_questions_with_one_id_are_refused(tmp_path: Path) -> None:
    queries = [{"_id": "q1", "text": "Whale?"}, {"_id": "q1", "text": "Whale?"}, {"_id": "q1", "text": "Owl?"}]
    with pytest.raises(ConfigError, match="line 3: another question has the id 'q1'"):
        read_collection(written(tmp_path / "animals", queries=queries))
    # The same line twice is one question.
    once = read_collection(written(tmp_path / "twice", queries=queries[:2])).questions
    assert [question.text for question in once.questions] == ["Whale?"]


@pytest.mark.parametrize(
    "text",
    [
        "query-id\tcorpus-id\tscore\n1\t2\t3\n",
        "1\t2\t3\n",
        "1\t0\t2\t3\n",
        "1 Q0 2 3\n",
        "\ufeff1\t2\t3.0\r\n",
        "query\titeration\tdocument\tgrade\n1\t0\t2\t3\n",
    ],
    ids=["head", "no head", "four columns", "spaces", "windows", "head of four"],
)
def test_judgements_are_read_however_they_are_written(tmp_path: Path, text: str) -> None:
    assert judgements(tmp_path, text) == {"1": {"2": 3}}


@pytest.mark.parametrize("line", ["1\t2", "1\t2\tgood", "1\t2\t0.5", "1\t2\t3\t4\t5"])
def test_a_judgement_that_is_none_is_named_with_its_line(tmp_path: Path, line: str) -> None:
    with pytest.raises(ConfigError, match=r"test.tsv', line 3 is no judgement. Write query, document and"):
        judgements(tmp_path, f"query-id\tcorpus-id\tscore\n1\t2\t3\n{line}\n")


def test_a_history_is_read_as_turns_of_question_and_answer(tmp_path: Path) -> None:
    history = [{"role": "user", "content": "Tell me about whales."}, {"role": "assistant", "content": "They sing."}]
    query = {"_id": "q1", "text": "Where do they live?", "history": history}
    (question,) = read_collection(written(tmp_path / "animals", queries=[query])).questions.questions
    assert (question.text, question.turns) == ("Where do they live?", (("Tell me about whales.", "They sing."),))


@pytest.mark.parametrize("missing", ["corpus.jsonl", "queries.jsonl", "qrels/test.tsv"])
def test_a_missing_file_is_named(tmp_path: Path, missing: str) -> None:
    folder = written(tmp_path / "animals")
    (folder / missing).unlink()
    with pytest.raises(ConfigError, match=rf"there is no file '.*{missing}'. The folder needs corpus.jsonl"):
        read_collection(folder)


def test_a_missing_split_is_answered_with_those_that_are_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="Add: --split test"):
        read_collection(written(tmp_path / "animals"), split="dev")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"_id": "x", "text"', "line 2 is no JSON: "),
        ("[1]", "line 2 is no JSON object"),
        ('{"text": "whose?"}', "line 2 has no '_id'"),
        ('{"_id": "q9", "text": "a", "history": "b"}', "line 2: 'history' is no list"),
        ("[" * 100_000, "line 2 is no JSON"),
    ],
)
def test_a_broken_line_is_named_with_its_number(tmp_path: Path, line: str, said: str) -> None:
    folder = written(tmp_path / "animals")
    (folder / "queries.jsonl").write_text(f'{{"_id": "q1", "text": "Whale?"}}\n{line}\n', encoding="utf-8")
    with pytest.raises(ConfigError, match=f"queries.jsonl', {said}"):
        read_collection(folder)


def test_a_collection_without_one_question_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is nothing to measure"):
        read_collection(written(tmp_path / "animals", qrels="query-id\tcorpus-id\tscore\n"))
