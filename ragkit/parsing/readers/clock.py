"""The time that a file may take, as its reader sees it."""

from collections.abc import Callable


class Clock:
    """Who wants to know whenever a picture was read: one takes as long as a file of another kind."""

    tick: Callable[[], None] = staticmethod(lambda: None)
