"""XML of any kind: "name: text" for each element that holds a value, running text where tags stand within it."""

from collections.abc import Iterator

from lxml import etree  # type: ignore[import-untyped] # ships no types

from ragkit.parsing.blocks import Block, Parsed
from ragkit.parsing.cleaning import one_line
from ragkit.parsing.readers.markup import read_html

# What is longer is a text of its own.
_FIELD = 200


def read_xml(body: bytes) -> Parsed:
    """Return the values and running text in order. Entities are not resolved and nothing is fetched."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
    root = etree.fromstring(body, parser)
    etree.strip_tags(root, etree.Entity)
    if _name(root) == "html":
        return read_html(body)
    return Parsed(blocks=list(_blocks(root)))


def _blocks(root: object) -> Iterator[Block]:
    waiting = [root]
    while waiting:
        element = waiting.pop()
        children = list(element)  # type: ignore[call-overload] # lxml ships no types
        if children and not _has_own_text(element, children):
            if record := _record(children):
                yield Block(text=record)
                continue
            waiting.extend(reversed(children))
            continue
        text = one_line("".join(element.itertext()))  # type: ignore[attr-defined] # lxml ships no types
        if text:
            yield Block(text=text if children else f"{_name(element)}: {text}")


def _record(fields: list[object]) -> str:
    """Return values that belong together as the lines of one paragraph: those of elements that have each its name."""
    names = [_name(field) for field in fields]
    if len(set(names)) < max(2, len(names)) or any(len(field) for field in fields):  # type: ignore[arg-type] # no types
        return ""
    values = [one_line("".join(field.itertext())) for field in fields]  # type: ignore[attr-defined] # ships no types
    if any(len(value) > _FIELD for value in values):
        return ""
    return "\n".join(f"{name}: {value}" for name, value in zip(names, values, strict=True) if value)


def _has_own_text(element: object, children: list[object]) -> bool:
    pieces = [getattr(element, "text", None), *(getattr(child, "tail", None) for child in children)]
    return any(piece and piece.strip() for piece in pieces)


def _name(element: object) -> str:
    return str(getattr(element, "tag", "")).rpartition("}")[2]
