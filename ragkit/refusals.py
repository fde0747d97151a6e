"""Answers that no model gives: what rules decide, and what the documents do not say."""

from collections.abc import Sequence
from dataclasses import replace

from ragkit.answer import Answer, Refusal
from ragkit.guards.emergency import emergency_message
from ragkit.guards.rules import RuleSet
from ragkit.profile import Profile
from ragkit.prompting.conversation import Turn


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
    refusals: dict[str, tuple[Refusal, str]] = {
        "escalate": ("escalate", profile.escalate),
        "out_of_scope": ("out_of_scope", profile.out_of_scope or profile.not_found),
    }
    if match.action in refusals:
        refusal, text = refusals[match.action]
    else:
        refusal, text = "emergency", emergency_message(match, locale=locale)
    return Answer(question=question.strip(), text=text, refusal=refusal, model=f"rule {match.group}")


def not_found(answer: Answer, profile: Profile) -> Answer:
    """Return an answer that says that the documents do not say, and what of the question they do not mention."""
    lacking = ", ".join(f"“{part}”" for part in answer.missing)
    said = f"The documents do not mention {lacking}. " if lacking else ""
    return replace(answer, text=said + profile.not_found, refusal="no_evidence")
