"""What the passages say that comes nearest to a question which is not answered from them."""

from collections.abc import Sequence
from dataclasses import dataclass

from ragkit.answer import Citation
from ragkit.answering.checking import check
from ragkit.documents import Hit
from ragkit.models.chat.grounding import GroundedQuestion
from ragkit.models.extractive.choosing import Chooser
from ragkit.models.extractive.quoting import quoted
from ragkit.prompting.prompts import passages

# Of a certainty as the extractive engine has it, which answers from 0.38 on. Of 68 blind questions that were refused
# though the documents answer them this shows the answer of 46, and anything at all for 80 of 600 off-topic ones.
_LEAST = 0.28


@dataclass(frozen=True, kw_only=True)
class Closest:
    """Quotes what may help somebody whose question is refused, whether or not that was right."""

    chooser: Chooser

    def citations(self, question: str, hits: Sequence[Hit], *, searched: str) -> tuple[Citation, ...]:
        """Return the sentences that come nearest, word for word; none if none comes near. `searched` found the hits."""
        asked = GroundedQuestion(content="", question=searched, asked=question, passages=passages(hits))
        return check(quoted(self.chooser.choose(asked, minimum=_LEAST)), hits).citations
