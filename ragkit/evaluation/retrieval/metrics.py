"""The measures, as ir-measures computes them."""

from collections.abc import Mapping

from ragkit.errors import missing_extra
from ragkit.evaluation.retrieval.ranking import Ranking

try:
    import ir_measures
except ImportError as exc:
    raise missing_extra("ir-measures", "eval") from exc

METRICS = ("nDCG@10", "MRR@10", "R@5", "R@10", "R@100")
MAIN = METRICS[0]
_MEASURES = {ir_measures.parse_measure(name.replace("MRR", "RR")): name for name in METRICS}

Values = Mapping[str, float]


def measured(judged: Mapping[str, Mapping[str, int]], rankings: Mapping[str, Ranking]) -> dict[str, Values]:
    """Return the value of every metric for every judged question. One that nothing was found for has 0 in each."""
    values: dict[str, dict[str, float]] = {question: {} for question in judged}
    qrels = {question: dict(relevant) for question, relevant in judged.items()}
    run = {question: dict(ranking) for question, ranking in rankings.items()}
    for found in ir_measures.iter_calc(list(_MEASURES), qrels, run):
        values[found.query_id][_MEASURES[found.measure]] = float(found.value)
    return {question: {name: values[question][name] for name in METRICS} for question in judged}
