"""What a question rests on and no passage has: another entity, year or number than the documents are about.

A score can't tell the fee of a plan that does not exist from that of one that does: all but one word agree. So these
few are looked for by rule, and where none of the passages has them, no score overrules that.
"""

from collections.abc import Mapping, Sequence

from ragkit.documents import Hit
from ragkit.retrieval.refusing.measures import is_measure
from ragkit.retrieval.refusing.names import missing_names
from ragkit.retrieval.refusing.nearest import said
from ragkit.retrieval.refusing.numbered import missing_numbered, missing_years


def missing(
    question: str, hits: Sequence[Hit], *, absent: Sequence[str] = (), rarities: Mapping[str, float] | None = None
) -> tuple[str, ...]:
    """Return the parts of the question, as written, that no passage has; of no passages none is.

    These are what was asked for word for word (`absent`), if it measures nothing, names, years, and numbers that tell
    one thing from its like where the passages have others. `rarities` is 1 for a word that no chunk has: a name that
    some chunk has, though none of these, is not missing. Without them only the passages say.
    """
    if not hits:
        return ()
    text = "\n".join(map(said, hits))
    unheld = [each for each in absent if not is_measure(each, question, text)]
    names = missing_names(question, hits, rarities)
    return tuple(dict.fromkeys([*unheld, *names, *missing_numbered(question, text), *missing_years(question, text)]))
