"""What a working installation needs, checked one by one; whatever is wrong comes with its fix."""

import shlex
import shutil
import stat
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Literal
from urllib.parse import urlsplit

from ragkit import build
from ragkit.errors import ModelError, RagkitError
from ragkit.profile import load_profile
from ragkit.retrieval.rerank import CANDIDATES, JudgeReranker
from ragkit.store.index import repair_command
from ragkit.workspace import Workspace

Level = Literal["ok", "warning", "fault"]

# CVE-2026-7482: older servers give out memory to anyone who can reach them.
_SAFE_OLLAMA = (0, 17, 1)
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_LEAST_FREE = 1_000_000_000
# As long as most chunks are.
_PASSAGE = "A refund takes five working days, and goes back to the card that was charged. " * 10
_EXTRAS = {"streamlit": "ui", "xllamacpp": "local", "sentence-transformers": "sentence-transformers"}


@dataclass(frozen=True, kw_only=True)
class Check:
    """One thing that was looked at. `fix` is a command or a sentence; it is empty when all is well."""

    name: str
    level: Level
    message: str
    fix: str = ""


def checks(workspace: Workspace) -> Iterator[Check]:
    """Yield the checks as they are done, the quick ones first."""
    yield _guarded("settings", lambda: _settings(workspace))
    yield _extras()
    yield _pandoc()
    yield _guarded("disk", lambda: _disk(workspace))
    yield _guarded("embedder", lambda: _embedder(workspace))
    yield from _ollama(workspace)
    yield _guarded("chat model", lambda: _chat(workspace))
    if workspace.config.models.reranker:
        yield _guarded("reranker", lambda: _reranker(workspace.reranker))
    yield _guarded("store", lambda: _store(workspace))


def _guarded(name: str, check: Callable[[], Check]) -> Check:
    try:
        return check()
    except RagkitError as error:
        message, fix = _parted(error)
        return Check(name=name, level="fault", message=message, fix=fix)
    except OSError as error:
        message = f"{str(error.filename)!r} can't be used: {error.strerror}"
        return Check(name=name, level="fault", message=message, fix="Check that you may read and write it.")


def _parted(error: RagkitError) -> tuple[str, str]:
    """Return an error's message without the command that helps, and the command."""
    message, _, fix = str(error).partition(" Run: ")
    return message, fix


def _settings(workspace: Workspace) -> Check:
    models = workspace.config.models
    profile = load_profile(workspace.config.assistant.default)
    message = f"chat {models.chat}, embedding {models.embedding}, assistant {profile.name}"
    return Check(name="settings", level="ok", message=message)


def _extras() -> Check:
    have = [f"{package} {found}" for package in _EXTRAS if (found := _version(package))]
    return Check(name="extras", level="ok", message=", ".join(have) or "none installed")


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _pandoc() -> Check:
    if shutil.which("pandoc"):
        return Check(name="pandoc", level="ok", message="odt, epub and rtf files can be read")
    message = "odt, epub and rtf files can't be read"
    return Check(name="pandoc", level="warning", message=message, fix="Install pandoc from your system's packages.")


def _disk(workspace: Workspace) -> Check:
    folder = workspace.config.store.path
    nearest = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    free = shutil.disk_usage(nearest).free
    message = f"{free / 1e9:.1f} GB free for {str(folder)!r}"
    if free < _LEAST_FREE:
        return Check(name="disk", level="warning", message=message, fix="Free some space.")
    return Check(name="disk", level="ok", message=message)


def _embedder(workspace: Workspace) -> Check:
    vector = workspace.embedder.embed_query("Is anyone there?")
    name = workspace.embedder.fingerprint.model
    return Check(
        name="embedder", level="ok", message=f"{name}: {len(vector)} dimensions, {workspace.embedder.window} tokens"
    )


def _ollama(workspace: Workspace) -> Iterator[Check]:
    url = workspace.config.models.url
    try:
        found = build.ollama_server(workspace.config).version()
    except ModelError as error:
        models = workspace.config.models
        wanted = "ollama:" in f"{models.chat} {models.embedding} {models.reranker}"
        message, fix = _parted(error)
        if not wanted:
            fix = f"To use it run: {fix}"
        yield Check(name="ollama", level="fault" if wanted else "warning", message=message, fix=fix)
        return
    yield Check(name="ollama", level="ok", message=f"version {found} at {url}")
    if _numbers(found) < _SAFE_OLLAMA:
        message = f"version {found} has a known hole (CVE-2026-7482)"
        yield Check(name="ollama", level="fault", message=message, fix="Update Ollama to 0.17.1 or newer.")
    address = urlsplit(url)
    if address.hostname not in _LOOPBACK and address.scheme != "https":
        message = f"{url!r} is reached over the network without encryption"
        yield Check(name="ollama", level="warning", message=message, fix="Put TLS in front of it.")


def _numbers(found: str) -> tuple[int, ...]:
    return tuple(int(part) for part in found.split("-", maxsplit=1)[0].split(".") if part.isdigit())


def _chat(workspace: Workspace) -> Check:
    name = workspace.engine.name
    if name == "extractive":
        message = "extractive: answers are quotations, no language model writes them"
        return Check(
            name="chat model", level="ok", message=message, fix="For written answers run: ragkit models pull qwen3:4b"
        )
    return Check(name="chat model", level="ok", message=f"{name}, {workspace.engine.window} tokens")


def _reranker(reranker: JudgeReranker | None) -> Check:
    if not reranker:
        return Check(name="reranker", level="ok", message="none: the passages stand as the search found them")
    judge = reranker.judge
    start = time.monotonic()
    judge.judge("How long does a refund take?", [f"{number}. {_PASSAGE}" for number in range(1, CANDIDATES + 1)])
    message = f"{judge.name}: {CANDIDATES} passages in {time.monotonic() - start:.1f} s"
    return Check(name="reranker", level="ok", message=message)


def _store(workspace: Workspace) -> Check:
    folder = workspace.config.store.path
    quoted = shlex.quote(str(folder))
    if not workspace.exists:
        message = f"nothing ingested yet into {str(folder)!r}"
        return Check(name="store", level="warning", message=message, fix=f"ragkit ingest PATH --store {quoted}")
    found = workspace.store.stats()
    if found.indexed != found.chunks:
        message = f"{found.chunks} chunks, but the index holds {found.indexed}"
        return Check(name="store", level="fault", message=message, fix=repair_command(folder))
    if folder.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        message = f"other users of this machine can read {str(folder)!r}"
        return Check(name="store", level="warning", message=message, fix=f"chmod 700 {quoted}")
    message = f"{found.documents} documents, {found.chunks} chunks, {found.failures} failures"
    return Check(name="store", level="ok", message=message)
