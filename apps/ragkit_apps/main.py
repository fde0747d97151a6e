"""The web pages: `ragkit ui` runs this file with Streamlit."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import streamlit as st

from ragkit.profile import installed_profiles, load_profile
from ragkit.redaction import redact_logs
from ragkit.workspace import Workspace
from ragkit_apps import chat, documents, launch, notices, session, settings

_STYLE = Path(__file__).with_name("style.css")
# An icon of our own: the browser would fetch one of Streamlit's named icons from another host.
_ICON = Path(__file__).with_name("icon.svg")
_ICONS = {
    "legal": ":material/gavel:",
    "support": ":material/support_agent:",
    "triage": ":material/health_and_safety:",
}
_OPEN_TO_ALL = (
    "Streamlit was started without an address, so it listens to the whole network, and these pages have no login. "
    "Start them with: ragkit ui"
)


def run(open_workspace: Callable[[], Workspace] = session.configured) -> None:
    """Show the pages over the workspace that `open_workspace` returns; it is called once a process.

    Example:
        A file of yours with any LangChain chat model, started by `ragkit_apps.launch.command(script=...)`:

            run(lambda: ragkit.open_workspace("store", chat=model))
    """
    st.set_page_config(page_title="ragkit", page_icon=_ICON, layout="wide")
    st.html(_STYLE)
    redact_logs()
    if not st.get_option("server.address"):
        notices.show(_OPEN_TO_ALL, tone="danger", title="Not started")
        st.stop()
    with notices.shown():
        _navigate(session.workspace(open_workspace)).run()


def _navigate(opened: Workspace) -> "st.Page":
    local = launch.is_local(st.get_option("server.address"))
    pages = {
        "Assistants": [_assistant(opened, name) for name in installed_profiles()],
        "Manage": [
            st.Page(
                partial(documents.show, opened, local=local),
                title="Documents",
                url_path="documents",
                icon=":material/description:",
            ),
            st.Page(
                partial(settings.show, opened),
                title="Settings & health",
                url_path="settings",
                icon=":material/monitor_heart:",
            ),
        ],
    }
    return st.navigation(pages)


def _assistant(opened: Workspace, name: str) -> "st.Page":
    icon = _ICONS.get(name, ":material/forum:")
    default = name == opened.config.assistant.default
    page = partial(chat.show, opened, name)
    return st.Page(page, title=load_profile(name).title, url_path=name, icon=icon, default=default)


if __name__ == "__main__":
    run()
