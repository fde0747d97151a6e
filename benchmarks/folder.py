"""A folder of Markdown files to ingest: this repository's own and copies of them with other words, or a BEIR corpus."""

import json
import random
import re
from itertools import count, islice
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[1]
_FOLDERS = ("docs", "data")
# So many words in a hundred are exchanged: every chunk of a copy has some, so that no vector serves twice.
_EXCHANGED = 10
_WORD = re.compile(r"[a-z]{4,}")


def make_folder(folder: Path, *, files: int) -> Path:
    """Make a folder of so many files, the same for the same repository."""
    originals = sorted(path for name in _FOLDERS for path in (_ROOT / name).rglob("*.md"))
    # Spread, so that a small folder has long files and short ones, too.
    random.Random(1).shuffle(originals)
    folder.mkdir()
    for copy, original in islice(((copy, path) for copy in count() for path in originals), files):
        text = original.read_text("utf-8")
        name = f"{copy}-{original.relative_to(_ROOT).as_posix().replace('/', '-')}"
        (folder / name).write_text(exchanged(text, seed=copy) if copy else text, "utf-8")
    return folder


def make_corpus_folder(folder: Path, corpus: Path, *, files: int) -> Path:
    """Make a folder of the first documents of a `corpus.jsonl`, a file each."""
    folder.mkdir()
    with corpus.open(encoding="utf-8") as lines:
        for number, line in enumerate(islice(lines, files)):
            row = json.loads(line)
            title = f"# {row['title']}\n\n" if row.get("title") else ""
            (folder / f"{number:05}.md").write_text(f"{title}{row['text']}\n", "utf-8")
    return folder


def exchanged(text: str, *, seed: int) -> str:
    """Return the text with some of its words in the places of others."""
    draw = random.Random(seed)
    words = _WORD.findall(text)

    def other(match: re.Match[str]) -> str:
        return draw.choice(words) if draw.randrange(100) < _EXCHANGED else match[0]

    return _WORD.sub(other, text)
