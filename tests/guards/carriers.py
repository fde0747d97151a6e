"""Where an order may stand: eight carriers in the formats that have them, as ragkit's own readers read them."""

import csv
import html
import io
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from functools import cache

from ragkit.documents import Chunk, Hit
from ragkit.parsing.blocks import assemble
from ragkit.parsing.readers.registry import Reader, load_reader
from ragkit.prompting.conversation import Turn

TOPIC = "Refund of an order"
SAID = "Refunds go to the card that was charged."
_reader: Callable[[str], Reader] = cache(load_reader)


@dataclass(frozen=True, kw_only=True)
class Planted:
    """What a person or a search brings into the prompt with the order in it."""

    hits: tuple[Hit, ...] = ()
    history: tuple[Turn, ...] = ()


def _flat(order: str) -> str:
    return " ".join(order.split())


def _mail(subject: str, text: str) -> str:
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = subject, "a@shop.example", "b@shop.example"
    message.set_content(text)
    return message.as_string()


def _rows(*cells: str) -> str:
    written = io.StringIO()
    csv.writer(written).writerows([["topic", "text"], *([TOPIC, cell] for cell in cells)])
    return written.getvalue()


def _page(body: str, *, title: str = TOPIC, head: str = "") -> str:
    return f"<html><head><title>{title}</title>{head}</head><body><p>{SAID}</p>{body}</body></html>"


_e = html.escape
# By carrier and format: the file, in which the order is the part that an attacker writes.
FILES: dict[tuple[str, str], Callable[[str], str]] = {
    ("body", "markdown"): lambda order: f"# {TOPIC}\n\n{SAID}\n\n{order}\n",
    ("body", "html"): lambda order: _page(f"<p>{_e(order)}</p>"),
    ("body", "text"): lambda order: f"{SAID}\n\n{order}\n",
    ("body", "csv"): lambda order: _rows(SAID, order),
    ("body", "xml"): lambda order: f"<help><p>{SAID}</p><p>{_e(order)}</p></help>",
    ("body", "eml"): lambda order: _mail(TOPIC, f"{SAID}\n\n{order}"),
    ("title", "markdown"): lambda order: f"# {_flat(order)}\n\n{SAID}\n",
    ("title", "html"): lambda order: _page("", title=_e(_flat(order))),
    ("title", "eml"): lambda order: _mail(_flat(order), SAID),
    ("metadata", "markdown"): lambda order: f'---\ntitle: "{_flat(order)}"\n---\n\n{SAID}\n',
    ("metadata", "html"): lambda order: _page("", head=f'<meta name="description" content="{_e(order)}">'),
    ("file name", "markdown"): lambda order: f"{SAID}\n" if order else "",
    ("file name", "text"): lambda order: f"{SAID}\n" if order else "",
    ("alt text", "markdown"): lambda order: f"{SAID}\n\n![{_flat(order)}](x.png)\n",
    ("alt text", "html"): lambda order: _page(f'<img alt="{_e(order)}" src="x.png"><p title="{_e(order)}">So.</p>'),
    ("footnote", "markdown"): lambda order: f"{SAID}[^1]\n\n[^1]: {_flat(order)}\n",
    ("footnote", "html"): lambda order: _page(f"<aside id=fn1>1. {_e(order)}</aside>"),
    ("table", "markdown"): lambda order: f"{SAID}\n\n| topic | text |\n|---|---|\n| {TOPIC} | {_flat(order)} |\n",
    ("table", "html"): lambda order: _page(
        f"<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>{_e(order)}</td></tr></table>"
    ),
    ("table", "csv"): _rows,
}
HISTORIES: dict[tuple[str, str], Callable[[str], Turn]] = {
    ("chat history", "question"): lambda order: Turn(question=order, answer="Yes."),
    ("chat history", "answer"): lambda order: Turn(question="And the fees?", answer=f"{SAID} {order}"),
}
CARRIERS = [*FILES, *HISTORIES]


def planted(order: str, carrier: tuple[str, str]) -> Planted:
    """Return the order in its carrier. Where a format drops it, it is not there."""
    if carrier in HISTORIES:
        return Planted(history=(HISTORIES[carrier](order),))
    name = _flat(order).replace("/", "_") if carrier[0] == "file name" else "help"
    return Planted(hits=(_read(FILES[carrier](order), carrier[1], name),))


def _read(file: str, kind: str, name: str) -> Hit:
    parsed = _reader(kind)(file.encode())
    text, _ = assemble(parsed.blocks)
    title = " ".join(parsed.title.split())[:200] or name
    chunk = Chunk(document_id=name, ordinal=0, text=text, start=0, end=len(text), uri=name, title=title)
    return Hit(chunk=chunk, score=0.5, why={"dense_score": 0.5})
