"""One exchange on the page: the question, the answer or why there is none, the sources, and the small print."""

import streamlit as st

from ragkit.answer import COUNTED, Answer, Refusal
from ragkit.models.chat import EXTRACTIVE
from ragkit.profile import Profile
from ragkit.store.store import Store
from ragkit_apps import citations, notices
from ragkit_apps.markup import Tone, callout, escape, prose, small
from ragkit_apps.session import Exchange

_REFUSALS: dict[Refusal, tuple[Tone, str]] = {
    "no_evidence": ("note", "Not in the documents"),
    "out_of_scope": ("note", "Outside of what this assistant does"),
    "escalate": ("good", "A person takes over"),
    "clarify": ("note", "Which one?"),
    # Its own first sentence says whom to call; nothing may stand before it.
    "emergency": ("danger", ""),
}
_UNCITED = "Not one sentence below could be found in the documents. Do not rely on it."
_STOPPED = "This question was stopped before it was answered."


def show_question(question: str) -> None:
    """Show what the person wrote, as it was written."""
    st.html(f'<div class="rk-question">{escape(question)}</div>')


def show_outcome(opened: Store, exchange: Exchange, profile: Profile, *, key: str) -> None:
    """Show what came of a question."""
    if exchange.error:
        notices.show(exchange.error, tone="danger", title="No answer")
    elif exchange.answer is None:
        notices.show(_STOPPED, tone="note")
    else:
        _show_answer(opened, exchange.answer, key=key)
        st.html(small_print(exchange.answer, exchange.seconds))
        if profile.disclaimer:
            st.html(small(profile.disclaimer))


def draft(text: str) -> str:
    """Return a text that is still being written, marked as not yet checked."""
    body = prose(text) if text.strip() else ""
    return f'<div class="rk-draft" role="status">{body}{small("Being written. Not checked yet.")}</div>'


def searching() -> str:
    """Return what stands in the place of an answer before its first word."""
    return f'<div class="rk-draft" role="status">{small("Searching the documents …")}</div>'


def small_print(answer: Answer, seconds: float) -> str:
    """Return what answered, how long it took, and what was left out."""
    facts = [_model(answer), f"{seconds:.1f} s"]
    if answer.omitted:
        facts.append(f"{len(answer.omitted)} found passages did not fit the model's window and were left out")
    if answer.unknown_markers:
        numbers = ", ".join(f"[{marker}]" for marker in answer.unknown_markers)
        facts.append(f"the model cited {numbers}, which no passage has")
    return small(" · ".join(facts))


def _model(answer: Answer) -> str:
    if answer.model == EXTRACTIVE:
        return "Quoted from the documents; no language model wrote this (extractive)"
    if answer.model.startswith("rule "):
        return "Decided by a fixed rule before any model was asked"
    if answer.model == COUNTED:
        return "Counted in the store; no model was asked"
    if answer.refusal == "clarify":
        return "No model was asked: the question may be about several things"
    if answer.model == "none" and answer.missing:
        return "No model was asked: no passage that was found mentions it"
    if answer.model in ("none", ""):
        return "No model was asked: nothing near enough was found"
    return f"Written by {answer.model}"


def _show_answer(opened: Store, answer: Answer, *, key: str) -> None:
    if answer.remarks:
        st.html(small(" · ".join(answer.remarks)))
    if answer.refusal in (None, "uncited"):
        if answer.refusal == "uncited":
            notices.show(_UNCITED, tone="warning", title="Not confirmed")
        st.html(f'<div class="rk-answer">{prose(answer.text, citations.chips(answer))}</div>')
        citations.show(opened, answer, key=key)
        return
    tone, title = _REFUSALS[answer.refusal]
    st.html(f'<div class="rk-refusal rk-{answer.refusal}">{callout(answer.text, tone=tone, title=title)}</div>')
    if answer.refusal == "no_evidence":
        citations.show_nearest(opened, answer.hits, key=key)
