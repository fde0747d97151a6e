import runpy
import sys

import pytest
from streamlit import net_util
from streamlit.web.server.server_util import is_url_from_allowed_origins

from ragkit.errors import ConfigError
from ragkit_apps import launch


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.org"])
def test_the_network_is_refused_unless_it_is_asked_for(host: str) -> None:
    with pytest.raises(ConfigError, match="--expose"):
        launch.command(8501, host)
    assert f"--server.address={host}" in launch.command(8501, host, expose=True)


def test_the_command_listens_here_and_tells_nobody() -> None:
    words = launch.command(8600)
    assert words[:4] == [sys.executable, "-m", "ragkit_apps.serve", "run"]
    assert {
        "--server.address=127.0.0.1",
        "--server.port=8600",
        "--server.headless=true",
        "--server.enableXsrfProtection=true",
        "--server.fileWatcherType=none",
        "--browser.gatherUsageStats=false",
        # Without it Streamlit collects garbage behind every answer: half of what a question costs.
        "--runner.postScriptGC=false",
    } <= set(words)


def test_no_address_means_every_machine() -> None:
    assert launch.is_local("127.0.0.1")
    assert not launch.is_local(None)
    assert not launch.is_local("0.0.0.0")


def test_streamlit_finds_no_folder_that_it_would_take_for_the_pages() -> None:
    # With a folder of this name the first visit after a start runs its files instead of the navigation,
    # and every address but the first page's is "not found".
    assert not launch.MAIN.with_name("pages").exists()


def test_a_strange_origin_makes_streamlit_ask_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(net_util, "_make_blocking_http_get", lambda url, **_: asked.append(url))
    monkeypatch.setattr(net_util, "_external_ip", None)
    runpy.run_module("ragkit_apps.serve", run_name="served")
    # Broken on purpose: without the line that sets the address, `asked` holds one.
    assert not is_url_from_allowed_origins("https://strange.example")
    assert asked == []
