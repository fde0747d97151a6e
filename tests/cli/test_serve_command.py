"""`ragkit serve`: what it refuses, the keys it makes, and that it answers until it is stopped."""

import signal
import socket
from pathlib import Path

import httpx
import pytest

from ragkit.config import ServerConfig
from tests.cli.running import Run
from tests.cli.test_interrupts import begun, until


def test_nothing_listens_to_the_network_without_keys(run: Run, here: Path) -> None:
    assert "has no keys. Make one: ragkit serve --new-key NAME" in run("serve", "--host", "0.0.0.0").error
    (here / "ragkit-keys.toml").touch()
    assert "has no keys. Make one: ragkit serve --new-key NAME" in run("serve", "--host", "0.0.0.0").error


def test_a_key_is_printed_once(run: Run, here: Path) -> None:
    made = run("serve", "--new-key", "web", "--groups", "customers, staff")
    assert made.out.startswith("rk-")
    assert made.err == "This is shown once: 'ragkit-keys.toml' has only its hash.\n"
    assert made.out.strip() not in (here / ServerConfig().keys).read_text("utf-8")
    assert "has a key 'web' already" in run("serve", "--new-key", "web", "--owner").error


def test_a_port_that_is_taken_is_told(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert f"port {port} can't be listened at: Address already in use" in run("serve", "--port", port).error


@pytest.mark.parametrize(("sign", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_it_answers_until_it_is_stopped(here: Path, sign: signal.Signals, status: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = int(taken.getsockname()[1])

    def answers() -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{port}/health", timeout=1).is_success
        except httpx.HTTPError:
            return False

    with begun("serve", "--port", str(port)) as process:
        until(answers)
        process.send_signal(sign)
        out, err = process.communicate(timeout=60)
    told = (
        f"Answering at http://127.0.0.1:{port}/v1, without keys: this machine's programs read all. Ctrl+C stops it.\n"
    )
    assert (process.returncode, out, err) == (status, "", told)
