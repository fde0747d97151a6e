"""What reviewers would otherwise have to ask for again and again."""

import ast
from collections.abc import Mapping, Set
from functools import cache
from pathlib import Path

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
        "embedding": {"hub"},
        "served": {"chat", "embedding", "transport"},
        "local": {"cancellation", "chat"},
        "extractive": {"chat", "embedding"},
        "judging": {"chat", "embedding", "hub"},
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
TOP = ["__init__", "__main__", "cli", "server", "health", "workspace", "parts", "pipeline", "wiring"]
CONNECTORS_MAY_IMPORT = {"ragkit.connector", "ragkit.documents", "ragkit.errors"}

# A heavy package is imported by these files only, so that what does not need it does not pay for it.
HOMES = {
    "chromadb": {"ragkit/store/index/chroma.py"},
    "huggingface_hub": {"ragkit/models/hub.py"},
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


@cache
def _tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


@cache
def _imports(file: Path) -> list[str]:
    found: list[str] = []
    for node in ast.walk(_tree(file)):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            # `from ragkit import wiring` names a module behind the package.
            found += [f"ragkit.{a.name}" for a in node.names] if node.module == "ragkit" else [node.module]
    return found


def _part(module: str) -> str:
    return module.split(".")[1]


def _functions(file: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [node for node in ast.walk(_tree(file)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


# Each rule is one test and names every file that breaks it. A test a file would be three thousand tests.
def test_imports_run_down() -> None:
    wrong = {}
    for file in sorted((ROOT / "ragkit").rglob("*.py")):
        part = file.relative_to(ROOT / "ragkit").parts[0].removesuffix(".py")
        ours = {_part(module) for module in _imports(file) if module.startswith("ragkit.")} - {part}
        wrong[_name(file)] = ours & ({*TOP[: TOP.index(part)], "interop"}) if part in TOP else ours - MAY_IMPORT[part]
    _require_none(wrong, "import what stands above them; see TOP, MAY_IMPORT and docs/architecture.md")


def test_imports_run_down_within_a_part() -> None:
    wrong = {}
    for file in sorted((ROOT / "ragkit").rglob("*/*/*.py")):
        part, package, *_ = file.relative_to(ROOT / "ragkit").parts
        names = [module.split(".") for module in _imports(file) if module.startswith(f"ragkit.{part}.")]
        wrong[_name(file)] = {name[2] for name in names} - WITHIN[part][package] - {package}
    _require_none(wrong, "import what stands above them; see WITHIN")


def test_packages_use_each_other_by_the_public_way_only() -> None:
    wrong = {}
    for file in FILES:
        modules = _imports(file)
        if file.is_relative_to(PACKAGES["ragkit"]):
            forbidden = [m for m in modules if m.startswith(("ragkit_connectors", "ragkit_apps"))]
        elif file.is_relative_to(PACKAGES["ragkit_connectors"]):
            allowed = CONNECTORS_MAY_IMPORT | {"ragkit.__version__"}
            forbidden = [m for m in modules if m.startswith("ragkit.") and m not in allowed]
        else:
            forbidden = [m for m in modules if m.startswith("ragkit_connectors")]
        wrong[_name(file)] = set(forbidden)
    _require_none(wrong, "import another package's inside")


def test_heavy_packages_have_one_home() -> None:
    heavy = {_name(file): {module.split(".")[0] for module in _imports(file)} & HOMES.keys() for file in FILES}
    wrong = {name: {each for each in found if name not in HOMES[each]} for name, found in heavy.items()}
    _require_none(wrong, "import what has another home; see HOMES")


def test_no_import_hides_in_a_function() -> None:
    hidden = {
        _name(file): {
            node.lineno
            for function in _functions(file)
            for node in ast.walk(function)
            if isinstance(node, ast.Import | ast.ImportFrom)
        }
        for file in FILES
        if not _name(file).startswith("ragkit/wiring/")
    }
    _require_none(hidden, "import in a function: import at the top, or wire it in ragkit/wiring")


def test_files_and_functions_stay_short() -> None:
    long = {_name(file): {f.name for f in _functions(file) if _length(f) > 40} for file in WRITTEN}
    _require_none(long, "have functions that are too long")
    lines = {_name(file): file.read_text(encoding="utf-8").count("\n") for file in WRITTEN}
    _require_none({name: {count} for name, count in lines.items() if count > 300}, "are too long: split by noun")


def _length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    documented = ast.get_docstring(function) is not None
    start = (function.body[0].end_lineno or function.lineno) if documented else function.lineno
    return (function.end_lineno or start) - start


def test_files_are_named_for_what_they_hold() -> None:
    vague = {"utils", "util", "helpers", "helper", "common", "misc", "base_utils"}
    assert [_name(file) for file in WRITTEN if file.stem in vague] == []


def test_broad_excepts_that_go_on_are_few() -> None:
    broad = [
        f"{_name(file)}:{node.lineno}"
        for file in FILES
        for node in ast.walk(_tree(file))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or getattr(node.type, "id", "") in {"Exception", "BaseException"})
        and not any(isinstance(statement, ast.Raise) for statement in ast.walk(node))
    ]
    # A stranger's file in the parser's child, and a request in the pages: each is recorded and shown.
    assert len(broad) <= 3, broad


def test_doubles_are_classes_not_mocks() -> None:
    tests = sorted((ROOT / "tests").rglob("*.py"))
    assert [_name(file) for file in tests if "unittest.mock" in _imports(file)] == []


def _require_none(wrong: Mapping[str, Set[object]], what: str) -> None:
    """Fail if anything is wrong of any file, and name them all."""
    told = {name: found for name, found in wrong.items() if found}
    assert not told, f"these files {what}: {told}"
