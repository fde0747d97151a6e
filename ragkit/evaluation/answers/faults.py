"""What was expected of an answer and what came instead, in words."""

from ragkit.evaluation.answers.metrics import Asked, Values, cited_numbers, in_another_language, numbers_of, plain
from ragkit.evaluation.sets.cases import Case


def faults(asked: Asked, values: Values) -> tuple[str, ...]:
    """Return a line for each thing that is not as the case expects; none if all is."""
    if values["refusal"] == 0:
        return (f"expected {_expected(asked.case)}; it {_came(asked)}",)
    return (*_unsaid(asked), *_said(asked), *_uncited(asked, values), *_invented(asked, values), *_foreign(asked))


def _expected(case: Case) -> str:
    if case.to_refuse:
        return f"the refusal {case.refusal!r}" if case.refusal else "a refusal"
    return "an answer"


def _came(asked: Asked) -> str:
    refusal = asked.answer.refusal
    return f"was refused ({refusal})" if refusal else "answered"


def _unsaid(asked: Asked) -> list[str]:
    text = plain(asked.answer.text)
    return [
        f"does not say {' or '.join(map(repr, fact))}"
        for fact in asked.case.must_say
        if not any(plain(wording) in text for wording in fact)
    ]


def _said(asked: Asked) -> list[str]:
    text = plain(asked.answer.text)
    return [f"says {wording!r}" for wording in asked.case.must_not_say if plain(wording) in text]


def _uncited(asked: Asked, values: Values) -> list[str]:
    if values["citation_recall"] != 0:
        return []
    cited = ", ".join(dict.fromkeys(citation.chunk.uri for citation in asked.verified)) or "nothing"
    return [f"quotes {cited}, not {' or '.join(asked.case.documents)}"]


def _foreign(asked: Asked) -> list[str]:
    if not in_another_language(asked):
        return []
    return [f"is in the language {asked.answer.messages.language!r}, not {asked.case.language!r}"]


def _invented(asked: Asked, values: Values) -> list[str]:
    if values["numbers"] in (None, 1):
        return []
    return [
        f"has {', '.join(sorted(numbers_of(asked.answer.text) - cited_numbers(asked.answer)))}, which nothing cited has"
    ]
