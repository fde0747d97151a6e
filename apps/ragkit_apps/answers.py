"""One exchange on the page: the question, the answer or why there is none, the sources, and the small print."""

from urllib.parse import quote

import streamlit as st

from ragkit.answer import Answer, Refusal
from ragkit.answering.plain import plain
from ragkit.language.messages import Messages
from ragkit.workspace import Workspace
from ragkit_apps import citations, notices
from ragkit_apps.markup import Tone, callout, escape, prose, small
from ragkit_apps.session import Exchange

# An emergency's own first sentence says whom to call; nothing may stand before it.
_TONES: dict[Refusal, Tone] = {
    "no_evidence": "note",
    "out_of_scope": "note",
    "escalate": "good",
    "clarify": "note",
    "emergency": "danger",
}
# More characters or line ends than fit in a third of a phone.
_LONG, _LINES = 280, 8
_STOPPED = "This question was stopped before it was answered."


def show_question(exchange: Exchange) -> None:
    """Show what the person wrote, as it was written, and of which documents it was asked, if not of all."""
    question = exchange.question
    # One that is long is scrolled, by the arrow keys too, so that its answer is in sight.
    long = ' data-long tabindex="0"' if len(question) > _LONG or question.count("\n") > _LINES else ""
    st.html(f'<div class="rk-question" role="heading" aria-level="2"{long}>{escape(question)}</div>')
    for line in exchange.covers:
        st.html(small(line))


def show_outcome(opened: Workspace, exchange: Exchange, *, key: str) -> None:
    """Show what came of a question."""
    if exchange.error:
        notices.show(exchange.error, tone="danger", title="No answer")
    elif exchange.answer is None:
        notices.show(_STOPPED, tone="note")
    else:
        _show_answer(opened, exchange.answer, key=key)
        st.html(small_print(exchange.answer, exchange.seconds))


def draft(text: str, say: Messages) -> str:
    """Return a text that is still being written, marked as not yet checked; without one, that there is none yet."""
    if not text.strip():
        return f'<div class="rk-draft" role="status">{small(say.searching)}</div>'
    # What is still being written would be read out anew with each word.
    return f'<div class="rk-draft" aria-live="off">{prose(text)}{small(say.unchecked)}</div>'


def offer_copy(answer: Answer, *, key: str) -> None:
    """Offer the answer with its sources for pasting; behaviour.html puts it into the clipboard."""
    text = plain(answer)
    shown = prose(text, " [{}]".format)
    # An encoded text passes Streamlit's cleaning of HTML whatever is in it.
    st.html(f'<div data-text="{quote(text)}" data-html="{quote(shown)}"></div>', width="content")
    st.button("Copy", type="tertiary", key=f"copy-{key}")


def small_print(answer: Answer, seconds: float) -> str:
    """Return what answered, how long it took and what was left out, and the disclaimer."""
    made = small(" · ".join([answer.origin, f"{seconds:.1f} s", *answer.shortfalls]))
    return made + (small(answer.messages.disclaimer) if answer.messages.disclaimer else "")


def _show_answer(opened: Workspace, answer: Answer, *, key: str) -> None:
    remarks = small(" · ".join(answer.remarks)) if answer.remarks else ""
    # A screen reader has a voice for each language.
    language = answer.messages.language
    if answer.refusal in (None, "uncited"):
        if remarks:
            st.html(remarks)
        if answer.refusal == "uncited":
            notices.show(answer.refused_as, tone="warning", title=answer.messages.not_confirmed)
        shown = prose(answer.text, citations.chips(answer, key=key))
        st.html(f'<div class="rk-answer" lang="{language}">{shown}</div>')
        citations.show(opened, answer, key=key)
        return
    box = callout(answer.text, tone=_TONES[answer.refusal], title=answer.refused_as)
    st.html(f'<div class="rk-refusal rk-{answer.refusal}" lang="{language}">{box}{remarks}</div>')
    if answer.refusal == "no_evidence":
        citations.show_nearest(opened, answer, key=key)
