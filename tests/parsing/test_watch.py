import threading
from collections.abc import Iterator

import pytest

from ragkit.parsing.process.watch import Watch

pytestmark = pytest.mark.timeout(30)
_SOON, _LATE, _PATIENCE = 0.05, 60.0, 10.0


@pytest.fixture
def expired() -> threading.Event:
    return threading.Event()


@pytest.fixture
def watch(expired: threading.Event) -> Iterator[Watch]:
    made = Watch(expired.set)
    yield made
    made.close()


# Broken on purpose: `elif ends < self._wakes` never true (it slept on for the minute of the first block).
def test_a_short_deadline_behind_a_long_one_is_kept(watch: Watch, expired: threading.Event) -> None:
    with watch.deadline(_LATE):
        pass
    with watch.deadline(_SOON):
        assert expired.wait(_PATIENCE)


# Broken on purpose: `self._set(math.inf)` left out at the end of the block.
def test_a_block_that_is_done_in_time_is_not_ended(watch: Watch, expired: threading.Event) -> None:
    with watch.deadline(_SOON):
        pass
    assert not expired.wait(4 * _SOON)


# Broken on purpose: the thread returning after its first call of `expire`.
def test_every_block_that_takes_too_long_is_ended(watch: Watch, expired: threading.Event) -> None:
    for _ in range(3):
        expired.clear()
        with watch.deadline(_SOON):
            assert expired.wait(_PATIENCE)


def test_one_thread_keeps_all_deadlines_and_ends_with_the_watch(watch: Watch) -> None:
    before = set(threading.enumerate())
    for _ in range(20):
        with watch.deadline(_LATE):
            pass
    (thread,) = set(threading.enumerate()) - before
    watch.close()
    thread.join(_PATIENCE)
    assert not thread.is_alive()
