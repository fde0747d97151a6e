"""The documentation can't lie: its blocks run, its links lead somewhere, and its tables say what the code says."""

import inspect
import json
import os
import re
import shlex
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import pytest
import typer
from pydantic import BaseModel
from typer.core import TyperCommand, TyperGroup
from typer.testing import CliRunner

from ragkit import errors
from ragkit.answer import Refusal
from ragkit.cli.main import app
from ragkit.config import Config, SourceConfig
from ragkit.documents import Stage
from ragkit.health import Level
from ragkit.profile import Profile
from ragkit.quotes import Verdict
from ragkit.samples import sample_cases

ROOT = Path(__file__).parents[1]
RUN = [ROOT / "README.md", ROOT / "connectors" / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
PAGES = [*RUN, *(ROOT / name for name in ("CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "data/README.md"))]
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


PYTHON = [block for page in RUN for block in blocks(page) if block.language == "python"]


@pytest.mark.timeout(90)
@pytest.mark.parametrize("block", [pytest.param(b, id=f"{name(b.page)}-{b.number}", marks=b.marks) for b in PYTHON])
def test_python_blocks_run_and_print_what_stands_below(
    block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("RAGKIT_MODELS__URL", NOBODY)
    (tmp_path / "data").symlink_to(ROOT / "data")
    for path, text in block.files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, "utf-8")
        monkeypatch.delitem(sys.modules, Path(path).stem, raising=False)
    exec(compile(block.text, f"{name(block.page)}, block {block.number}", "exec"), {"__name__": "__main__"})
    for path in block.files:
        sys.modules.pop(Path(path).stem, None)
    lines = [line.rstrip() for line in capsys.readouterr().out.strip().splitlines()]
    assert not block.output or lines == block.output.splitlines()


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)]+)\)", FENCE.sub("", page.read_text("utf-8"))):
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.exists(), target
        slugs = {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in sections(file)} if anchor else ()
        assert not anchor or anchor in slugs, target


def commands(group: TyperGroup, path: str = "ragkit") -> Iterator[tuple[str, TyperCommand]]:
    for child in group.commands.values():
        if isinstance(child, TyperGroup):
            yield from commands(child, f"{path} {child.name}")
        elif isinstance(child, TyperCommand):
            yield f"{path} {child.name}", child


CLI = typer.main.get_command(app)
assert isinstance(CLI, TyperGroup)
COMMANDS = dict(commands(CLI))
# What reads a store comes behind what makes it.
WITH_JSON = sorted(
    (command for command, found in COMMANDS.items() if any("--json" in parameter.opts for parameter in found.params)),
    key=lambda command: command not in ("ragkit demo", "ragkit ingest"),
)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_told_in_the_quickstart(command: str) -> None:
    assert f"| `{command}` |" in (ROOT / "docs" / "quickstart.md").read_text("utf-8")


def typed(page: Path) -> Iterator[list[str]]:
    """Return what a page says to type, in blocks and in the text, as words."""
    lines = [line for block in blocks(page) if block.language == "sh" for line in block.text.splitlines()]
    lines += re.findall(r"`([^`\n]+)`", FENCE.sub("", page.read_text("utf-8")))
    yield from (shlex.split(line, comments=True) for line in lines if re.match(r"(\.venv/bin/)?(ragkit|make) ", line))


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_what_a_page_says_to_type_exists(page: Path) -> None:
    recipes = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    for program, *words in typed(page):
        if program == "make":
            assert words[0] in recipes
            continue
        command: Any = CLI
        while isinstance(command, TyperGroup) and words and not words[0].startswith("-"):
            assert words[0] in command.commands
            command = command.commands[words.pop(0)]
        known = {option for parameter in command.params for option in parameter.opts} | {"-h", "--help"}
        assert {word for word in words if word.startswith("-")} <= known


def settings() -> Iterator[list[str]]:
    signs = {"gt": ">", "ge": "≥", "lt": "<", "le": "≤"}
    for section, field in Config.model_fields.items():
        table = field.annotation
        if not (isinstance(table, type) and issubclass(table, BaseModel)):
            continue
        for key, value in table.model_fields.items():
            default = value.default if isinstance(value.default, int | float) else str(value.default)
            bounds = [
                f"{signs[sign]} {getattr(part, sign)}"
                for part in value.metadata
                for sign in signs
                if hasattr(part, sign)
            ]
            patterns = [part.pattern for part in value.metadata if hasattr(part, "pattern")]
            variable = f"RAGKIT_{section}__{key}".upper()
            yield [f"[{section}]", key, json.dumps(default), ", ".join(bounds + patterns), variable]


def test_every_setting_is_told_as_it_is() -> None:
    told = [
        [heading.strip("`"), *row[:4]]
        for heading, text in sections(ROOT / "docs" / "configuration.md").items()
        if heading.startswith("`[") and heading != "`[sources.NAME]`"
        for row in tables(text)
    ]
    assert told == list(settings())
    assert list(SourceConfig.model_fields) == ["connector"]


def test_every_key_of_a_profile_is_told() -> None:
    told = {row[0]: row[1] for row in tables(sections(ROOT / "docs" / "assistants.md")["Profiles"])}
    defaults = {
        key: "required" if field.is_required() else json.dumps(field.default)
        for key, field in Profile.model_fields.items()
    }
    assert told == defaults


def test_the_tree_of_errors_is_the_codes() -> None:
    tree = next(block.text for block in blocks(ROOT / "docs" / "errors.md") if block.text.startswith("RagkitError"))
    assert tree.strip() in inspect.cleandoc((errors.__doc__ or "").replace("\n    ", "\n"))
    classes = {found for found, kind in vars(errors).items() if inspect.isclass(kind)}
    assert set(re.findall(r"^ *([A-Z]\w+)", tree, re.MULTILINE)) == classes


@pytest.mark.parametrize("page", sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md")), ids=name)
def test_a_decision_has_its_four_parts(page: Path) -> None:
    parts = re.findall(r"^\*\*(\w+)\.\*\*", page.read_text("utf-8"), re.MULTILINE)
    assert parts == ["Problem", "Options", "Choice", "Price"]
    assert f"({page.name})" in (page.parent / "README.md").read_text("utf-8")


def test_the_samples_are_counted_right() -> None:
    rows = {row[0]: row[1:] for row in tables((ROOT / "data" / "README.md").read_text("utf-8"))}
    for assistant in ("legal", "support", "triage"):
        files = [file for file in (ROOT / "data" / assistant).rglob("*") if file.is_file()]
        assert rows[assistant][:2] == [str(len(files)), ", ".join(sorted({file.suffix[1:] for file in files}))]
        cases = sample_cases(assistant)
        counts = [len(cases), sum(case["answerable"] is True for case in cases)]
        counts.append(sum(case.get("emergency") is True for case in cases))
        assert rows[f"cases/{assistant}.jsonl"] == [str(count) for count in counts]
        assert {key for case in cases for key in case} <= rows.keys()


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, Any]]:
    """What the real commands print with `--json`, by their names, and as "demo" the demonstration's text."""
    folder = tmp_path_factory.mktemp("printed")
    (folder / "papers").mkdir()
    (folder / "papers" / "picture.png").write_bytes(b"\x89PNG")
    shutil.copy(ROOT / "data/support/billing/refunds.md", folder / "papers")
    words = {"ingest": "papers nowhere", "ask": "How?", "search": "it", "backup": "b", "restore": "b --store c"}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for variable in [found for found in os.environ if found.startswith("RAGKIT_") and found != "RAGKIT_CACHE"]:
            patch.delenv(variable)
        patch.setenv("RAGKIT_MODELS__URL", NOBODY)
        patch.setenv("COLUMNS", "120")
        demo = run("ragkit demo")
        told = {one: run(f"{one} {words.get(one.split()[-1], '')} --json") for one in WITH_JSON}
        yield {"demo": demo} | {command: json.loads(text) for command, text in told.items()}


def run(command: str) -> str:
    result = CliRunner().invoke(app, command.split()[1:])
    assert result.exit_code in (0, 1), result.output
    return result.stdout


def shapes() -> dict[str, dict[str, str] | str]:
    told = sections(ROOT / "docs" / "json.md")
    return {heading: {row[0]: row[1] for row in tables(text)} or text.strip() for heading, text in told.items()}


def faults(value: Any, kind: str, where: str) -> list[str]:
    """Return where a value is not what the page says."""
    simple: dict[str, tuple[type, ...]] = {"string": (str,), "integer": (int,), "number": (int, float)}
    if kind.endswith(" or null"):
        return [] if value is None else faults(value, kind.removesuffix(" or null"), where)
    if kind.startswith("array of "):
        return [f for item in value for f in faults(item, kind.removeprefix("array of "), f"{where}[]")]
    if kind.startswith("map of "):
        return [f for key in value for f in faults(value[key], kind.removeprefix("map of "), f"{where}.{key}")]
    if kind in simple:
        return [] if isinstance(value, simple[kind]) else [f"{where} is {value!r}, not {kind}"]
    shape = shapes()[kind.strip("*")]
    if isinstance(shape, str):
        return faults(value, shape, where)
    wrong = [f"{where}.{key} is told or printed, not both" for key in value.keys() ^ shape.keys()]
    return wrong + [f for key in value.keys() & shape.keys() for f in faults(value[key], shape[key], f"{where}.{key}")]


@pytest.mark.real
@pytest.mark.timeout(180)
@pytest.mark.parametrize("command", WITH_JSON)
def test_json_has_the_keys_that_are_told(printed: Mapping[str, Any], command: str) -> None:
    assert not faults(printed[command], f"*{command}*", command)


def test_every_word_that_json_may_hold_is_told() -> None:
    told = (ROOT / "docs" / "json.md").read_text("utf-8")
    words = [word for kind in (Refusal, Verdict, Stage, Level) for word in get_args(kind)]
    assert not [word for word in words if f"`{word}`" not in told]


@pytest.mark.real
@pytest.mark.timeout(180)
def test_the_readme_shows_the_demonstration_as_it_is(printed: Mapping[str, Any]) -> None:
    shown = next(block.text for block in blocks(ROOT / "README.md") if block.text.startswith("support/samples"))
    place = 0
    for line in (line for line in shown.splitlines() if line and line != "..."):
        place = printed["demo"].find(f"{line}\n", place)
        assert place >= 0, f"not printed, or not in this order: {line}"
