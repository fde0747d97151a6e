from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import ir_measures
import pytest

from ragkit.evaluation.retrieval.measuring import evaluate
from ragkit.evaluation.retrieval.metrics import METRICS
from ragkit.evaluation.retrieval.outcomes import RETRIEVERS, Outcome, Place, Report
from ragkit.evaluation.retrieval.runs import run_files, run_paths
from ragkit.evaluation.sets.questions import Question, QuestionSet
from tests.evaluation.beir_folder import DOCUMENTS, stored, written
from tests.workspaces import filled


def asked(relevant: Mapping[str, list[str]], unanswerable: tuple[str, ...] = ()) -> QuestionSet:
    """Return questions, each with the uris that answer it; a question is its own id."""
    return QuestionSet(
        name="animals",
        questions=tuple(
            Question(id=text, text=text, relevant=dict.fromkeys(uris, 1)) for text, uris in relevant.items()
        ),
        unanswerable=tuple(Question(id=text, text=text, relevant={}) for text in unanswerable),
    )


def lost(identity: str, value: float) -> Outcome:
    """Return a question with this value for hybrid and 1 for words alone."""
    return Outcome(
        question=Question(id=identity, text="?", relevant={"owl": 1, "gone": 1}),
        values={"lexical": {"nDCG@10": 1}, "dense": {"nDCG@10": 0}, "hybrid": {"nDCG@10": value}},
        tops={},
        places={"lexical": {"owl": 1}, "hybrid": {"owl": 3}},
        evidence=0,
    )


def reported(tmp_path: Path, questions: QuestionSet) -> Report:
    with stored(written(tmp_path / "animals")) as (opened, _):
        return evaluate(opened, questions)


def test_every_mean_says_over_how_many_questions_it_is(tmp_path: Path) -> None:
    report = reported(tmp_path, asked({"blue whale sings": ["whale"], "owl": ["owl"]}, ("parrot",)))
    assert [(mean.retriever, mean.metric) for mean in report.means] == [(r, m) for r in RETRIEVERS for m in METRICS]
    assert {mean.n for mean in [*report.means, *report.differences]} == {2}
    assert report.mean("nDCG@10").mean == 1
    assert report.unanswerable == 1


def test_a_question_without_an_answer_counts_in_no_mean(tmp_path: Path) -> None:
    with_it = reported(tmp_path / "a", asked({"owl": ["owl"]}, ("parrot", "dog")))
    without = reported(tmp_path / "b", asked({"owl": ["owl"]}))
    assert with_it.means == without.means
    assert (with_it.thresholds[0].unanswerable, without.thresholds[0].unanswerable) == (2, 0)


def test_a_relevant_document_that_is_not_stored_counts_as_not_found(tmp_path: Path) -> None:
    report = reported(tmp_path, asked({"owl": ["owl", "gone"]}))
    assert report.missing_documents == 1
    assert report.mean("R@100").mean == 0.5


def test_a_question_that_is_a_document_itself_does_not_find_itself(tmp_path: Path) -> None:
    # Broken on purpose: without `uri != question.id` the owl comes first and the bee second.
    question = Question(id="owl", text=f"{DOCUMENTS[1]['text']} A bee.", relevant={"bee": 1})
    report = reported(tmp_path, QuestionSet(name="animals", questions=(question,)))
    assert report.mean("MRR@10", "lexical").mean == 1


def test_a_document_with_the_id_of_its_question_counts_where_it_is_judged(tmp_path: Path) -> None:
    question = Question(id="owl", text="owl", relevant={"owl": 1})
    report = reported(tmp_path, QuestionSet(name="animals", questions=(question,)))
    assert report.mean("MRR@10", "lexical").mean == 1


def test_wins_losses_and_ties_are_every_question(tmp_path: Path) -> None:
    report = reported(tmp_path, asked({"blue whale": ["whale"], "zebra": ["ant"], "night": ["owl"]}))
    assert {one.won + one.lost + one.tied for one in report.differences} == {3}
    for one in report.differences:
        gain = report.mean(one.metric).mean - report.mean(one.metric, one.against).mean
        assert one.mean == pytest.approx(gain)


def test_losers_are_the_questions_that_a_single_retriever_does_better_the_worst_first(tmp_path: Path) -> None:
    report = replace(
        reported(tmp_path, asked({"owl": ["owl"]})), outcomes=[lost("a", 0.9), lost("b", 0.2), lost("c", 1)]
    )
    losers = report.losers(2)
    assert [(loser.id, loser.against) for loser in losers] == [("b", "lexical"), ("a", "lexical")]
    assert (losers[0].hybrid, losers[0].other) == (0.2, 1)
    assert losers[0].relevant == (Place(uri="gone", hybrid=None, other=None), Place(uri="owl", hybrid=3, other=1))
    assert report.losers(0) == []


def test_the_lower_the_threshold_the_more_comes_through(tmp_path: Path) -> None:
    steps = reported(tmp_path, asked({"blue whale sings": ["whale"], "zebra": ["ant"]}, ("parrot",))).thresholds
    assert [step.evidence for step in steps] == pytest.approx([step / 20 for step in range(21)])
    assert (steps[0].answered, steps[0].unanswerable) == (2, 1)
    assert [step.answered for step in steps] == sorted((step.answered for step in steps), reverse=True)
    assert all(step.found <= step.answered for step in steps)


def test_an_unknown_figure_is_refused_with_those_that_are_there(tmp_path: Path) -> None:
    with pytest.raises(KeyError, match="there are nDCG@10, MRR@10"):
        reported(tmp_path, asked({"owl": ["owl"]})).mean("MAP")


def test_a_store_of_ones_own_is_judged_by_uri(tmp_path: Path) -> None:
    with filled(tmp_path / "store") as opened:
        report = evaluate(opened, asked({"How long does a refund take?": ["refunds.md"]}))
    assert (report.documents, report.mean("nDCG@10", "lexical").mean) == (3, 1)


def test_other_tools_read_the_same_figures_from_the_runs(tmp_path: Path) -> None:
    questions = asked({"blue whale sings": ["whale", "ant"], "owl night": ["bee"], "dances": ["bee"]})
    with stored(written(tmp_path / "animals")) as (opened, _), run_files(tmp_path / "out.trec") as runs:
        report = evaluate(opened, questions, on_rankings=runs)
    qrels = {question.id.replace(" ", "%20"): dict(question.relevant) for question in questions.questions}
    for name, path in run_paths(tmp_path / "out.trec").items():
        run = ir_measures.read_trec_run(str(path))  # type: ignore[no-untyped-call]  # it has no types
        told = ir_measures.calc_aggregate([ir_measures.nDCG @ 10], qrels, run)
        assert told[ir_measures.nDCG @ 10] == pytest.approx(report.mean("nDCG@10", name).mean)


def test_a_line_of_a_run_has_six_columns_and_hybrid_has_the_name_that_was_given(tmp_path: Path) -> None:
    with run_files(tmp_path / "out.trec") as runs:
        runs("q 1", {name: {"a b.md": 0.5, "c": 0.25} for name in RETRIEVERS})
    assert (tmp_path / "out.trec").read_text(encoding="utf-8") == (
        "q%201 Q0 a%20b.md 1 0.5 ragkit-hybrid\nq%201 Q0 c 2 0.25 ragkit-hybrid\n"
    )
    assert sorted(file.name for file in tmp_path.iterdir()) == ["out.dense.trec", "out.lexical.trec", "out.trec"]


def test_progress_counts_every_question(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    with stored(written(tmp_path / "animals")) as (opened, _):
        questions = asked({"owl": ["owl"], "bee": ["bee"]}, ("parrot",))
        evaluate(opened, questions, on_progress=lambda done, total: told.append((done, total)))
    assert told == [(2, 3), (3, 3)]
