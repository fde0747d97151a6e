"""The numbered sources under an answer, and the document that each of them opens."""

import textwrap
from collections import defaultdict, deque
from collections.abc import Sequence

import streamlit as st

from ragkit.answer import Answer, Citation
from ragkit.answering.plain import place
from ragkit.answering.quotations import Quotation, quotations
from ragkit.documents import Chunk, Document, Hit
from ragkit.language.messages import Messages
from ragkit.quotes import Verdict
from ragkit.workspace import Workspace
from ragkit_apps import notices, reader, session
from ragkit_apps.markup import Chip, bold, chip, escape, passage, small

_CHANGED = "The document has changed or was removed since this answer. This is the passage as it was then."
_NOT_HERE = "The answer points at this passage, but the passage does not say it."
_SNIPPET = 280


def chips(answer: Answer, *, key: str) -> Chip:
    """Return what makes the small numbers of an answer, each with the verdict of its own sentence; it opens its row."""
    say, rows = answer.messages, _ordered(answer)
    waiting: dict[int, deque[Citation]] = defaultdict(deque)
    for citation in (one for one in answer.citations if one.sentence not in answer.dropped):
        waiting[citation.marker].append(citation)

    def chip_of(number: int) -> str:
        if number in answer.unknown_markers:
            return chip(number, state="unknown", label="No passage has this number")
        found, named = waiting[number], say.source.format(number=number)
        if not found:
            return chip(number, state="plain", label=named)
        # One citation may serve two numbers when a sentence is cited twice; the last one stays.
        citation = found.popleft() if len(found) > 1 else found[0]
        state = "confirmed" if citation.verified else "doubtful"
        label = f"{named}: {say.verdict(citation.verdict)}"
        opens = f"row-{key}-source-{next(place for place, row in enumerate(rows) if _cited_in(row, citation))}"
        return chip(number, state=state, label=label, card=_card(citation, say), opens=opens)

    return chip_of


def show(opened: Workspace, answer: Answer, *, key: str) -> None:
    """Show the sources of an answer: first what was found in them, then, apart, what was not."""
    say, shown, above = answer.messages, "", 0
    for number, quotation in enumerate(_ordered(answer)):
        label = say.sources if quotation.verified else say.not_confirmed
        if label != shown:
            st.html(f'<div class="rk-label">{escape(label)}</div>')
            shown, above = label, 0
        tone = "cited" if quotation.verified else "near" if quotation.verdict == "partly" else "doubtful"
        row = _row(quotation, answer, repeated=quotation.marker == above)
        if _with_button(row, say.open_passage, key=f"{key}-source-{number}"):
            open_passage(opened, quotation.chunk, spans=quotation.spans, tone=tone)
        above = quotation.marker


def show_nearest(opened: Workspace, answer: Answer, *, key: str) -> None:
    """Show what comes closest to a question that the passages do not answer, and offer all of them."""
    say = answer.messages
    if not answer.hits:
        return
    for number, quotation in enumerate(quotations(answer.closest)):
        words = f"{_place(quotation.chunk, say)}{_quote(quotation.lines, 'near')}"
        if _with_button(f'<div class="rk-source">{words}</div>', say.open_passage, key=f"{key}-closest-{number}"):
            open_passage(opened, quotation.chunk, spans=quotation.spans, tone="near")
    with st.expander(say.nearest.format(count=len(answer.hits))):
        for number, hit in enumerate(answer.hits):
            chunk = hit.chunk
            words = _quote([_shortened(_below_heading(chunk))], "near")
            row = f'<div class="rk-source">{_place(chunk, say)}{words}{_repeats(hit.repeats, say)}</div>'
            if _with_button(row, say.open_passage, key=f"{key}-near-{number}"):
                open_passage(opened, chunk, spans=[(chunk.start, chunk.end)], tone="near")


def _ordered(answer: Answer) -> list[Quotation]:
    """Return the quotations as they are shown, confirmed ones first."""
    return sorted(quotations(answer.citations), key=lambda one: (not one.verified, one.marker, one.spans))


def _cited_in(row: Quotation, citation: Citation) -> bool:
    """Whether a quotation has a citation's words: those that are not confirmed are the answer's own."""
    same = (row.marker, row.verdict) == (citation.marker, citation.verdict)
    return same and (row.verified or row.lines == (" ".join(citation.sentence.split()),))


def _with_button(row: str, label: str, *, key: str) -> bool:
    """Show a row with the button that opens it, and return whether it was pressed."""
    with st.container(horizontal=True, vertical_alignment="bottom", key=f"row-{key}"):
        st.html(row)
        return st.button(label, key=key, type="tertiary")


def _row(quotation: Quotation, answer: Answer, *, repeated: bool) -> str:
    say, state = answer.messages, "confirmed" if quotation.verified else "doubtful"
    number = f'<span class="rk-number rk-{state}">{quotation.marker}</span>'
    head = "" if repeated else f"{number}{_place(quotation.chunk, say)}"
    badge = _badge(quotation.verdict, say)
    again = "" if repeated else _repeats(_elsewhere(quotation, answer.hits), say)
    # The words of the source are those of the answer above, and need not be read twice.
    quote = "" if quotation.verdict == "verbatim" else _quote(quotation.lines, state)
    return f'<div class="rk-source">{head}{quote}{badge}{again}</div>'


def _card(citation: Citation, say: Messages) -> str:
    """Return what a number tells about its sentence: where the words stand, the words, and the verdict."""
    words = f'<span class="rk-words">{escape(_shortened(citation.quote))}</span>' if citation.quote else ""
    return f"{_place(citation.chunk, say)}{words}{_badge(citation.verdict, say)}"


def _badge(verdict: Verdict, say: Messages) -> str:
    return f'<span class="rk-badge rk-{verdict}">{escape(say.verdict(verdict))}</span>'


def _elsewhere(quotation: Quotation, hits: Sequence[Hit]) -> Sequence[Chunk]:
    """Return the other places of the passage that a quotation is of."""
    return hits[quotation.marker - 1].repeats if quotation.marker <= len(hits) else ()


def _repeats(places: Sequence[Chunk], say: Messages) -> str:
    named = dict.fromkeys(f"{place(each)} ({each.uri}{_page(each, say)})" for each in places)
    return small(say.repeats.format(places="; ".join(named))) if named else ""


def _page(chunk: Chunk, say: Messages) -> str:
    return f", {say.page.format(number=chunk.page)}" if chunk.page else ""


def _quote(lines: Sequence[str], state: str) -> str:
    # What no passage says are words of the answer, as they stand above.
    shown = bold if state == "doubtful" else escape
    return f'<blockquote dir="auto" class="rk-quote rk-{state}">{"<br>".join(map(shown, lines))}</blockquote>'


def _place(chunk: Chunk, say: Messages) -> str:
    page = f'<span class="rk-page">{escape(say.page.format(number=chunk.page))}</span>' if chunk.page else ""
    # On paper, where nothing can be opened, the path is said, too.
    return f'<span class="rk-title" data-path="{escape(chunk.uri)}">{escape(place(chunk))}</span>{page}'


def _below_heading(chunk: Chunk) -> str:
    return chunk.text.removeprefix(chunk.heading.split(" > ")[-1])


def _shortened(text: str) -> str:
    return textwrap.shorten(text, _SNIPPET, placeholder=" …")


@st.dialog("Source", width="medium")
def open_passage(opened: Workspace, chunk: Chunk, *, spans: Sequence[tuple[int, int]], tone: str) -> None:
    """Show a document with the words at these offsets of its text marked."""
    store = session.store(opened)
    document = store.document(chunk.document_id, viewer=store.owner)
    if tone == "doubtful":
        notices.show(_NOT_HERE, tone="warning")
    if document is None or document.text[chunk.start : chunk.end] != chunk.text:
        st.html(_heading(chunk, document))
        notices.show(_CHANGED, tone="warning")
        st.html(passage(chunk.text, [(start - chunk.start, end - chunk.start) for start, end in spans], tone=tone))
        return
    st.html(_heading(chunk, document))
    reader.offer_file(opened, document)
    st.html(passage(document.text, spans, tone=tone))


def _heading(chunk: Chunk, document: Document | None) -> str:
    facts = [chunk.uri, f"page {chunk.page}" if chunk.page else ""]
    if document:
        facts.append(f"from {document.source}")
        facts.append(f"last changed {document.updated_at:%d %B %Y}" if document.updated_at else "")
    line = " · ".join(fact for fact in facts if fact)
    return f'<div class="rk-heading">{escape(place(chunk))}</div><div class="rk-small">{escape(line)}</div>'
