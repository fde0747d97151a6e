"""Does a source say what a sentence says? Checked word for word, without a model."""

from ragkit.quotes.verdicts import VERIFIED, Support, Verdict, find, negates, says, support

__all__ = ["VERIFIED", "Support", "Verdict", "find", "negates", "says", "support"]
