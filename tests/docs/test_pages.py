"""The documentation can't lie: its blocks run, its links lead somewhere, and its tables say what the code says."""

import inspect
import json
import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel
from typer.core import TyperGroup

from ragkit import errors
from ragkit.config import Config, SourceConfig
from ragkit.profile import Profile
from ragkit.samples import sample_cases
from tests.docs.pages import CLI, COMMANDS, FENCE, NOBODY, ROOT, Block, blocks, name, sections, tables

RUN = [ROOT / "README.md", ROOT / "connectors" / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
PAGES = [*RUN, *(ROOT / name for name in ("CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "data/README.md"))]
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
    recipes = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
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
            told = "not set" if value.default is None else json.dumps(default)
            yield [f"[{section}]", key, told, ", ".join(bounds + patterns), variable]


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
        counts.append(sum(case.get("refusal") == "emergency" for case in cases))
        assert rows[f"cases/{assistant}.jsonl"] == [str(count) for count in counts]
        assert {key for case in cases for key in case} <= rows.keys()
