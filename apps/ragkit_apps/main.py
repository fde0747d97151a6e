"""The web pages: `ragkit ui` runs this file with Streamlit."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Literal

import streamlit as st

from ragkit.profile import installed_profiles
from ragkit.text.redaction import redact_logs
from ragkit.workspace import Workspace
from ragkit_apps import chat, documents, launch, notices, session, settings

_STYLE = Path(__file__).with_name("style.css")
_BEHAVIOUR = Path(__file__).with_name("behaviour.html")
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
    st.html(_BEHAVIOUR, unsafe_allow_javascript=True)
    redact_logs()
    if not st.get_option("server.address"):
        notices.show(_OPEN_TO_ALL, tone="danger", title="Not started")
        st.stop()
    session.resume()
    with notices.shown():
        page = _navigate(session.workspace(open_workspace))
        st.set_page_config(page_title=f"{page.title} · ragkit")
        page.run()


def _navigate(opened: Workspace) -> "st.Page":
    local, names = launch.is_local(st.get_option("server.address")), installed_profiles()
    home = opened.config.assistant.default if opened.config.assistant.default in names else names[0]
    # The page that opens first has no name in its address: who looks for it there finds it, and its line in the menu.
    by_name = (st.context.url or "").partition("?")[0].endswith(f"/{home}")
    assistants = [_assistant(opened, name, default=name == home, hidden=by_name and name == home) for name in names]
    assistants.insert(names.index(home), _assistant(opened, home, default=False, hidden=not by_name))
    pages = {
        "Assistants": assistants,
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


def _assistant(opened: Workspace, name: str, *, default: bool, hidden: bool) -> "st.Page":
    icon, title = _ICONS.get(name, ":material/forum:"), session.profile(name).title
    page, path = partial(chat.show, opened, name), "home" if default else name
    visibility: Literal["visible", "hidden"] = "hidden" if hidden else "visible"
    return st.Page(page, title=title, url_path=path, icon=icon, default=default, visibility=visibility)


if __name__ == "__main__":
    run()
