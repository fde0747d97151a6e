"""What the commands print is what the documentation says: the JSON, key by key, and the README's demonstration."""

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from typing import Any, get_args

import pytest
from typer.testing import CliRunner

from ragkit.answer import Refusal
from ragkit.cli.commands import app
from ragkit.documents import Stage
from ragkit.health import Level
from ragkit.quotes import Verdict
from tests.docs.pages import COMMANDS, NOBODY, ROOT, blocks, tables
from tests.evaluation.beir_folder import written

# What reads a store comes behind what makes it.
WITH_JSON = sorted(
    (command for command, found in COMMANDS.items() if any("--json" in parameter.opts for parameter in found.params)),
    key=lambda command: command not in ("ragkit demo", "ragkit ingest"),
)


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, Any]]:
    """What the real commands print with `--json`, by their names, and as "demo" the demonstration's text."""
    folder = tmp_path_factory.mktemp("printed")
    (folder / "papers").mkdir()
    (folder / "papers" / "picture.png").write_bytes(b"\x89PNG")
    shutil.copy(ROOT / "data/support/billing/refunds.md", folder / "papers")
    written(folder / "animals")
    rows = (ROOT / "data/cases/support.jsonl").read_text("utf-8").splitlines(keepends=True)
    (folder / "cases.jsonl").write_text("".join(rows[:4]), "utf-8")
    words = {"ingest": "papers nowhere", "ask": "How?", "search": "it", "forget": "--source none --yes"}
    words |= {"show": "last", "rate": "last --bad", "export": "kept.jsonl", "replay": "last"}
    words["tune"] = "--cases cases.jsonl"
    words |= {"backup": "b", "restore": "b --store c", "retrieval": "animals --losers 3"}
    words["answers"] = "--cases cases.jsonl --assistant support --compare extractive --fail-under right=1"
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for variable in [found for found in os.environ if found.startswith("RAGKIT_") and found != "RAGKIT_CACHE"]:
            patch.delenv(variable)
        patch.setenv("RAGKIT_MODELS__URL", NOBODY)
        patch.setenv("RAGKIT_RECORDS__KEEP", "30")
        patch.setenv("COLUMNS", "120")
        demo = run("ragkit demo")
        told = {one: run(f"{one} {words.get(one.split()[-1], '')} --json") for one in WITH_JSON}
        yield {"demo": demo} | {command: json.loads(text) for command, text in told.items()}


def run(command: str) -> str:
    result = CliRunner().invoke(app, command.split()[1:])
    assert result.exit_code in (0, 1), result.output
    return result.stdout


def shapes() -> dict[str, dict[str, str]]:
    """Return the keys of each command and each type with their types; those that it has of another one among them."""
    told: dict[str, dict[str, str]] = {}
    for of, key, kind, _ in tables((ROOT / "docs" / "json.md").read_text("utf-8")):
        if of:
            assert of not in told, f"{of} is told twice"
            shape = told[of] = {}
        shape |= told[key] if key.startswith("*") else {key: kind}
    return told


def faults(value: Any, kind: str, where: str) -> list[str]:
    """Return where a value is not what the page says."""
    simple: dict[str, tuple[type, ...]] = {
        "string": (str,),
        "integer": (int,),
        "number": (int, float),
        "boolean": (bool,),
    }
    if kind.endswith(" or null"):
        return [] if value is None else faults(value, kind.removesuffix(" or null"), where)
    if kind.startswith("array of "):
        return [f for item in value for f in faults(item, kind.removeprefix("array of "), f"{where}[]")]
    if kind.startswith("map of "):
        return [f for key in value for f in faults(value[key], kind.removeprefix("map of "), f"{where}.{key}")]
    if kind in simple:
        return [] if isinstance(value, simple[kind]) else [f"{where} is {value!r}, not {kind}"]
    shape = shapes()[kind]
    if "" in shape:
        return faults(value, shape[""], where)
    wrong = [f"{where}.{key} is told or printed, not both" for key in value.keys() ^ shape.keys()]
    return wrong + [f for key in value.keys() & shape.keys() for f in faults(value[key], shape[key], f"{where}.{key}")]


@pytest.mark.real
@pytest.mark.timeout(180)
@pytest.mark.parametrize("command", WITH_JSON)
def test_json_has_the_keys_that_are_told(printed: Mapping[str, Any], command: str) -> None:
    assert not faults(printed[command], command, command)


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
