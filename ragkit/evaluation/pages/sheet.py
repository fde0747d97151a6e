"""A report as one HTML file: nothing in it is fetched from anywhere, and nothing in it runs."""

from collections.abc import Iterable, Sequence
from html import escape

_STYLE = """
:root { --ink: #1b1f24; --dim: #57606a; --rule: #d0d7de; --paper: #fff; }
body { max-width: 54rem; margin: 2rem auto; padding: 0 1rem; color: var(--ink); background: var(--paper);
  font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; overflow-wrap: anywhere; } h2 { font-size: 1.2rem; margin-top: 2.5rem; }
h3 { font-size: 1rem; margin-bottom: 0; }
table { border-collapse: collapse; font-size: 0.9rem; } .wide { overflow-x: auto; }
th, td { padding: 0.25rem 0.9rem 0.25rem 0; border-bottom: 1px solid var(--rule); text-align: left;
  vertical-align: top; font-variant-numeric: tabular-nums; }
td.text { overflow-wrap: anywhere; min-width: 12rem; }
p, li { color: var(--dim); } svg { width: 100%; height: auto; } svg text { font-size: 12px; fill: var(--dim); }
.grid { stroke: var(--rule); } .interval { stroke-width: 3; }
.lexical { stroke: #b35900; fill: #b35900; } .dense { stroke: #0b62b5; fill: #0b62b5; }
.hybrid { stroke: #1a7f37; fill: #1a7f37; }
.won, .right, .found { fill: #1a7f37; stroke: none; } .lost, .wrong, .refused { fill: #b35900; stroke: none; }
.answered { fill: #0b62b5; stroke: none; } .curve { fill: none; stroke-width: 2; }
.curve.answered { stroke: #0b62b5; fill: none; } .curve.found { stroke: #1a7f37; fill: none; }
.curve.refused { stroke: #b35900; fill: none; }
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
    """Return a table of texts."""
    top = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    body = "\n".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<div class="wide"><table>\n<tr>{top}</tr>\n{body}\n</table></div>'
