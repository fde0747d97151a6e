"""Where the true and the false citations come from: passages of two groups, and the sample documents."""

import re
from dataclasses import dataclass
from pathlib import Path

from ragkit.text.sentences import sentences

FOLDER = Path(__file__).parent
SAMPLES = Path(__file__).resolve().parents[2] / "data"
# A part behind this mark may stand in front of its sentence, or be left out.
MOVABLE = " | "


@dataclass(frozen=True, kw_only=True)
class Passage:
    """A passage, its sentences, and for some of them the part that may be moved."""

    text: str
    sentences: tuple[str, ...]
    movable: tuple[tuple[str, str], ...] = ()


def passages(group: str) -> list[Passage]:
    return [_marked(part) for part in (FOLDER / f"passages_{group}.txt").read_text("utf-8").split("\n\n")]


def samples(group: str) -> list[Passage]:
    """Return the paragraphs of the sample documents; one half of the documents each is a group."""
    files = sorted(SAMPLES.rglob("*.md"))[group == "held" :: 2]
    parts = [part.strip() for file in files for part in file.read_text("utf-8").split("\n\n")]
    return [_plain(part) for part in parts if re.match(r"[A-Z][^|#*`]{80,}\.$", part)]


def _marked(part: str) -> Passage:
    marked = [part[span.start : span.end] for span in sentences(part.replace("\n", " "))]
    cut = [one.split(MOVABLE) for one in marked if MOVABLE in one]
    whole = tuple(one.replace(MOVABLE, " ") for one in marked)
    return Passage(text=" ".join(whole), sentences=whole, movable=tuple((one[0], one[1].rstrip(".")) for one in cut))


def _plain(part: str) -> Passage:
    return Passage(text=part, sentences=tuple(part[span.start : span.end] for span in sentences(part)))
