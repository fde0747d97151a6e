"""Cases asked of assistants over doubles: what is counted, and what one broken answer does to the others."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGenerationChunk

from ragkit.errors import ConfigError, ModelFailed, ModelUnavailable
from ragkit.evaluation.answers.measuring import CaseSet, Models, evaluate_answers, read_case_set
from ragkit.evaluation.answers.outcomes import AnswersReport, Refused
from ragkit.evaluation.sets.cases import Case
from ragkit.models.chat.engine import ChatEngine
from ragkit.testing import ScriptedChat
from tests.workspaces import filled

REFUND = Case(
    id="refund", question="How long does a refund take?", documents=("refunds.md",), must_say=(("five working days",),)
)
OWNER = Case(
    id="owner", question="Who can ask for a refund?", documents=("refunds.md", "gone.md"), must_say=(("the owner",),)
)
CUP = Case(id="cup", question="Who won the cup in Wimbledon?", answerable=False)
CHEST = Case(
    id="chest", question="I have crushing chest pain", assistant="triage", refusal="emergency", documents=("burns.md",)
)
ALL = CaseSet(name="cases.jsonl", cases=(REFUND, OWNER, CUP, CHEST))


class Breaking(ScriptedChat):
    """Breaks off where a reply is empty, and is not there where it is "gone"."""

    def __init__(self, *replies: str) -> None:
        super().__init__(*replies)

    def _stream(self, messages: list[BaseMessage], *args: object, **kwargs: object) -> Iterator[ChatGenerationChunk]:
        del args, kwargs
        said = self._next(messages)
        if said == "gone":
            raise ModelUnavailable("no server. Start it", model="m")
        if not said:
            raise ModelFailed("broke off. Ask again", model="m")
        yield ChatGenerationChunk(message=AIMessageChunk(content=said))


def engine(chat: BaseChatModel) -> ChatEngine:
    return ChatEngine(name="other", chat=chat, window=8192)


def asked(tmp_path: Path, cases: Sequence[Case], chat: BaseChatModel | str = "extractive") -> AnswersReport:
    with filled(tmp_path / "store", chat=chat) as opened:
        return evaluate_answers(opened, CaseSet(name="cases", cases=tuple(cases)), assistant="support")


def test_what_is_right_is_told_with_its_n(tmp_path: Path) -> None:
    report = asked(tmp_path, ALL.cases)
    assert (report.assistant, report.model, report.missing_documents) == ("support", "extractive", 1)
    assert [(outcome.case.id, outcome.values["right"]) for outcome in report.outcomes] == [
        ("refund", 1), ("owner", 1), ("cup", 1), ("chest", 1),
    ]  # fmt: skip
    assert {mean.metric: mean.n for mean in report.means} == {
        "right": 4, "said": 2, "refusal": 4, "abstention_precision": 1, "abstention_recall": 1, "found": 2,
        "citation_precision": 2, "citation_recall": 2, "quotes": 2,
    }  # fmt: skip
    assert report.mean("citation_recall").mean == 0.75


def test_what_was_expected_stands_beside_what_came(tmp_path: Path) -> None:
    assert asked(tmp_path, ALL.cases).refusals == [
        Refused(expected="answer", got="answer", n=2),
        Refused(expected="any refusal", got="no_evidence", n=1),
        Refused(expected="emergency", got="emergency", n=1),
    ]


def test_an_alarm_needs_no_model_and_has_no_stage(tmp_path: Path) -> None:
    report = asked(tmp_path, [CHEST], Breaking("gone"))
    assert [(stage.stage, stage.n) for stage in report.latency] == [("total", 1)]
    assert (report.tokens.n, report.tokens.prompt_tokens) == (0, 0)


def test_a_wrong_answer_is_told_in_words(tmp_path: Path) -> None:
    (outcome,) = asked(tmp_path, [REFUND], ScriptedChat("Only the owner of the account can ask for a refund.")).wrong
    assert "does not say 'five working days'" in outcome.faults


def test_a_question_that_breaks_the_model_leaves_the_others_to_be_asked(tmp_path: Path) -> None:
    # Broken on purpose: without the `except` the first question ends it all.
    good = "A refund takes five working days [1]."
    report = asked(tmp_path, [OWNER, REFUND], Breaking("", good))
    assert [outcome.values["right"] for outcome in report.outcomes] == [0, 1]
    assert (report.failed, report.outcomes[0].faults) == (1, ("ModelFailed: broke off. Ask again",))
    assert (report.mean("right").n, report.mean("said").n, report.mean("refusal").n) == (2, 1, 1)


def test_a_model_that_is_not_there_ends_it(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable):
        asked(tmp_path, [REFUND, OWNER], Breaking("gone"))


def test_earlier_turns_are_asked_with_it(tmp_path: Path) -> None:
    chat = ScriptedChat("A refund takes five working days [1].")
    turns = (("Do you give refunds?", "Yes, we do."),)
    asked(tmp_path, [Case(id="1", question="How long does that take?", turns=turns, documents=("refunds.md",))], chat)
    assert "Yes, we do." in [str(message.text) for message in chat.asked[0]]


def test_another_model_is_compared_case_by_case(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    models = Models(baseline=engine(ScriptedChat("Only the owner of the account can ask for a refund [1].")))
    with filled(tmp_path / "store") as opened:
        report = evaluate_answers(
            opened, ALL, assistant="support", models=models, on_progress=lambda done, total: told.append((done, total))
        )
    said = next(one for one in report.differences if one.metric == "said")
    assert (said.mean, said.won, said.lost, said.tied, said.n) == (0.5, 1, 0, 1, 2)
    assert (report.baseline and report.baseline.model, told[-1], len(told)) == ("other", (8, 8), 8)


def test_a_case_of_which_nothing_is_known_counts_where_nothing_is_needed(tmp_path: Path) -> None:
    report = asked(tmp_path, [REFUND, Case(id="bare", question="How is a burn cooled?")])
    assert (report.unjudged, report.mean("right").n, len(report.outcomes)) == (1, 1, 2)


def test_floors_that_no_case_tells_are_not_met(tmp_path: Path) -> None:
    report = asked(tmp_path, [REFUND])
    assert report.below({"right": 1.0}) == {}
    assert list(report.below({"right": 1.1, "unsaid": 0.0})) == ["right", "unsaid"]
    with pytest.raises(KeyError, match="no mean of 'unsaid'; there are right, said"):
        report.mean("unsaid")


def test_a_sample_is_the_same_every_time_and_in_order() -> None:
    many = CaseSet(name="many", cases=tuple(Case(id=str(number), question="?") for number in range(50)))
    chosen = [int(case.id) for case in many.sample(10).cases]
    assert (len(set(chosen)), chosen, many.sample(10)) == (10, sorted(chosen), many.sample(10))
    assert many.sample(50) is many


def test_a_file_that_asks_nothing_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "cases.jsonl"
    file.write_text('{"documents": ["lease.md"]}\n', "utf-8")
    with pytest.raises(ConfigError, match="has no question, so there is nothing to measure"):
        read_case_set(file)
