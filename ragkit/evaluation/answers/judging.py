"""A chat model that says whether an answer is right, and how often it says what the rules say."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage
from pydantic import BaseModel

from ragkit.answer import Answer
from ragkit.errors import ModelFailed, ModelTimeout, PromptTooLong
from ragkit.evaluation.answers.metrics import RIGHT, Values
from ragkit.evaluation.sets.cases import Case
from ragkit.models.chat.engine import ChatEngine
from ragkit.text.marks import FENCED, Marks

Verdict = Literal["right", "partly", "wrong"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)

RULES = f"""\
You are given a question, what a right answer says, and an answer. Judge the answer.
- right: it says all of it, in whatever words, and nothing against it.
- partly: it says some of it, and nothing against it.
- wrong: it says none of it, or something against it.
- {FENCED.format("judge")}
Answer with one word, like this: {{"verdict": "right"}}"""


class _Told(BaseModel):
    """What a model that can be held to a schema writes."""

    verdict: Verdict


@dataclass(frozen=True, kw_only=True)
class Pair:
    """How many answers the rules and the model judged so."""

    rules: Verdict
    judge: Verdict
    n: int


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """How far a model agrees with the rules on `n` answers; `without_verdict` more got none that could be read.

    `kappa` is Cohen's: 1 is full agreement, 0 what chance would bring. It is None where chance alone agrees on all.
    """

    model: str
    n: int
    without_verdict: int
    agreed: float | None
    kappa: float | None
    pairs: Sequence[Pair]


@dataclass(frozen=True)
class AnswerJudge:
    """Asks a chat model about one answer at a time."""

    engine: ChatEngine

    def judge(self, case: Case, answer: Answer) -> Verdict | None:
        """Return what the model says; None if it wrote no verdict, broke off, or has no room for the answer.

        Raises:
            ModelUnavailable: it is not there.
        """
        messages: list[BaseMessage] = [SystemMessage(RULES), HumanMessage(asked_of_judge(case, answer, Marks()))]
        try:
            told = self.engine.answer_in(_Told, messages)
        # A model of LangChain's own gives what it can't read back as a ValueError.
        except (ModelFailed, ModelTimeout, PromptTooLong, ValueError):
            return None
        if isinstance(told, str):
            named = [verdict for verdict in VERDICTS if verdict in told.lower()]
            return named[0] if len(named) == 1 else None
        return told.verdict if isinstance(told, _Told) else None


def asked_of_judge(case: Case, answer: Answer, marks: Marks) -> str:
    """Return what the judge is shown: question, expectation, and the answer between marks."""
    expected = [f"- {' / '.join(fact)}" for fact in case.must_say]
    expected += [f"- not: {wording}" for wording in case.must_not_say]
    if case.to_refuse:
        expected.append(f"- that it can't be answered ({case.refusal or 'the documents do not say'})")
    lines = "\n".join(expected) or "- an answer to the question"
    return f"Question: {case.question}\n\nA right answer says:\n{lines}\n\nAnswer:\n{marks.fence(answer.text)}"


def by_rules(values: Values) -> Verdict | None:
    """Return the verdict of the rules: partly right is what says some of the facts and breaks no other rule."""
    if values[RIGHT] is None:
        return None
    if values[RIGHT] == 1:
        return "right"
    whole = all(values[name] in (None, 1) for name in ("unsaid", "refusal"))
    return "partly" if whole and (values["said"] or 0) > 0 else "wrong"


def agreement(model: str, judged: Sequence[tuple[Verdict, Verdict | None]]) -> Agreement:
    """Return how far the second of each two verdicts agrees with the first."""
    both = [(rules, judge) for rules, judge in judged if judge is not None]
    counts = Counter(both)
    same = sum(n for (rules, judge), n in counts.items() if rules == judge)
    return Agreement(
        model=model,
        n=len(both),
        without_verdict=len(judged) - len(both),
        agreed=same / len(both) if both else None,
        kappa=kappa(counts),
        pairs=[
            Pair(rules=rules, judge=judge, n=n)
            for rules in VERDICTS
            for judge in VERDICTS
            if (n := counts[rules, judge])
        ],
    )


def kappa(counts: Mapping[tuple[Verdict, Verdict], int]) -> float | None:
    """Return Cohen's kappa; None of nothing, and where both always say one and the same."""
    total = sum(counts.values())
    if not total:
        return None
    first, second = Counter[Verdict](), Counter[Verdict]()
    for (one, other), n in counts.items():
        first[one] += n
        second[other] += n
    observed = sum(n for (one, other), n in counts.items() if one == other) / total
    by_chance = sum(first[verdict] * second[verdict] for verdict in VERDICTS) / total**2
    return None if by_chance == 1 else (observed - by_chance) / (1 - by_chance)
