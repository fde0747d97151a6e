"""The page Settings & health: what is used and why, whether it works, and the chat model of this session."""

import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import streamlit as st

from ragkit import wiring
from ragkit.config import RecordsConfig
from ragkit.config_file import FILE
from ragkit.errors import ModelError
from ragkit.health import Check, checks
from ragkit.models.chat.engine import EXTRACTIVE
from ragkit.text.plural import counted
from ragkit.workspace import Workspace
from ragkit_apps import notices, session
from ragkit_apps.markup import escape, small

_PACKAGES = ("ragkit", "streamlit", "chromadb", "langchain-core", "unstructured")
_WORDS = {"ok": "fine", "warning": "look here", "fault": "does not work"}
_MEGABYTE = 1_000_000


def show(opened: Workspace) -> None:
    """Show the page."""
    st.html('<h1 class="rk-page-title">Settings & health</h1>')
    with notices.shown():
        _chat_model(opened)
    with notices.shown():
        _health(opened)
    with notices.shown():
        _store(opened)
    _versions()


def why(opened: Workspace) -> str:
    """Return in a sentence why the chat model of this session is the one it is."""
    asked = opened.config.models.chat
    if session.chosen():
        return "You chose it for this session."
    if asked != "auto":
        return f"The settings ask for {asked!r}."
    name = session.engine(opened).name
    if name == EXTRACTIVE:
        return f"No Ollama answered at {opened.config.models.url} and the settings name no model file, so it quotes."
    if name.startswith("ollama:"):
        return "It is the first chat model of your Ollama server."
    return "It is the model that this program was started with."


def available(opened: Workspace) -> list[str]:
    """Return the model strings that this session may choose from, what the settings say first as an empty one."""
    found = ["", EXTRACTIVE]
    if opened.config.models.gguf:
        found.append(f"llamacpp:{opened.config.models.gguf}")
    server = wiring.ollama_server(opened.config)
    try:
        found.extend(f"ollama:{model.name}" for model in server.models())
    except ModelError:
        # That it does not answer is among the checks further down.
        pass
    finally:
        server.close()
    return found


def _chat_model(opened: Workspace) -> None:
    st.html('<h2 class="rk-section-title">Chat model</h2>')
    choices = available(opened)
    chosen = session.chosen() if session.chosen() in choices else ""
    picked = st.selectbox(
        "Answers in this session come from",
        choices,
        index=choices.index(chosen),
        format_func=lambda model: model or f"What the settings say ({opened.config.models.chat})",
        key="chat-model",
    )
    session.choose(picked)
    engine = session.engine(opened)
    window = "no limit" if engine.name == EXTRACTIVE else f"{engine.window:,} tokens"
    st.html(_table({"In use": engine.name, "Why": why(opened), "Window": window}))


def _health(opened: Workspace) -> None:
    st.html('<h2 class="rk-section-title">Health</h2>')
    with st.spinner("Looking at every part"):
        found = list(checks(opened, settings=session.config_file()))
    st.html('<div class="rk-checks">' + "".join(_check(check) for check in found) + "</div>")
    st.button("Check again", key="check-again")


def _check(check: Check) -> str:
    fix = f'<div class="rk-fix">{escape(check.fix)}</div>' if check.fix else ""
    return (
        f'<div class="rk-check"><span class="rk-state rk-{check.level}">{_WORDS[check.level]}</span>'
        f"<div><strong>{escape(check.name)}</strong> {escape(check.message)}{fix}</div></div>"
    )


def _store(opened: Workspace) -> None:
    st.html('<h2 class="rk-section-title">Store</h2>')
    settings = session.config_file() or Path(FILE)
    rows = {
        "Folder": str(opened.config.store.path.absolute()),
        "Settings": str(settings.absolute()) if settings.is_file() else "none, so the defaults (ragkit init makes one)",
        "Vector index": opened.config.store.chroma or "Chroma, in the folder",
        "Answers on record": _records(opened.config.records),
        "Place for emergency numbers": opened.config.assistant.locale or "not set (assistant.locale)",
    }
    if opened.exists:
        rows |= _counts(opened)
    st.html(_table(rows))


def _records(settings: RecordsConfig) -> str:
    if not settings.keep:
        return "none is kept (records.keep)"
    personal = "without" if settings.redact else "WITH"
    return f"kept for {settings.keep:,} days, {personal} personal data that has a form (records.redact)"


def _counts(opened: Workspace) -> Mapping[str, str]:
    found = session.store(opened).stats()
    fingerprint = opened.embedder.fingerprint
    return {
        "Embedding model": f"{fingerprint.model}, {fingerprint.dimension} dimensions",
        "Documents": f"{found.documents:,} from {counted(len(found.sources), 'source')}",
        "Chunks": f"{found.chunks:,}, of which {found.indexed:,} are in the vector index",
        "Not read": f"{found.failures:,}",
        "Size": f"{found.bytes / _MEGABYTE:,.1f} MB",
    }


def _versions() -> None:
    st.html('<h2 class="rk-section-title">Versions</h2>')
    rows = {name: _version(name) for name in _PACKAGES} | {"Python": platform.python_version()}
    st.html(_table(rows))
    st.html(small("These pages send nothing anywhere but to this server, and it only to the models of the settings."))


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _table(rows: Mapping[str, str]) -> str:
    cells = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in rows.items())
    return f'<dl class="rk-facts">{cells}</dl>'
