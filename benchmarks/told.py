"""What a process of its own tells the benchmark that started it."""

import json
import resource
import subprocess
import sys
import time

QUESTION = "How long is the notice period for a flat?"
# Kilobytes on Linux.
_MEGABYTE = 1024


def tell(**counts: int) -> None:
    """Print the clock, the seconds of all cores and the most megabytes so far, its own and its largest child's."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    cores = sum(part.ru_utime + part.ru_stime for part in used)
    own, child = (part.ru_maxrss / _MEGABYTE for part in used)
    told = {"clock": time.monotonic(), "cores": cores, "megabytes": own, "child_megabytes": child, **counts}
    print(json.dumps(told), flush=True)


def fresh(pipeline: str, *words: object) -> dict[str, float]:
    """Run an action of `fresh_ragkit` or `fresh_naive`; `seconds` is from the start of the process to its telling."""
    begun = time.monotonic()
    command = [sys.executable, "-m", f"benchmarks.fresh_{pipeline}", *map(str, words)]
    printed = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    told: dict[str, float] = json.loads(printed)
    return {**told, "seconds": told["clock"] - begun}
