"""What `ragkit serve` adds to a question, what it holds, and how soon it is there: python -m benchmarks.serve STORE.

The store is one that `ragkit demo` made. The process is timed by its own account of its CPU, so Linux only.
"""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx

from ragkit import Viewer, open_workspace
from ragkit.samples import sample_cases

_BLOCK, _ASKED, _CLIENTS, _SEARCHES = 10, 60, 8, 800
_TICK = os.sysconf("SC_CLK_TCK")


def main(store: Path) -> None:
    """Print the figures as JSON."""
    os.environ |= {
        "RAGKIT_ASSISTANT__CACHE": "0",
        "RAGKIT_MODELS__CHAT": "extractive",
    }
    questions = [str(case["question"]) for case in sample_cases("support")][:_ASKED]
    with served(store) as (url, pid, ready), open_workspace(store) as workspace, httpx.Client(base_url=url) as client:
        workspace.prepare()
        assistant = workspace.assistant("support")
        alone, over = 0.0, 0.0
        for start in range(0, len(questions), _BLOCK):
            block = questions[start : start + _BLOCK]
            alone += spent(os.getpid(), lambda: [assistant.ask(each, viewer=Viewer.local()) for each in block])  # noqa: B023
            over += spent(pid, lambda: [client.post("/v1/ask", json={"question": each}) for each in block])  # noqa: B023
        rate = searches(url, questions)
        before = resident(pid)
        for number in range(1000):
            client.post("/v1/ask", json={"question": questions[number % len(questions)]})
        figures = {
            "ready_seconds": ready,
            "ask_ms": 1000 * alone / len(questions),
            "served_ask_ms": 1000 * over / len(questions),
            "searches_per_second": rate,
            "megabytes": [before, resident(pid)],
            "load": os.getloadavg()[0],
        }
    sys.stdout.write(json.dumps(figures, indent=2) + "\n")


@contextmanager
def served(store: Path) -> Iterator[tuple[str, int, float]]:
    """Start the server, and yield its address, its process and after how many seconds it answered."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url, began = f"http://127.0.0.1:{port}", time.monotonic()
    ragkit = Path(sys.executable).with_name("ragkit")
    process = subprocess.Popen([ragkit, "serve", "--store", store, "--port", str(port)])
    try:
        while not answers(url):
            time.sleep(0.02)
        yield url, process.pid, time.monotonic() - began
    finally:
        process.terminate()
        process.wait(20)


def answers(url: str) -> bool:
    """Say whether the server is there."""
    try:
        return httpx.get(f"{url}/health", timeout=1).is_success
    except httpx.HTTPError:
        return False


def spent(pid: int, work: Callable[[], object]) -> float:
    """Return the seconds of CPU that a process took while some work was done."""
    before = cpu(pid)
    work()
    return cpu(pid) - before


def cpu(pid: int) -> float:
    """Return the seconds of CPU that a process has taken."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


def resident(pid: int) -> float:
    """Return how many megabytes a process holds."""
    status = Path(f"/proc/{pid}/status").read_text("ascii")
    return int(status.partition("VmRSS:")[2].split()[0]) / 1000


def searches(url: str, questions: list[str]) -> float:
    """Return how many searches a second several clients get answered."""

    def ask(client: int) -> None:
        with httpx.Client(base_url=url, timeout=60) as asked:
            for number in range(client, _SEARCHES, _CLIENTS):
                asked.post("/v1/search", json={"query": questions[number % len(questions)]}).raise_for_status()

    began = time.monotonic()
    with ThreadPoolExecutor(_CLIENTS) as threads:
        list(threads.map(ask, range(_CLIENTS)))
    return _SEARCHES / (time.monotonic() - began)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
