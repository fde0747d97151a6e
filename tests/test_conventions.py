"""What reviewers would otherwise have to ask for again and again."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = {
    "ragkit": ROOT / "ragkit",
    "ragkit_connectors": ROOT / "connectors" / "ragkit_connectors",
    "ragkit_apps": ROOT / "apps" / "ragkit_apps",
}
FILES = sorted(file for folder in PACKAGES.values() for file in folder.rglob("*.py"))
WRITTEN = [*FILES, *sorted((ROOT / "tests").rglob("*.py")), *sorted((ROOT / "benchmarks").rglob("*.py"))]

# Each part of ragkit and the parts it may stand on. Every arrow runs down; `wiring` and above may see all below.
GROUND = {"documents", "errors", "filters", "text"}
MAY_IMPORT = {
    "documents": set(),
    "errors": set(),
    "language": set(),
    "version": set(),
    "text": {"documents"},
    "filters": {"documents", "errors"},
    "connector": {"documents", "errors"},
    "config": {"errors"},
    "config_file": {"config", "errors"},
    "samples": {"errors"},
    "quotes": {"documents", "text"},
    "parsing": {"documents", "errors", "text"},
    "guards": {"errors", "language", "text"},
    "profile": {"config_file", "errors", "language"},
    "models": {"errors", "text"},
    "store": {*GROUND, "models"},
    "retrieval": {*GROUND, "language", "models", "store"},
    "ingestion": {"connector", "documents", "errors", "models", "store", "text"},
    "prompting": {*GROUND, "language", "models"},
    "answer": {"documents", "language", "models", "prompting", "quotes", "retrieval"},
    "answering": {*GROUND, "answer", "guards", "language", "models", "profile", "prompting", "quotes", "retrieval"},
    "assistant": {*GROUND, "answer", "answering", "guards", "models", "profile", "prompting", "retrieval"},
    "recording": {*GROUND, "answer", "assistant", "models", "profile", "prompting", "quotes", "store", "version"},
    "testing": {*GROUND, "connector", "models", "prompting", "retrieval", "store"},
    "interop": {*GROUND, "answer", "assistant", "prompting", "retrieval"},
    "evaluation": {
        *GROUND,
        *{"answer", "assistant", "config", "config_file", "connector", "ingestion"},
        *{"models", "parsing", "prompting", "quotes", "recording", "retrieval", "store", "workspace"},
    },
}
# The same within the larger parts: their packages, each with those that it may stand on.
WITHIN = {
    "store": {
        "catalog": set(),
        "index": {"catalog"},
        "memory": {"candidates", "catalog"},
    },
    "models": {
        "transport": {"cancellation"},
        "chat": {"cancellation"},
        "embedding": set(),
        "served": {"chat", "embedding", "transport"},
        "local": {"cancellation", "chat"},
        "extractive": {"chat", "embedding"},
        "judging": {"chat", "embedding"},
    },
    "parsing": {
        "readers": {"blocks", "cleaning", "media"},
        "process": {"blocks", "cleaning", "readers"},
    },
    "retrieval": {
        "stages": {"base", "drafts", "results"},
        "refusing": {"results", "spelling"},
        "questions": {"base", "drafts", "refusing", "stages"},
    },
    "evaluation": {
        "sets": set(),
        "retrieval": {"bootstrap", "sets"},
        "answers": {"bootstrap", "sets"},
        "tuning": {"bootstrap", "retrieval", "sets"},
        "pages": {"answers", "bootstrap", "retrieval"},
    },
}
TOP = ["__init__", "cli", "server", "health", "workspace", "parts", "pipeline", "wiring"]
CONNECTORS_MAY_IMPORT = {"ragkit.connector", "ragkit.documents", "ragkit.errors"}

# A heavy package is imported by these files only, so that what does not need it does not pay for it.
HOMES = {
    "chromadb": {"ragkit/store/index/chroma.py"},
    "ir_measures": {"ragkit/evaluation/retrieval/metrics.py"},
    "onnx": {"ragkit/models/embedding/bert.py"},
    "onnxruntime": {"ragkit/models/embedding/onnx_graph.py"},
    "sentence_transformers": {
        "ragkit/models/embedding/sentence_transformers.py",
        "ragkit/models/judging/cross_encoder.py",
    },
    "tomlkit": {"ragkit/cli/settings_file.py"},
    "xllamacpp": {"ragkit/models/local/llama_engine.py"},
}


def _name(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def _imports(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            # `from ragkit import wiring` names a module behind the package.
            yield from (f"ragkit.{a.name}" for a in node.names) if node.module == "ragkit" else (node.module,)


def _part(module: str) -> str:
    return module.split(".")[1]


@pytest.mark.parametrize("file", sorted((ROOT / "ragkit").rglob("*.py")), ids=_name)
def test_imports_run_down(file: Path) -> None:
    part = file.relative_to(ROOT / "ragkit").parts[0].removesuffix(".py")
    ours = {_part(module) for module in _imports(file) if module.startswith("ragkit.")} - {part}
    if part in TOP:
        above = set(TOP[: TOP.index(part)]) | {"interop"}
        assert not ours & above, f"{_name(file)} imports {ours & above}, which stand above it"
    else:
        extra = ours - MAY_IMPORT[part]
        assert not extra, f"{_name(file)} imports {extra}; see MAY_IMPORT and docs/architecture.md"


@pytest.mark.parametrize("file", sorted((ROOT / "ragkit").rglob("*/*/*.py")), ids=_name)
def test_imports_run_down_within_a_part(file: Path) -> None:
    part, package, *_ = file.relative_to(ROOT / "ragkit").parts
    names = [module.split(".") for module in _imports(file) if module.startswith(f"ragkit.{part}.")]
    extra = {name[2] for name in names} - WITHIN[part][package] - {package}
    assert not extra, f"{_name(file)} imports {extra}; see WITHIN"


@pytest.mark.parametrize("file", FILES, ids=_name)
def test_packages_use_each_other_by_the_public_way_only(file: Path) -> None:
    modules = list(_imports(file))
    if file.is_relative_to(PACKAGES["ragkit"]):
        forbidden = [m for m in modules if m.startswith(("ragkit_connectors", "ragkit_apps"))]
    elif file.is_relative_to(PACKAGES["ragkit_connectors"]):
        forbidden = [
            m for m in modules if m.startswith("ragkit.") and m not in CONNECTORS_MAY_IMPORT | {"ragkit.__version__"}
        ]
    else:
        forbidden = [m for m in modules if m.startswith("ragkit_connectors")]
    assert not forbidden


@pytest.mark.parametrize("file", FILES, ids=_name)
def test_heavy_packages_have_one_home(file: Path) -> None:
    for module in _imports(file):
        homes = HOMES.get(module.split(".")[0])
        assert homes is None or _name(file) in homes, f"import {module} in {_name(file)}; its home is {homes}"


@pytest.mark.parametrize("file", [file for file in FILES if not _name(file).startswith("ragkit/wiring/")], ids=_name)
def test_no_import_hides_in_a_function(file: Path) -> None:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    hidden = [
        node.lineno
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert not hidden, f"lines {hidden}: import at the top, or wire it in ragkit/wiring"


@pytest.mark.parametrize("file", WRITTEN, ids=_name)
def test_files_and_functions_stay_short(file: Path) -> None:
    source = file.read_text(encoding="utf-8")
    assert source.count("\n") <= 300, "split it by noun"
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            documented = ast.get_docstring(node) is not None
            start = (node.body[0].end_lineno or node.lineno) if documented else node.lineno
            assert (node.end_lineno or start) - start <= 40, f"{node.name} is too long"


@pytest.mark.parametrize("file", WRITTEN, ids=_name)
def test_files_are_named_for_what_they_hold(file: Path) -> None:
    assert file.stem not in {"utils", "util", "helpers", "helper", "common", "misc", "base_utils"}


def test_broad_excepts_that_go_on_are_few() -> None:
    broad = [
        f"{_name(file)}:{node.lineno}"
        for file in FILES
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or getattr(node.type, "id", "") in {"Exception", "BaseException"})
        and not any(isinstance(statement, ast.Raise) for statement in ast.walk(node))
    ]
    # A stranger's file in the parser's child, and a request in the pages: each is recorded and shown.
    assert len(broad) <= 3, broad


def test_doubles_are_classes_not_mocks() -> None:
    for file in sorted((ROOT / "tests").rglob("*.py")):
        assert "unittest.mock" not in list(_imports(file)), _name(file)
