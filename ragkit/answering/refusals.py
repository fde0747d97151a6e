"""Answers that no model gives: what rules decide, and what the documents do not say."""

from collections.abc import Sequence
from dataclasses import replace

from ragkit.answer import Answer, Refusal
from ragkit.answering.closest import Closest
from ragkit.guards.emergency import emergency_message
from ragkit.guards.rules import RuleSet
from ragkit.profile import Profile
from ragkit.prompting.conversation import Turn, typed


def decided_by_rules(
    question: str, *, profile: Profile, guards: Sequence[RuleSet], history: Sequence[Turn] = (), locale: str = ""
) -> Answer | None:
    """Return the answer that rules give to a question of any length; None if no rule fits.

    It takes neither store nor model, so whoever asks in an emergency is answered even where both are broken.
    """
    earlier = [turn.question for turn in history]
    match = next((found for rules in guards if (found := rules.check(question, history=earlier))), None)
    if match is None:
        return None
    say = profile.speaks(typed(question, history))
    refusals: dict[str, tuple[Refusal, str]] = {
        "escalate": ("escalate", say.escalate),
        "out_of_scope": ("out_of_scope", say.out_of_scope or say.not_found),
    }
    if match.action in refusals:
        refusal, text = refusals[match.action]
    else:
        refusal, text = "emergency", emergency_message(match, locale=locale, messages=say)
    return Answer(question=question.strip(), text=text, refusal=refusal, model=f"rule {match.group}", messages=say)


def not_found(answer: Answer, closest: Closest | None = None) -> Answer:
    """Return an answer that says that the documents do not say, and what of the question they do not mention.

    What comes `closest` is quoted beside it for the reader to judge.
    """
    say = answer.messages
    lacking = ", ".join(say.quotation.format(text=part) for part in answer.missing)
    said = f"{say.not_mentioned.format(parts=lacking)} " if lacking else ""
    near = closest.citations(answer.question, answer.hits, searched=answer.query) if closest else ()
    return replace(answer, text=said + say.not_found, closest=near, refusal="no_evidence")
