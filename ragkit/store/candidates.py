"""What a search finds before any text is read: rows of the catalog and their scores."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ragkit.store.catalog.records import Rows

Scores = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Found:
    """The catalog's rows of the chunks that were found, best first, and their scores."""

    rows: Rows
    scores: Scores


@dataclass(frozen=True, kw_only=True, eq=False)
class Candidates:
    """The best chunks by meaning and the best by words, in the order of their rows, each with both its scores.

    `dense` is NaN where there is no vector yet, `lexical` 0 where no word of the query stands. `frequencies` says how
    many of all `chunks` have each word that was searched by, `mean_words` how long these are, title and heading
    included; `known` are the words that a chunk has which the viewer may read, filtered or not. `unembedded` is how
    many of the chunks that were wanted can't be found by meaning yet.
    """

    rows: Rows
    dense: Scores
    lexical: Scores
    frequencies: Mapping[str, int]
    known: AbstractSet[str]
    chunks: int
    mean_words: float
    unembedded: int = 0


_NONE = np.zeros(0)
NOTHING = Candidates(
    rows=np.zeros(0, np.int64),
    dense=_NONE,
    lexical=_NONE,
    frequencies={},
    known=frozenset(),
    chunks=0,
    mean_words=0.0,
)
