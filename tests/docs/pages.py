"""The pages of the documentation as tests read them: blocks, sections, tables, and the commands there are."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
import typer
from typer.core import TyperCommand, TyperGroup

from ragkit.cli.commands import app

ROOT = Path(__file__).parents[2]
# Nothing listens here, so that no Ollama of the machine is found.
NOBODY = "http://127.0.0.1:9"
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SAVED = re.compile(r"Save\s+it\s+as\s+`([\w/.]+\.py)`")


@dataclass(frozen=True)
class Block:
    """A fenced block. `output` stands right below it; `files` are the blocks above it that the page says to save."""

    page: Path
    number: int
    language: str
    text: str
    output: str
    files: Mapping[str, str]

    @property
    def marks(self) -> list[pytest.MarkDecorator]:
        needs_weights = "open_workspace(" in self.text and "embedding=" not in self.text
        return [pytest.mark.real] if needs_weights else []


def name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def blocks(page: Path) -> Iterator[Block]:
    text = page.read_text("utf-8")
    found = list(FENCE.finditer(text))
    files: dict[str, str] = {}
    for number, match in enumerate(found):
        following = found[number + 1] if number + 1 < len(found) else None
        adjoins = following is not None and following[1] == "text" and not text[match.end() : following.start()].strip()
        output = following[2] if following and adjoins else ""
        yield Block(page, number, match[1], match[2], output, dict(files))
        before = text[found[number - 1].end() if number else 0 : match.start()]
        if saved := SAVED.search(before):
            files[saved[1]] = match[2]


def tables(text: str) -> list[list[str]]:
    """Return the rows of all tables, each cell without its backticks; heads and rules left out."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    rules = {number for number, line in enumerate(lines) if re.fullmatch(r"[|\-: ]+", line)}
    kept = [line for number, line in enumerate(lines) if not {number, number + 1} & rules]
    return [[cell.strip().strip("`") for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in kept]


def sections(page: Path) -> dict[str, str]:
    """Return the text below each heading, up to the next one."""
    parts = re.split(r"^#+ (.+)$", FENCE.sub("", page.read_text("utf-8")), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def commands(group: TyperGroup, path: str = "ragkit") -> Iterator[tuple[str, TyperCommand]]:
    for child in group.commands.values():
        if isinstance(child, TyperGroup):
            yield from commands(child, f"{path} {child.name}")
        elif isinstance(child, TyperCommand):
            yield f"{path} {child.name}", child


CLI = typer.main.get_command(app)
assert isinstance(CLI, TyperGroup)
COMMANDS = dict(commands(CLI))
