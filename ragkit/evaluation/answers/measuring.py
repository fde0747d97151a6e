"""Ask every case of an assistant, and work out how good the answers are."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from ragkit.assistant import Assistant
from ragkit.errors import ConfigError, ModelFailed, ModelTimeout, PromptTooLong
from ragkit.evaluation.answers import figures
from ragkit.evaluation.answers.faults import faults
from ragkit.evaluation.answers.judging import AnswerJudge, by_rules
from ragkit.evaluation.answers.judging import agreement as agreement_of
from ragkit.evaluation.answers.metrics import METRICS, RIGHT, Asked, measured
from ragkit.evaluation.answers.outcomes import AnswerOutcome, AnswersReport
from ragkit.evaluation.bootstrap import SEED
from ragkit.evaluation.sets.cases import Case, cases
from ragkit.models.chat.engine import ChatEngine
from ragkit.prompting.conversation import Turn
from ragkit.recording.recorder import unrecorded
from ragkit.workspace import Workspace


@dataclass(frozen=True, kw_only=True)
class CaseSet:
    """What to ask. `without_text` counts lines that ask nothing and were left out.

    Raises:
        ConfigError: there is no case.
    """

    name: str
    cases: tuple[Case, ...]
    without_text: int = 0

    def __post_init__(self) -> None:
        """Refuse to measure nothing."""
        if not self.cases:
            message = f"{self.name!r} has no question, so there is nothing to measure."
            raise ConfigError(message, setting="cases", value=self.name)

    def sample(self, most: int) -> "CaseSet":
        """Return so many of the cases at most, by chance but the same every time, in the order of the file."""
        if len(self.cases) <= most:
            return self
        chosen = np.random.default_rng(SEED).permutation(len(self.cases))[:most]
        return replace(self, cases=tuple(self.cases[number] for number in sorted(chosen)))


def read_case_set(file: Path) -> CaseSet:
    """Read a file of cases; docs/evaluation.md has all keys.

    Raises:
        ConfigError: there is no such file, a line is broken, or no line asks anything.
    """
    found = cases(file)
    asking = tuple(case for case in found if case.question)
    return CaseSet(name=str(file), cases=asking, without_text=len(found) - len(asking))


@dataclass(frozen=True, kw_only=True)
class Models:
    """The models beside the one that answers.

    `judge` gives a verdict on each answer that the rules have one on, `baseline` answers everything once more, to be
    compared with.
    """

    judge: ChatEngine | None = None
    baseline: ChatEngine | None = None


NONE = Models()


def evaluate_answers(
    workspace: Workspace,
    asked: CaseSet,
    *,
    assistant: str | None = None,
    models: Models = NONE,
    on_progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> AnswersReport:
    """Return how well the assistants of a workspace answer, asked by the store's owner.

    `assistant` answers the cases that name none; without it the settings say.

    Raises:
        ConfigError: there is no such assistant, or a question is too long.
        StoreError: nothing was ingested yet.
        ModelUnavailable: a model is not there.
    """
    name = assistant or workspace.config.assistant.default
    before = len(asked.cases)
    total = before * (2 if models.baseline else 1)
    road = _Road(workspace, name, workspace.engine, lambda done: on_progress(done, total))
    report = road.report(asked, AnswerJudge(models.judge) if models.judge else None)
    if models.baseline is None:
        return report
    other = _Road(workspace, name, models.baseline, lambda done: on_progress(before + done, total)).report(asked, None)
    return replace(report, baseline=other, differences=figures.differences(report.outcomes, other.outcomes))


@dataclass
class _Road:
    """One model on the whole road of a question."""

    workspace: Workspace
    name: str
    engine: ChatEngine
    on_done: Callable[[int], None]
    _assistants: dict[str, Assistant] = field(default_factory=dict, init=False)

    def report(self, asked: CaseSet, judge: AnswerJudge | None) -> AnswersReport:
        store = self.workspace.store
        outcomes: list[AnswerOutcome] = []
        for case in asked.cases:
            outcomes.append(_judged(self._outcome(case), judge))
            self.on_done(len(outcomes))
        stored = {summary.uri for summary in store.documents(viewer=store.owner)}
        verdicts = [(rules, one.judged) for one in outcomes if one.answer and (rules := by_rules(one.values))]
        return AnswersReport(
            name=asked.name,
            assistant=self.name,
            model=self.engine.name,
            outcomes=outcomes,
            means=figures.means(outcomes),
            refusals=figures.refusals(outcomes),
            latency=figures.latency(outcomes),
            tokens=figures.tokens(outcomes),
            missing_documents=len({uri for case in asked.cases for uri in case.documents} - stored),
            without_text=asked.without_text,
            agreement=agreement_of(judge.engine.name, verdicts) if judge else None,
        )

    def _outcome(self, case: Case) -> AnswerOutcome:
        history = [Turn(question=question, answer=answer, suggestions=case.offered) for question, answer in case.turns]
        assistant = self._assistant(case.assistant or self.name)
        started = time.perf_counter()
        try:
            answer = assistant.ask(case.question, history=history, viewer=self.workspace.store.owner)
        # One question too many for the model leaves the others to be asked.
        except (ModelFailed, ModelTimeout, PromptTooLong) as error:
            return _broken(case, f"{type(error).__name__}: {error}", time.perf_counter() - started)
        seconds = time.perf_counter() - started
        asked = Asked(case=case, answer=answer, span=self.workspace.store.span)
        values = measured(asked)
        said = faults(asked, values) if values[RIGHT] == 0 else ()
        return AnswerOutcome(case=case, answer=answer, values=values, seconds=seconds, faults=said)

    def _assistant(self, name: str) -> Assistant:
        if name not in self._assistants:
            self._assistants[name] = unrecorded(self.workspace.assistant(name, engine=self.engine))
        return self._assistants[name]


def _broken(case: Case, error: str, seconds: float) -> AnswerOutcome:
    values = dict.fromkeys(METRICS, None) | {RIGHT: 0.0 if case.is_judged else None}
    return AnswerOutcome(case=case, answer=None, values=values, seconds=seconds, error=error, faults=(error,))


def _judged(outcome: AnswerOutcome, judge: AnswerJudge | None) -> AnswerOutcome:
    if judge is None or outcome.answer is None or by_rules(outcome.values) is None:
        return outcome
    return replace(outcome, judged=judge.judge(outcome.case, outcome.answer))


def own_engine(workspace: Workspace, model: str) -> ChatEngine:
    """Return the engine of a model string, with the settings of a workspace.

    Raises:
        ConfigError: there is no such model.
        ModelUnavailable: it is not there.
    """
    settings = workspace.config
    return Workspace(settings, embedding=workspace.embedder, chat=model).engine
