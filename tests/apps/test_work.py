"""What goes on in the background of a page, and how it is stopped."""

import threading
from collections.abc import Callable

import pytest

from ragkit_apps.work import Work

pytestmark = pytest.mark.timeout(30)


def test_whoever_watches_sees_the_last_state_and_the_end() -> None:
    seen_one = threading.Event()

    def count(tell: Callable[[int], None]) -> None:
        tell(1)
        seen_one.wait(10)

    work = Work(count, state=0)
    work.start()
    seen = []
    for state in work.states():
        seen.append(state)
        if state:
            seen_one.set()
    assert seen[-1] == 1
    assert work.over


def test_work_that_was_stopped_ends_where_it_next_tells_how_far_it_is() -> None:
    stopped, after = threading.Event(), []

    def go_on(tell: Callable[[int], None]) -> None:
        try:
            stopped.wait(10)
            tell(1)
            after.append("went on")
        except Exception:  # noqa: BLE001 - takes every failure, as the loops of an ingest do
            after.append("took it for a failure")

    work = Work(go_on, state=0)
    work.start()
    work.stop()
    stopped.set()
    # Broken on purpose: `class Stopped(Exception)`.
    list(work.states())
    assert after == []
