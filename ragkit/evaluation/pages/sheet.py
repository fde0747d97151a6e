"""A report as one HTML file: nothing in it is fetched from anywhere, and nothing in it runs."""

from collections.abc import Iterable, Sequence
from html import escape

# The longest figure with its interval has 24 characters.
_SHORT = 24
_STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --dim: #57606a; --rule: #d0d7de; --paper: #fff;
  --blue: #0b62b5; --green: #1a7f37; --orange: #b35900; }
@media screen and (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --dim: #9198a1; --rule: #3d444d;
  --paper: #0d1117; --blue: #58a6ff; --green: #3fb950; --orange: #f0883e; } }
body { max-width: 54rem; margin: 2rem auto; padding: 0 1rem; color: var(--ink); background: var(--paper);
  font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; overflow-wrap: anywhere; } h2 { font-size: 1.2rem; margin-top: 2.5rem; }
h3 { font-size: 1rem; margin-bottom: 0; }
table { border-collapse: collapse; font-size: 0.9rem; } .wide { overflow-x: auto; }
th, td { padding: 0.25rem 0.9rem 0.25rem 0; border-bottom: 1px solid var(--rule); text-align: left;
  vertical-align: top; font-variant-numeric: tabular-nums; }
td { white-space: nowrap; } td.text { white-space: normal; overflow-wrap: anywhere; min-width: 10rem; }
p, li { color: var(--dim); } svg text { font-size: 12px; fill: var(--dim); }
svg { width: 100%; min-width: 28rem; height: auto; }
.grid { stroke: var(--rule); } .interval { stroke-width: 3; } .curve { stroke-width: 2; }
.lexical, .lost, .wrong, .refused { stroke: var(--orange); fill: var(--orange); }
.dense, .won, .right, .answered { stroke: var(--blue); fill: var(--blue); }
.hybrid, .found { stroke: var(--green); fill: var(--green); }
rect, .won, .lost { stroke: none; } path.curve { fill: none; }
@media print { h2, h3, p, tr:first-child { break-after: avoid; } svg, tr { break-inside: avoid; }
  .wide { overflow: visible; } }
"""


def sheet(title: str, parts: Iterable[str]) -> str:
    """Return the file; `parts` are HTML already."""
    name = escape(title)
    return "\n".join(
        [
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width">',
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">",
            f"<title>{name}</title>\n<style>{_STYLE}</style>\n</head>\n<body>",
            f"<h1>{name}</h1>",
            *parts,
            "</body>\n</html>\n",
        ]
    )


def bullets(items: Iterable[str]) -> list[str]:
    """Return a list of texts."""
    return ["<ul>", *(f"<li>{escape(item)}</li>" for item in items), "</ul>"]


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table of texts; a long one is wrapped."""
    top = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    body = "\n".join("<tr>" + "".join(map(_cell, row)) + "</tr>" for row in rows)
    return f'<div class="wide"><table>\n<tr>{top}</tr>\n{body}\n</table></div>'


def _cell(content: str) -> str:
    kind = ' class="text"' if len(content) > _SHORT else ""
    return f"<td{kind}>{escape(content)}</td>"
