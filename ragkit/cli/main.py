"""The way in: Ctrl-C is heard before anything heavy is imported, and ends every command alike."""

import gc
import importlib
import os
import signal
import sys
import threading
from collections.abc import Sequence
from types import FrameType

# What a shell says of a program that Ctrl-C ended.
INTERRUPTED = 130
_MOMENT = 0.05


class _Interrupt:
    """Hears Ctrl-C: the first ends the work and lets it tidy up, the next one, or one behind the work, ends at once."""

    def __init__(self) -> None:
        self.working = True

    def __call__(self, _signal: int, _frame: FrameType | None) -> None:
        if not self.working:
            os._exit(INTERRUPTED)
        self.working = False
        raise KeyboardInterrupt

    def again(self, lost: "sys.UnraisableHookArgs") -> None:
        """Raise it a moment later if it came where nothing can be raised, such as in what C calls back."""
        if lost.exc_type is not KeyboardInterrupt:
            sys.__unraisablehook__(lost)
        elif not self.working:
            self.working = True
            threading.Timer(_MOMENT, signal.raise_signal, (signal.SIGINT,)).start()


def hear_again() -> None:
    """Take the next Ctrl-C for a first one: what the last one ended is tidied up, and the command goes on."""
    interrupt = signal.getsignal(signal.SIGINT)
    if isinstance(interrupt, _Interrupt):
        interrupt.working = True


def main(args: Sequence[str] | None = None) -> None:
    """Run the command line and exit. With `args` the process is a caller's, who hears Ctrl-C himself."""
    interrupt = _Interrupt()
    if args is None:
        # Nothing that is imported becomes garbage, and to look for some takes a tenth of a short command's time.
        gc.disable()
    # What was started to ignore it, such as a job in the background of a script, goes on ignoring it.
    if args is None and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, interrupt)
        sys.unraisablehook = interrupt.again
    try:
        importlib.import_module("ragkit.cli.commands").execute(args)
    except BaseException:
        # A library that is interrupted while it loads says so in an error of its own.
        if not interrupt.working:
            sys.exit(INTERRUPTED)
        raise
    finally:
        interrupt.working = False
        if args is None:
            # Python would look through everything once more before it ends: a fifth.
            gc.freeze()
